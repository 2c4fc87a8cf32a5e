"""A normalising flow over one picture of features: affine couplings that know where they are.

MSFlow (arXiv 2308.15300), sections 3.2 and 3.3 of the paper.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_STRETCH = 1.9
_START = 0.1
# softplus of half of it, times 0.2, is 1: a block starts by passing its input on
_UNIT_SCALE = 2 * math.log(math.exp(5) - 1)


class ParallelFlow(nn.Module):
    """The blocks of one scale.

    Args:
        channels: C of the features, at least 2.
        depth: Number of blocks, at least 1.
        condition: D, channels of the position code; a multiple of 4.
    """

    def __init__(self, channels: int, depth: int, condition: int) -> None:
        super().__init__()
        self.condition = condition
        self.blocks = nn.ModuleList(FlowBlock(channels, condition) for _ in range(depth))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return (B, C, h, w) of the same shape, and (B,) log |det| of the Jacobian."""
        batch, _, *size = features.shape
        code = position_code(self.condition, size[0], size[1])
        # (D, h, w) -> (B, D, h, w)
        code = code.to(features).expand(batch, -1, -1, -1)
        volume = features.new_zeros(batch)
        for block in self.blocks:
            features, change = block(features, code)
            volume = volume + change
        return features, volume


class FlowBlock(nn.Module):
    """One coupling: the second half of the channels is stretched as the first half says.

    Attributes:
        scale: (C,) G, of which g = 0.2 ln(1 + exp(G / 2)) stretches each channel.
        offset: (C,) added to each channel.
        permutation: (C,) int64; output i is channel permutation[i].
    """

    permutation: Tensor

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.kept, self.changed = channels - channels // 2, channels // 2
        self.net = CouplingNet(self.kept + condition, 2 * self.changed)
        self.scale = nn.Parameter(torch.full((channels,), _UNIT_SCALE))
        self.offset = nn.Parameter(torch.zeros(channels))
        self.register_buffer("permutation", torch.randperm(channels))

    def forward(self, features: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        """Return (B, C, h, w) of (B, C, h, w), and (B,) log |det| of the Jacobian.

        Args:
            features: What flows.
            code: (B, D, h, w) where each place is.
        """
        kept, changed = torch.split(features, [self.kept, self.changed], dim=1)
        stretch, shift = (_START * self.net(torch.cat([kept, code], dim=1))).chunk(2, dim=1)
        stretch = _STRETCH * torch.tanh(stretch)
        joined = torch.cat([kept, changed * torch.exp(stretch) + shift], dim=1)
        gain = 0.2 * F.softplus(0.5 * self.scale)
        # (C,) -> (1, C, 1, 1)
        joined = joined * gain[None, :, None, None] + self.offset[None, :, None, None]
        places = features.shape[2] * features.shape[3]
        volume = stretch.sum(dim=(1, 2, 3)) + places * gain.log().sum()
        return joined.index_select(1, self.permutation), volume


class CouplingNet(nn.Module):
    """Two 3 x 3 convolutions with a normalisation of each pixel's channels between them."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = ChannelNorm(channels)
        self.second = nn.Conv2d(channels, outputs, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, outputs, h, w) of (B, channels, h, w)."""
        seen: Tensor = self.second(F.relu(self.norm(self.first(features))))
        return seen


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each pixel."""

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C, h, w) of (B, C, h, w)."""
        # (B, C, h, w) -> (B, h, w, C) and back
        return super().forward(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


@lru_cache(maxsize=32)
def position_code(depth: int, height: int, width: int) -> Tensor:
    """Return (depth, height, width) float32: sines and cosines of column, then of row.

    With half = depth / 2 and f_k = exp(-2 k ln(10000) / half), channel 2k is sin(x f_k), 2k + 1 is
    cos(x f_k), and half + 2k and half + 2k + 1 are the same of y.

    Args:
        depth: A multiple of 4.
        height: Rows.
        width: Columns.

    Raises:
        ValueError: Depth is no multiple of 4.
    """
    if depth < 4 or depth % 4:
        raise ValueError(f"the position code has {depth} channels; it must be a multiple of 4")
    half = depth // 2
    # a tensor born in inference mode could not be used in training later
    with torch.inference_mode(False), torch.no_grad():
        rates = torch.exp(torch.arange(0, half, 2).float() * (-math.log(10000.0) / half))
        across = torch.arange(width).float()[None] * rates[:, None]
        down = torch.arange(height).float()[None] * rates[:, None]
        # (half / 2, w) -> (half / 2, h, w); rows alike
        x = across[:, None].expand(-1, height, -1)
        y = down[:, :, None].expand(-1, -1, width)
        # (half / 2, 2, h, w) -> (half, h, w), sine and cosine in turns
        parts = [torch.stack([v.sin(), v.cos()], dim=1).flatten(0, 1) for v in (x, y)]
        return torch.cat(parts)
