"""The memory of normal patches: how far is a patch from all that normal parts have shown?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.coreset import greedy_coreset
from model.layers.vision import VisionFeatures

_CHUNK = 4096
_SHRINKAGE = 0.01
_POWER = 0.25


def patch_rows(features: VisionFeatures, layers: Sequence[int], neighbourhood: int = 1) -> Tensor:
    """Return (B, N, L, D) patch rows of the original stream, mean 0 and variance 1 each.

    The raw rows tell normal from odd better than those projected to the text's space, which
    keeps only what captions speak of.

    Args:
        features: Must hold `layers` in `tokens`.
        layers: Vision blocks, 1-based.
        neighbourhood: Side of the square of patches averaged around each patch, odd; 1 for
            none. Averaging makes a patch aware of its surroundings (PatchCore, section 3.1) and
            blind to thin scratches.
    """
    parts = []
    for layer in layers:
        tokens = features.tokens[layer].float()
        rows = F.layer_norm(tokens, tokens.shape[-1:])
        parts.append(_averaged(rows, features.grid, neighbourhood) if neighbourhood > 1 else rows)
    return torch.stack(parts, dim=2)


def _averaged(rows: Tensor, grid: tuple[int, int], side: int) -> Tensor:
    batch, _, width = rows.shape
    # (B, N, D) -> (B, D, gh, gw)
    cells = rows.transpose(1, 2).reshape(batch, width, *grid)
    cells = F.avg_pool2d(cells, side, stride=1, padding=side // 2, count_include_pad=False)
    # (B, D, gh, gw) -> (B, N, D)
    return cells.flatten(2).transpose(1, 2)


class MemoryBank(nn.Module):
    """Patches of normal parts in a space where their common ways of varying count less.

    Per layer the directions in which normal patches vary most are kept, and divided by the square
    root of their spread: half way between plain distance, which only sees what varies much,
    and Mahalanobis distance, which only sees noise.

    Attributes:
        centre: (L, D) float32 mean of normal rows.
        axes: (L, D, K) float32, from centred rows to K coordinates a layer, scaled so that a
            normal row has length 1 on the average.
        rows: (R, L K) float32 coordinates of the remembered patches.
    """

    centre: Tensor
    axes: Tensor
    rows: Tensor

    def __init__(self, centre: Tensor, axes: Tensor, rows: Tensor) -> None:
        """Take the tensors as they are.

        Raises:
            ValueError: The shapes do not fit each other or there is no row.
        """
        super().__init__()
        layers, width, kept = axes.shape
        if centre.shape != (layers, width) or rows.shape[1:] != (layers * kept,) or not len(rows):
            raise ValueError(f"shapes {[tuple(t.shape) for t in (centre, axes, rows)]}")
        self.register_buffer("centre", centre.float().contiguous())
        self.register_buffer("axes", axes.float().contiguous())
        self.register_buffer("rows", rows.float().contiguous())

    @classmethod
    def learned(cls, rows: Tensor, kept: int, max_rows: int, seed: int = 0) -> Self:
        """Return the bank of (n, L, D) normal patch rows.

        Args:
            rows: As `patch_rows` makes them, of all shots.
            kept: Coordinates a layer, K; fewer if the rows do not span as many.
            max_rows: Rows to remember at most, chosen as a greedy coreset.
            seed: Of the coreset.
        """
        centre = rows.mean(0)
        kept = min(kept, rows.shape[2], max(1, rows.shape[0] - 1))
        found = [_axes(rows[:, layer] - centre[layer], kept) for layer in range(rows.shape[1])]
        axes = torch.stack(found)
        points = _coordinates(rows, centre, axes)
        return cls(centre, axes, points[greedy_coreset(points, max_rows, seed)])

    @classmethod
    def empty(cls, shape: Sequence[int]) -> Self:
        """Return a bank of zeros of shape (R, L, D, K), to be filled from a file."""
        count, layers, width, kept = (int(side) for side in shape)
        return cls(
            torch.zeros(layers, width),
            torch.zeros(layers, width, kept),
            torch.zeros(count, layers * kept),
        )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Rows R, layers L, width D and coordinates a layer K."""
        layers, width, kept = self.axes.shape
        return self.rows.shape[0], layers, width, kept

    def distances(self, queries: Tensor) -> Tensor:
        """Return (B, N): distance of (B, N, L, D) patch rows to the nearest row of the bank."""
        # (B, N, L, D) -> (B N, L K), in pieces so that the (B N, R) product stays small
        points = _coordinates(queries.flatten(0, 1), self.centre, self.axes)
        squares = self.rows.square().sum(1)
        nearest = []
        for piece in torch.split(points, _CHUNK):
            # |a - b|^2 = |a|^2 - (2 a.b - |b|^2)
            likeness = torch.addmm(-squares, piece, self.rows.T, alpha=2).amax(1)
            nearest.append((piece.square().sum(1) - likeness).clamp_min(0).sqrt())
        return torch.cat(nearest).view(queries.shape[:2])


def _axes(rows: Tensor, kept: int) -> Tensor:
    """Return (D, K) of centred (n, D) rows."""
    exact = rows.double()
    spreads, directions = torch.linalg.eigh(exact.T @ exact / rows.shape[0])
    # ascending: the last are the strongest; a floor keeps what hardly varies from blowing up
    strongest = spreads[-kept:].clamp_min(0)
    floor = _SHRINKAGE * strongest.mean().clamp_min(1e-6)
    axes = directions[:, -kept:] * (strongest + floor) ** -_POWER
    length = (exact @ axes).norm(dim=1).mean().clamp_min(1e-6)
    scaled: Tensor = axes.div(length).float()
    return scaled


def _coordinates(rows: Tensor, centre: Tensor, axes: Tensor) -> Tensor:
    """Return (n, L K) of (n, L, D)."""
    # (L, n, D) @ (L, D, K) -> (L, n, K) -> (n, L, K) -> (n, L K)
    return ((rows - centre).transpose(0, 1) @ axes).transpose(0, 1).flatten(1)
