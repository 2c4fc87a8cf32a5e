"""Where the tiles of a picture lie: all of one size, nothing of the picture left over."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TileGrid:
    """Size of the tiles and how far neighbours overlap.

    Attributes:
        side: Of every tile, pixels at the common scale.
        overlap: Least share of a tile that its neighbour shows too, 0 to 0.9.
    """

    side: int
    overlap: float

    def starts(self, length: int) -> tuple[int, ...]:
        """Return the first pixels of the tiles along one side of a picture.

        The tiles cover every pixel, spread evenly; none if the picture is smaller than a tile.

        Args:
            length: Of the side, pixels at the common scale.
        """
        if length < self.side:
            return ()
        shared = min(self.side - 1, round(self.overlap * self.side))
        count = 1 + math.ceil((length - self.side) / (self.side - shared))
        if count == 1:
            return (0,)
        return tuple(round(n * (length - self.side) / (count - 1)) for n in range(count))

    def corners(self, height: int, width: int) -> tuple[tuple[int, int], ...]:
        """Return (x, y) of the upper left corner of every tile, row by row."""
        columns = self.starts(width)
        return tuple((x, y) for y in self.starts(height) for x in columns)
