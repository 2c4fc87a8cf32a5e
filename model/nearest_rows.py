"""The nearest of many remembered rows, in pieces so that no large table of distances is made."""

from __future__ import annotations

import torch
from torch import Tensor

_CHUNK = 1024


def row_distances(points: Tensor, rows: Tensor) -> Tensor:
    """Return (n,): Euclidean distance of each point to the nearest row.

    Args:
        points: (n, P) float32.
        rows: (R, P) float32, R at least 1.
    """
    # |a - b|^2 = |a|^2 - (2 a.b - |b|^2)
    squares = rows.square().sum(1)
    found = [
        torch.addmm(-squares, piece, rows.T, alpha=2).amax(1)
        for piece in torch.split(points, _CHUNK)
    ]
    return (points.square().sum(1) - torch.cat(found)).clamp_min(0).sqrt()


def nearest_rows(points: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return (n,): distance to the nearest row, and (n,) int64: its number.

    Args:
        points: (n, P) float32.
        rows: (R, P) float32, R at least 1.
    """
    squares = rows.square().sum(1)
    found = [
        torch.addmm(-squares, piece, rows.T, alpha=2).max(1)
        for piece in torch.split(points, _CHUNK)
    ]
    likeness = torch.cat([one.values for one in found])
    distance = (points.square().sum(1) - likeness).clamp_min(0).sqrt()
    return distance, torch.cat([one.indices for one in found])
