"""Tiles of large or long pictures, and their maps merged without seams."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.types import FloatMap

MAX_ASPECT = 2.0
MAX_SIDE = 2048
_TILE_ASPECT = 1.5
_OVERLAP = 0.25


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one axis.

    Attributes:
        start: First pixel.
        stop: One past the last pixel.
        weights: (stop - start,) float32; the weights of all pieces of an axis add up to 1 at
            every pixel, with a smooth ramp where two pieces overlap.
    """

    start: int
    stop: int
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of the source image: rows of `vertical`, columns of `horizontal`."""

    vertical: Span
    horizontal: Span

    @property
    def window(self) -> tuple[slice, slice]:
        """Index of the tile's rows and columns in the source image."""
        return (
            slice(self.vertical.start, self.vertical.stop),
            slice(self.horizontal.start, self.horizontal.stop),
        )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return (
            self.vertical.stop - self.vertical.start,
            self.horizontal.stop - self.horizontal.start,
        )


def plan_tiles(height: int, width: int) -> tuple[Tile, ...]:
    """Return the tiles of a picture, row by row; a single one for an ordinary picture.

    A picture is cut if one side is longer than 2048 px or more than twice the other, so
    that the resize to the network's square input neither squeezes long strips out of shape nor
    loses small defects. Neighbours overlap by a quarter of a tile.
    """
    short = min(height, width, MAX_SIDE)
    fits = max(height, width) <= min(MAX_SIDE, MAX_ASPECT * short)
    longest = max(height, width) if fits else min(MAX_SIDE, math.ceil(_TILE_ASPECT * short))
    rows = _spans(height, longest)
    columns = _spans(width, longest)
    return tuple(Tile(row, column) for row in rows for column in columns)


def one_tile(height: int, width: int) -> tuple[Tile]:
    """Return a picture's only tile: itself, whatever its size."""
    (row,), (column,) = _spans(height, height), _spans(width, width)
    return (Tile(row, column),)


def _spans(length: int, longest: int) -> list[Span]:
    """Cut an axis into equally long pieces of at most `longest` pixels."""
    if length <= longest:
        return [Span(0, length, np.ones(length, np.float32))]
    overlap = max(1, int(_OVERLAP * longest))
    count = math.ceil((length - overlap) / (longest - overlap))
    piece = min(longest, math.ceil((length + (count - 1) * overlap) / count))
    starts = [round(index * (length - piece) / (count - 1)) for index in range(count)]
    return [
        Span(start, start + piece, _weights(start, piece, before, after))
        for start, before, after in zip(
            starts,
            [None, *(start + piece for start in starts[:-1])],
            [*starts[1:], None],
            strict=True,
        )
    ]


def _weights(
    start: int, piece: int, end_before: int | None, start_after: int | None
) -> npt.NDArray[np.float32]:
    """Return the weights of a piece: raised-cosine ramps over the overlaps, 1 between them.

    The ramp down of one piece and the ramp up of the next are complementary, so no
    division by a sum of weights is needed.
    """
    weights = np.ones(piece)
    if end_before is not None:
        overlap = end_before - start
        weights[:overlap] = _ramp(overlap)
    if start_after is not None:
        overlap = start + piece - start_after
        weights[piece - overlap :] = 1 - _ramp(overlap)
    return weights.astype(np.float32)


def _ramp(length: int) -> npt.NDArray[np.float64]:
    """Return `length` values that rise smoothly from near 0 to near 1."""
    return 0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)


class Mosaic:
    """The map of a whole picture, put together from the maps of its tiles.

    Args:
        height: Rows of the source image.
        width: Columns of the source image.
    """

    def __init__(self, height: int, width: int) -> None:
        self._map = np.zeros((height, width), np.float32)

    def add(self, tile: Tile, values: FloatMap) -> None:
        """Add a tile's (tile height, tile width) float32 map; a lone tile's is taken as it is."""
        if tile.size == self._map.shape:
            self._map = values
            return
        self._map[tile.window] += (
            values * tile.vertical.weights[:, None] * tile.horizontal.weights[None, :]
        )

    def finished(self) -> FloatMap:
        """Return the (height, width) float32 map after every tile was added once."""
        return self._map


def merge(height: int, width: int, parts: Iterable[tuple[Tile, FloatMap]]) -> FloatMap:
    """Return the (height, width) float32 map of all tiles of `plan_tiles(height, width)`."""
    mosaic = Mosaic(height, width)
    for tile, values in parts:
        mosaic.add(tile, values)
    return mosaic.finished()


@lru_cache(maxsize=8)
def square_tiles(height: int, width: int, side: int) -> tuple[Tile, ...]:
    """Return tiles of one size, row by row, so that a hole is as large in each of them.

    Neighbours overlap by a quarter of a tile at least.

    Args:
        height: Of the picture, pixels, at least `side`.
        width: The same.
        side: Of every tile, pixels.
    """
    rows, columns = _equal_spans(height, side), _equal_spans(width, side)
    return tuple(Tile(row, column) for row in rows for column in columns)


def _equal_spans(length: int, side: int) -> list[Span]:
    """Cut an axis into pieces of exactly `side` pixels, spread evenly."""
    if length <= side:
        return [Span(0, length, np.ones(length, np.float32))]
    overlap = min(side - 1, max(1, int(_OVERLAP * side)))
    count = math.ceil((length - overlap) / (side - overlap))
    starts = [round(index * (length - side) / (count - 1)) for index in range(count)]
    # More than two may overlap, so ramps alone would not add up to 1.
    hill = np.minimum(np.arange(side) + 1, np.arange(side)[::-1] + 1).astype(np.float64)
    total = np.zeros(length)
    for start in starts:
        total[start : start + side] += hill
    return [
        Span(start, start + side, (hill / total[start : start + side]).astype(np.float32))
        for start in starts
    ]
