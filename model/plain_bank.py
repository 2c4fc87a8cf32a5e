"""The memory bank of PatchCore: remembered rows as they are, and plain distance to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from model.coreset import greedy_coreset
from model.memory_bank import Patches
from model.nearest_rows import nearest_rows, row_distances

Progress = Callable[[int, int], None]


class PlainBank(nn.Module):
    """Patches of normal parts, compared by Euclidean distance (PatchCore, section 3.2).

    Attributes:
        centre: (D,) float32 mean of normal rows; taken off both sides, which changes no distance
            but keeps its rounding small.
        rows: (R, D) float32 remembered patches without the centre; exact in float16.
        origins: (R, 3) float32, see `model.memory_bank.Patches`; None where it is not known.
    """

    centre: Tensor
    rows: Tensor
    origins: Tensor | None

    def __init__(self, centre: Tensor, rows: Tensor) -> None:
        """Take the tensors; rows are rounded to float16, which halves the file.

        Raises:
            ValueError: The shapes do not fit each other or there is no row.
        """
        super().__init__()
        if rows.shape[1:] != centre.shape or centre.ndim != 1 or not len(rows):
            raise ValueError(f"shapes {tuple(centre.shape)} and {tuple(rows.shape)}")
        self.origins = None
        self.register_buffer("centre", centre.float().contiguous())
        self.register_buffer("rows", rows.half().float().contiguous())

    @classmethod
    def learned(
        cls, patches: Patches, max_rows: int, seed: int = 0, progress: Progress | None = None
    ) -> Self:
        """Return the bank of normal patches.

        Args:
            patches: Of all shots, one layer: rows (n, 1, D).
            max_rows: Rows to remember at most, chosen as a greedy coreset.
            seed: Of the coreset.
            progress: Told of the rows chosen.
        """
        rows = patches.rows[:, 0]
        centre = rows.mean(0)
        chosen = greedy_coreset(rows, max_rows, seed, progress)
        bank = cls(centre, rows[chosen] - centre)
        bank.origins = None if patches.origins is None else patches.origins[chosen]
        return bank

    @classmethod
    def empty(cls, shape: Sequence[int]) -> Self:
        """Return a bank of zeros of shape (R, D), to be filled from a file."""
        count, width = (int(side) for side in shape)
        return cls(torch.zeros(width), torch.zeros(count, width))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows R and width D."""
        return self.rows.shape[0], self.rows.shape[1]

    def points(self, queries: Tensor, places: Tensor) -> Tensor:
        """Return (n, D): patches in the space of `rows`.

        Args:
            queries: (n, 1, D).
            places: (n, 2); where a patch lies does not count here.
        """
        del places
        return queries[:, 0] - self.centre

    def distances(self, queries: Tensor, grid: tuple[int, int]) -> Tensor:
        """Return (B, N): distance of patches (B, N, 1, D) to the nearest row of the bank."""
        del grid
        # (B, N, 1, D) -> (B N, 1, D) -> (B N, D)
        points = self.points(queries.flatten(0, 1), queries)
        return row_distances(points, self.rows).view(queries.shape[:2])

    def nearest(self, queries: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n,) distance to the nearest row of the bank and (n,) its int64 number."""
        return nearest_rows(self.points(queries, places), self.rows)
