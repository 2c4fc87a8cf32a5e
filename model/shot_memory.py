"""SOWA's memory of normal pictures: their patches on every level, compared by cosine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.coreset import greedy_coreset

_CHUNK = 2048


class ShotMemory(nn.Module):
    """Unit patch rows of a product's normal pictures, one set a level.

    Hu and Zhang, arXiv 2407.03634, few-shot part. Rows are rounded to float16, as the checkpoint
    stores them.

    Attributes:
        rows: (L, R, E) float32 unit rows, exact in float16; R is 0 without shots.
    """

    rows: Tensor

    def __init__(self, rows: Tensor) -> None:
        """Take (L, R, E) unit rows."""
        super().__init__()
        self.register_buffer("rows", rows.half().float().contiguous(), persistent=False)

    @classmethod
    def learned(cls, shots: Sequence[Tensor], max_rows: int, seed: int = 0) -> Self:
        """Return the memory of pictures.

        Args:
            shots: (N, L, E) rows of each picture, any length.
            max_rows: Rows a level at most; beyond it a greedy coreset is kept.
            seed: Of the coreset.
        """
        rows = F.normalize(torch.cat(list(shots)).float(), dim=-1)
        if rows.shape[0] > max_rows:
            # a patch stays or goes with all its levels
            rows = rows[greedy_coreset(rows.flatten(1), max_rows, seed)]
        # (n, L, E) -> (L, n, E)
        return cls(rows.transpose(0, 1))

    @property
    def is_empty(self) -> bool:
        """True without shots."""
        return self.rows.shape[1] == 0

    def distances(self, queries: Tensor) -> Tensor:
        """Return (B, L, N) distance, 0..2, to the nearest row of the level; see `nearest`."""
        return nearest(queries, self.rows)


def nearest(queries: Tensor, rows: Tensor) -> Tensor:
    """Return (B, L, N): 1 - cosine to the nearest row.

    Args:
        queries: (B, L, N, E) patches, any length.
        rows: (L, R, E) unit rows, R at least 1.
    """
    unit = F.normalize(queries.to(rows.dtype), dim=-1)
    found = []
    for level, known in enumerate(rows):
        # (B, N, E) -> (B N, E), in pieces so that the product stays small
        pieces = torch.split(unit[:, level].flatten(0, 1), _CHUNK)
        best = torch.cat([(piece @ known.T).amax(1) for piece in pieces])
        found.append(1 - torch.unflatten(best, 0, (queries.shape[0], -1)))
    return torch.stack(found, dim=1)
