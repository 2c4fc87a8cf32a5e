"""Frozen-window attention adapter: a block's own value projection, re-used in small windows.

SOWA (Hu and Zhang, arXiv 2407.03634), section "frozen window self-attention"; the relative
position bias is that of Swin Transformer V2 (Liu et al., CVPR 2022, section 3.3).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_HIDDEN = 64
_REACH = 8.0
_MAX_SCALE = math.log(100.0)
_BIAS_SCALE = 16.0
_APART = -100.0


class WindowAttention(nn.Module):
    """Attention within windows on the frozen projections of a CLIP block.

    Attributes:
        logit_scale: (heads, 1, 1) logarithm of each head's sharpness, trained.
        cpb_mlp: From an offset between two patches to a bias a head, trained.
        dropout: Of the attention weights, in training only.
    """

    table: Tensor
    index: Tensor

    def __init__(self, window: int, heads: int, dropout: float = 0.0) -> None:
        """Start with a sharpness of 10 and a random bias.

        Args:
            window: Side of a window in patches, at least 2.
            heads: Of the adapter; CLIP's own number may be another.
            dropout: In [0, 1).

        Raises:
            ValueError: A value is out of range.
        """
        super().__init__()
        if window < 2 or heads < 1 or not 0 <= dropout < 1:
            raise ValueError(f"window {window}, heads {heads} or dropout {dropout} out of range")
        self.heads, self.dropout = heads, dropout
        self.logit_scale = nn.Parameter(torch.full((heads, 1, 1), math.log(10.0)))
        self.cpb_mlp = nn.Sequential(
            nn.Linear(2, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, heads, bias=False)
        )
        self.register_buffer("table", relative_table(window), persistent=False)
        self.register_buffer("index", relative_index(window), persistent=False)

    def bias(self) -> Tensor:
        """Return the (heads, N, N) bias of every pair of patches of a window."""
        # (2w - 1, 2w - 1, 2) -> ((2w - 1)^2, heads) -> (N, N, heads)
        rows: Tensor = self.cpb_mlp(self.table).flatten(0, 1)
        return _BIAS_SCALE * rows[self.index].permute(2, 0, 1).sigmoid()

    def forward(
        self,
        windows: Tensor,
        attention: nn.MultiheadAttention,
        apart: Tensor | None = None,
        *,
        value_only: bool = True,
    ) -> Tensor:
        """Return (B, W, N, D) of the same.

        Args:
            windows: (B, W, N, D): N patches in each of W windows.
            attention: Owner of the frozen projections; the bias on the way in is left out, as
                the authors do.
            apart: (W, N, N) to add to the weights' logits: which pairs are no neighbours.
            value_only: Compare values with values; else queries with keys.
        """
        width = windows.shape[-1]
        weight = attention.in_proj_weight
        value = self._heads(F.linear(windows, weight[2 * width :]))
        query = key = F.normalize(value, dim=-1)
        if not value_only:
            query = F.normalize(self._heads(F.linear(windows, weight[:width])), dim=-1)
            key = F.normalize(self._heads(F.linear(windows, weight[width : 2 * width])), dim=-1)
        sharp = query * self.logit_scale.clamp(max=_MAX_SCALE).exp()
        bias = self.bias()
        if apart is not None:
            # (heads, N, N) + (W, 1, N, N)
            bias = bias + apart[:, None]
        mask = bias.to(sharp.dtype).expand(*windows.shape[:2], -1, -1, -1)
        # (B, W, ...) -> (B W, ...): exported graphs know attention over four axes only
        mixed = F.scaled_dot_product_attention(
            sharp.flatten(0, 1),
            key.flatten(0, 1),
            value.flatten(0, 1),
            attn_mask=mask.flatten(0, 1),
            dropout_p=self.dropout if self.training else 0.0,
            scale=1.0,
        ).reshape(value.shape)
        # (B, W, heads, N, D / heads) -> (B, W, N, D)
        joined = mixed.transpose(-2, -3).flatten(-2)
        return F.linear(joined, attention.out_proj.weight, attention.out_proj.bias)

    def _heads(self, rows: Tensor) -> Tensor:
        # (B, W, N, D) -> (B, W, N, heads, D / heads) -> (B, W, heads, N, D / heads)
        return torch.unflatten(rows, -1, (self.heads, -1)).transpose(-2, -3)


class AdapterBlock(nn.Module):
    """Window attention and a linear layer, each behind a norm and with a residual."""

    def __init__(self, width: int, window: int, heads: int, shift: int, dropout: float) -> None:
        """Initialise; `shift` moves the windows by so many patches down and across."""
        super().__init__()
        self.window, self.shift = window, shift
        self.attn = WindowAttention(window, heads, dropout)
        self.norm1 = nn.LayerNorm(width)
        self.linear = nn.Linear(width, width, bias=False)
        self.norm2 = nn.LayerNorm(width)

    def forward(
        self, tokens: Tensor, attention: nn.MultiheadAttention, grid: tuple[int, int]
    ) -> Tensor:
        """Return adapted (B, N, D) tokens; see `WindowAdapter.forward`."""
        # (B, N, D) -> (B, gh, gw, D)
        cells = torch.unflatten(tokens, 1, grid)
        apart = None
        if self.shift:
            cells = cells.roll((-self.shift, -self.shift), (1, 2))
            apart = shifted_apart(grid, self.window, self.shift).to(tokens)
        mixed = self.attn(cut(cells, self.window), attention, apart)
        cells = joined(mixed, grid, self.window)
        if self.shift:
            cells = cells.roll((self.shift, self.shift), (1, 2))
        # (B, gh, gw, D) -> (B, N, D)
        tokens = tokens + self.norm1(cells.flatten(1, 2))
        adapted: Tensor = tokens + self.norm2(self.linear(tokens))
        return adapted


class WindowAdapter(nn.Module):
    """The trained part beside one tapped CLIP block; every second block of it is shifted."""

    def __init__(
        self, width: int, window: int, heads: int = 8, depth: int = 1, dropout: float = 0.1
    ) -> None:
        """Initialise.

        Args:
            width: Of the tokens; `heads` divides it.
            window: Side of a window, patches.
            heads: Of the attention.
            depth: Blocks in a row; the published depth is 1.
            dropout: Of the attention weights, in training only.

        Raises:
            ValueError: A value is out of range.
        """
        super().__init__()
        if depth < 1 or width % heads:
            raise ValueError(f"depth {depth} is below 1, or {heads} heads do not divide {width}")
        self.blocks = nn.ModuleList(
            AdapterBlock(width, window, heads, window // 2 if number % 2 else 0, dropout)
            for number in range(depth)
        )

    def forward(
        self, tokens: Tensor, attention: nn.MultiheadAttention, grid: tuple[int, int]
    ) -> Tensor:
        """Return adapted (B, N, D) tokens.

        Args:
            tokens: (B, N, D) patch rows after a CLIP block, row-major over `grid`, no class token.
            attention: The attention of that block, frozen.
            grid: Patches down and across, multiples of the window.
        """
        for block in self.blocks:
            tokens = block(tokens, attention, grid)
        return tokens


def cut(cells: Tensor, window: int) -> Tensor:
    """Return (B, W, N, D) windows, row-major inside and out, of (B, gh, gw, D) cells."""
    batch, height, width, size = cells.shape
    # (B, gh, gw, D) -> (B, gh / w, w, gw / w, w, D) -> (B, W, w w, D)
    pieces = cells.reshape(batch, height // window, window, width // window, window, size)
    return pieces.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def joined(windows: Tensor, grid: tuple[int, int], window: int) -> Tensor:
    """Return the (B, gh, gw, D) cells that `cut` has cut."""
    down, across = grid[0] // window, grid[1] // window
    # (B, W, w w, D) -> (B, gh / w, gw / w, w, w, D) -> (B, gh, gw, D)
    pieces = torch.unflatten(torch.unflatten(windows, 2, (window, window)), 1, (down, across))
    return pieces.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def relative_table(window: int) -> Tensor:
    """Return (2 w - 1, 2 w - 1, 2) float32: each offset down and across, on a log scale in -1..1.

    Swin V2, equation 4: far offsets lie closer together, so that a window of another size sees
    familiar values.
    """
    steps = torch.arange(1 - window, window, dtype=torch.float32) * (_REACH / (window - 1))
    scaled = steps.sign() * torch.log2(steps.abs() + 1) / math.log2(_REACH)
    return torch.stack(torch.meshgrid(scaled, scaled, indexing="ij"), dim=-1)


def relative_index(window: int) -> Tensor:
    """Return (N, N) int64: the row of the flattened table that belongs to patches i and j."""
    places = torch.cartesian_prod(torch.arange(window), torch.arange(window))
    # (N, 1, 2) - (1, N, 2), from 0 up
    offsets = places[:, None] - places[None] + window - 1
    return offsets[..., 0] * (2 * window - 1) + offsets[..., 1]


def shifted_apart(grid: tuple[int, int], window: int, shift: int) -> Tensor:
    """Return (W, N, N) float32: -100 for pairs that only the wrap-around has brought together."""
    regions = torch.zeros(1, *grid, 1)
    edges = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
    for number, (down, across) in enumerate((a, b) for a in edges for b in edges):
        regions[:, down, across] = number
    # (1, W, N, 1) -> (W, N)
    names = cut(regions, window)[0, ..., 0]
    return (names[:, :, None] != names[:, None]).float() * _APART
