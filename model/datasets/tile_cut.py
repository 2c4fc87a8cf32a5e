"""One picture brought to the common scale and cut; its mask along with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data import read_defects
from model.datasets.tile_grid import TileGrid
from model.datasets.tile_sources import GOOD, UNKNOWN, SourcePicture
from model.errors import DatasetError
from model.images import Picture, read_image
from model.opencv import cv2

Mask = npt.NDArray[np.bool_]

# Why a tile has no label, as the table of tiles says it.
NOT_LABELLED = "not labelled"
NO_MASK = "defect somewhere"
SLIVER = "edge of a defect"

_MOST_SIDE = 32_000


class TooSmall(DatasetError):
    """At the common scale the picture is smaller than a tile."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A tile that was cut.

    Attributes:
        picture: (side, side) or, in colour, (side, side, 3) uint8 BGR.
        mask: (side, side) bool, what is defective; None where nothing is, or nobody drew it.
        state: "good", a kind of defect, or "" where a person has to look.
        why: Why a person has to look, "" where nobody has to.
        box: (x, y, width, height) of what it shows, pixels of the source picture.
    """

    picture: Picture
    mask: Mask | None
    state: str
    why: str
    box: tuple[int, int, int, int]


def cut_picture(
    source: SourcePicture, factor: float, grid: TileGrid, least: int
) -> tuple[Piece, ...]:
    """Read a picture, scale it and cut it into tiles.

    Args:
        source: The picture.
        factor: By how much it is enlarged, see `Scale.factor_to`.
        grid: Size and overlap of the tiles.
        least: Defective pixels from which a tile counts as defective. One with fewer counts too if
            it holds the larger part of one defect; any other is the edge of a defect, and a
            person has to look.

    Raises:
        TooSmall: At the common scale it is smaller than a tile.
        DatasetError: Picture or mask cannot be used.
    """
    picture = _plain(read_image(source.path))
    height, width = picture.shape[:2]
    defects = None if source.mask is None else read_defects(source.sample, height, width)
    size = round(width * factor), round(height * factor)
    if min(size) < grid.side:
        raise TooSmall(
            f"{source.path} is {size[0]} x {size[1]} pixels at the common scale, less than a tile "
            f"of {grid.side} x {grid.side}."
        )
    if max(size) > _MOST_SIDE:
        raise DatasetError(
            f"{source.path} would be {size[0]} x {size[1]} pixels at the common scale; choose a "
            "coarser one."
        )
    scaled = _scaled(picture, size)
    blobs = None if defects is None or not defects.any() else _Blobs(_kept(defects, size))
    corners = grid.corners(scaled.shape[0], scaled.shape[1])
    is_whole = len(corners) == 1
    pieces = []
    for x, y in corners:
        window = slice(y, y + grid.side), slice(x, x + grid.side)
        state, why, mask = _judged(source, blobs, window, least, is_whole=is_whole)
        side = round(grid.side / factor)
        box = round(x / factor), round(y / factor), side, side
        pieces.append(Piece(scaled[window], mask, state, why, _inside(box, width, height)))
    return tuple(pieces)


def _judged(
    source: SourcePicture,
    blobs: _Blobs | None,
    window: tuple[slice, slice],
    least: int,
    *,
    is_whole: bool,
) -> tuple[str, str, Mask | None]:
    """Return state, why it has none, and mask of one tile."""
    if source.state == UNKNOWN:
        return UNKNOWN, NOT_LABELLED, None
    if source.state == GOOD:
        return GOOD, "", None
    if blobs is None:
        return (source.state, "", None) if is_whole else (UNKNOWN, NO_MASK, None)
    mask = blobs.mask[window]
    if not mask.any():
        return GOOD, "", None
    if blobs.is_shown(window, least):
        return source.state, "", mask
    return UNKNOWN, SLIVER, None


class _Blobs:
    """The separate defects of a scaled mask.

    Args:
        mask: (H, W) bool.
    """

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
        self._labels = np.asarray(labels, np.int32)
        self._areas = np.bincount(self._labels.ravel())

    def is_shown(self, window: tuple[slice, slice], least: int) -> bool:
        """Tell whether a window shows a defect and not its edge alone."""
        here = np.bincount(self._labels[window].ravel(), minlength=len(self._areas))
        # number 0 is what is not defective
        return bool(
            here[1:].sum() >= least or (2 * here[1:] >= self._areas[1:])[here[1:] > 0].any()
        )


def _plain(picture: Picture) -> Picture:
    """Return (H, W) where all three channels are the same: a third of the bytes."""
    blue, green, red = picture[:, :, 0], picture[:, :, 1], picture[:, :, 2]
    is_grey = np.array_equal(blue, green) and np.array_equal(green, red)
    return np.ascontiguousarray(blue) if is_grey else picture


def _scaled(picture: Picture, size: tuple[int, int]) -> Picture:
    height, width = picture.shape[:2]
    if size == (width, height):
        return picture
    way = cv2.INTER_AREA if size[0] * size[1] < width * height else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def _kept(defects: Mask, size: tuple[int, int]) -> Mask:
    """Return the mask at a (width, height); no defective pixel is lost, however thin the defect."""
    if size == defects.shape[::-1]:
        return defects
    values = defects.astype(np.float32)
    shrinks = size[0] * size[1] < defects.size
    way = cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(values, size, interpolation=way) > 0, np.bool_)


def _inside(box: tuple[int, int, int, int], width: int, height: int) -> tuple[int, int, int, int]:
    x, y, wide, high = box
    left, top = min(x, width - 1), min(y, height - 1)
    return left, top, min(wide, width - left), min(high, height - top)
