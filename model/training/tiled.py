"""Views cut as the station cuts: a long picture is learned in the tiles it is judged in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.tiling import Tile, plan_tiles
from model.training.example import Example, Views


@dataclass(frozen=True)
class TiledViews:
    """Pictures in the tiles in which `Predictor.predict` judges them; most have a single one.

    A tile is defective if its part of the mask is; a defective picture without a mask stays
    whole, since nobody knows which tile shows the defect.

    Attributes:
        views: What is cut.
    """

    views: Views

    @cached_property
    def _tiles(self) -> tuple[tuple[int, Tile | None, bool], ...]:
        """For each view the picture's number, the tile, and whether it is defective."""
        found: list[tuple[int, Tile | None, bool]] = []
        for index in range(len(self.views)):
            example = self.views.view(index, 0)
            tiles = plan_tiles(*example.picture.shape[:2])
            if len(tiles) == 1 or (example.is_defective and example.mask is None):
                found.append((index, None, example.is_defective))
                continue
            for tile in tiles:
                found.append((index, tile, _cut(example, tile).is_defective))
        return tuple(found)

    @property
    def sources(self) -> tuple[int, ...]:
        """The number in `views` behind each view."""
        return tuple(index for index, _, _ in self._tiles)

    @property
    def defective(self) -> tuple[int, ...]:
        """The numbers of the defective views."""
        return tuple(number for number, (_, _, is_bad) in enumerate(self._tiles) if is_bad)

    def __len__(self) -> int:
        """Return the number of tiles of all pictures."""
        return len(self._tiles)

    def view(self, index: int, turn: int) -> Example:
        """Return a tile.

        Args:
            index: 0 up to the length, exclusive.
            turn: Passed on.

        Raises:
            DatasetError: The picture or its mask cannot be read.
        """
        source, tile, _ = self._tiles[index]
        example = self.views.view(source, turn)
        return example if tile is None else _cut(example, tile)


def _cut(example: Example, tile: Tile) -> Example:
    """Return a tile of an example whose mask is known."""
    assert example.mask is not None
    mask = np.ascontiguousarray(example.mask[tile.window])
    picture = np.ascontiguousarray(example.picture[tile.window])
    is_bad = bool(mask.any())
    name = example.name if is_bad or not example.is_defective else "good"
    return Example(picture, mask, is_bad, name)
