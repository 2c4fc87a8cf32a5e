"""The memory of normal patches: how far is a patch from all that normal parts have shown?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.coreset import greedy_coreset
from model.layers.vision import VisionFeatures
from model.nearest_rows import nearest_rows, row_distances

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


def patch_places(grid: tuple[int, int]) -> Tensor:
    """Return (N, 2): how far down and across each patch lies, in [0, 1), row-major."""
    down, across = torch.meshgrid(torch.arange(grid[0]), torch.arange(grid[1]), indexing="ij")
    # (gh, gw, 2) -> (N, 2)
    return torch.stack([down / grid[0], across / grid[1]], dim=-1).flatten(0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Normal patches from which a bank is learned.

    Attributes:
        rows: (n, L, D) float32, as `patch_rows` makes them.
        places: (n, 2) float32, as `patch_places` gives them.
        origins: (n, 3) float32: number of the picture, and how far down and across it the
            middle of the patch lies, 0..1; None if nobody asked.
    """

    rows: Tensor
    places: Tensor
    origins: Tensor | None = None

    @classmethod
    def joined(cls, parts: Sequence[Patches]) -> Patches:
        """Return the patches of several pictures as one."""
        rows = torch.cat([part.rows for part in parts])
        known = [part.origins for part in parts if part.origins is not None]
        origins = torch.cat(known) if len(known) == len(parts) else None
        return cls(rows, torch.cat([part.places for part in parts]), origins)

    def thinned(self, most: int, seed: int) -> Patches:
        """Return at most `most` patches, drawn at random: a coreset of millions takes too long."""
        if self.rows.shape[0] <= most:
            return self
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randperm(self.rows.shape[0], generator=generator)[:most]
        origins = None if self.origins is None else self.origins[drawn]
        return Patches(self.rows[drawn], self.places[drawn], origins)


class MemoryBank(nn.Module):
    """Patches of normal parts in a space where their common ways of varying count less.

    Per layer the directions in which normal patches vary most are kept, and divided by the square
    root of their spread: half way between plain distance, which only sees what varies much,
    and Mahalanobis distance, which only sees noise. The place of a patch in the picture
    counts too, since most parts lie in a nest: a hole is normal only where holes are.

    Attributes:
        centre: (L, D) float32 mean of normal rows.
        axes: (L, D, K) float32, from centred rows to K coordinates a layer, scaled so that a
            normal row has length 1 on the average.
        rows: (R, L K + 2) float32 coordinates of the remembered patches, the place last;
            exact in float16.
        place: Distance that the whole height or width of the picture counts.
        origins: (R, 3) float32, see `Patches`; None where it is not known, as after loading.
    """

    centre: Tensor
    axes: Tensor
    rows: Tensor
    origins: Tensor | None

    def __init__(self, centre: Tensor, axes: Tensor, rows: Tensor, place: float) -> None:
        """Take the tensors; rows are rounded to float16, which halves the file.

        Raises:
            ValueError: The shapes do not fit each other or there is no row.
        """
        super().__init__()
        layers, width, kept = axes.shape
        fits = centre.shape == (layers, width) and rows.shape[1:] == (layers * kept + 2,)
        if not fits or not len(rows):
            raise ValueError(f"shapes {[tuple(t.shape) for t in (centre, axes, rows)]}")
        self.place = place
        self.origins = None
        self.register_buffer("centre", centre.float().contiguous())
        self.register_buffer("axes", axes.float().contiguous())
        self.register_buffer("rows", rows.half().float().contiguous())

    @classmethod
    def learned(
        cls,
        patches: Patches,
        kept: int,
        place: float,
        max_rows: int,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> Self:
        """Return the bank of normal patches.

        Args:
            patches: Of all shots.
            kept: Coordinates a layer, K; fewer if the rows do not span as many.
            place: What the whole height or width counts, in lengths of a normal row.
            max_rows: Rows to remember at most, chosen as a greedy coreset.
            seed: Of the coreset.
            progress: Told of the rows chosen.
        """
        rows = patches.rows
        centre = rows.mean(0)
        kept = min(kept, rows.shape[2], max(1, rows.shape[0] - 1))
        found = [_axes(rows[:, layer] - centre[layer], kept) for layer in range(rows.shape[1])]
        axes = torch.stack(found)
        points = torch.cat([_coordinates(rows, centre, axes), place * patches.places], dim=1)
        chosen = greedy_coreset(points, max_rows, seed, progress)
        bank = cls(centre, axes, points[chosen], place)
        bank.origins = None if patches.origins is None else patches.origins[chosen]
        return bank

    @classmethod
    def empty(cls, shape: Sequence[int], place: float) -> Self:
        """Return a bank of zeros of shape (R, L, D, K), to be filled from a file."""
        count, layers, width, kept = (int(side) for side in shape)
        return cls(
            torch.zeros(layers, width),
            torch.zeros(layers, width, kept),
            torch.zeros(count, layers * kept + 2),
            place,
        )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Rows R, layers L, width D and coordinates a layer K."""
        layers, width, kept = self.axes.shape
        return self.rows.shape[0], layers, width, kept

    def distances(self, queries: Tensor, grid: tuple[int, int]) -> Tensor:
        """Return (B, N): distance of patches to the nearest row of the bank.

        Args:
            queries: (B, N, L, D), as `patch_rows` makes them.
            grid: Patches down and across; N is their product.
        """
        places = patch_places(grid).to(queries).repeat(queries.shape[0], 1)
        # (B, N, L, D) -> (B N, L, D) -> (B N, L K + 2)
        points = self.points(queries.flatten(0, 1), places)
        return row_distances(points, self.rows).view(queries.shape[:2])

    def points(self, queries: Tensor, places: Tensor) -> Tensor:
        """Return (n, L K + 2): patches in the space of `rows`.

        Args:
            queries: (n, L, D), as `patch_rows` makes them.
            places: (n, 2), as `patch_places` gives them.
        """
        spread = _coordinates(queries, self.centre, self.axes)
        return torch.cat([spread, self.place * places.to(spread)], dim=1)

    def nearest(self, queries: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n,) distance to the nearest row of the bank and (n,) its int64 number.

        Args:
            queries: (n, L, D), as `patch_rows` makes them.
            places: (n, 2), as `patch_places` gives them.
        """
        return nearest_rows(self.points(queries, places), self.rows)


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
