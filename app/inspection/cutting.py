"""Cuts a frame into the pieces that the model judges: regions, tiles, parts in their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.areas import Area, Box, Mask, areas_of
from app.inspection.painting_over import painted_over
from app.inspection.placement import Matrix, Placement, find, to_frame
from app.inspection.reasons import sentence_of
from app.inspection.recipe import Recipe
from model.opencv import cv2
from model.tiling import Tile, square_tiles

__all__ = ["Cutting", "NotPlaced", "Piece", "cut"]

MOST_TILES = 400

_INTERPOLATION_PX = 3
"""A pixel of a turned picture is made from frame pixels within this distance."""

Weights = npt.NDArray[np.float32]


class NotPlaced(ExpectedError):
    """What a recipe wants judged cannot be found in the frame; never OK.

    Args:
        reason: Stable code and details, the reason of an ERROR verdict: "part-not-found",
            "part-outside-frame: thread", "region-outside-frame: 640x480", "nothing-to-judge:
            thread", "tiles-too-small: 1200".
    """

    code = "not-placed"

    def __init__(self, reason: str) -> None:
        super().__init__(tr(sentence_of(reason)))
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One picture that the model judges by itself.

    Attributes:
        region: Name of the recipe's region, "" for a recipe without regions; several pieces
            share a region that is judged in tiles.
        picture: (H, W, 3) uint8 BGR, C-contiguous; exclusions and what lies outside of the region
            are painted over with what the judged pixels beside them show.
        box: (x, y, width, height) in the reference picture, which is the frame where the recipe
            has no anchor.
        judged: (H, W) bool, where a verdict is asked for; None: everywhere.
        weights: (H, W) float32, share of this piece in the region's map; they add up to 1 at
            every judged pixel. None: the only piece of its region.
    """

    region: str
    picture: Image
    box: Box
    judged: Mask | None = None
    weights: Weights | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cutting:
    """All pieces of a frame.

    Attributes:
        pieces: Region by region in the recipe's order, tiles row by row.
        placement: Where the part lies; None for a recipe without an anchor.
        to_frame: (2, 3) float64, from the reference picture to the frame, pixel middles; None
            where the two are the same.
    """

    pieces: tuple[Piece, ...]
    placement: Placement | None = None
    to_frame: Matrix | None = None


def cut(image: Image, recipe: Recipe, placement: Placement | None = None) -> Cutting:
    """Return what the model is to judge of a frame. Teaching cuts its pictures the same way.

    Args:
        image: (H, W, 3) uint8 BGR, the frame.
        recipe: Regions, exclusions, anchor, tiles.
        placement: Where the part lies if that is known, as of a stored part; None to find it.

    Raises:
        NotPlaced: The part is not found, or lies outside of the frame with some of what is to
            be judged; or nothing is left to judge.
        RecipeError: The anchor is damaged.
    """
    height, width = image.shape[:2]
    matrix = None
    if recipe.anchor is not None:
        placement = placement or find(image, recipe.anchor)
        if placement is None:
            raise NotPlaced("part-not-found")
        matrix = to_frame(placement, recipe.anchor)
    side = tile_side(recipe)
    margin = 0 if matrix is None else _INTERPOLATION_PX
    areas = areas_of(recipe, width, height, side, margin)
    is_whole = not recipe.regions and recipe.region_of_interest is None
    if not is_whole:
        for area in areas:
            _check_inside(area, matrix, width, height)
    return Cutting(
        tuple(piece for area in areas for piece in _pieces(image, area, matrix, side)),
        placement,
        matrix,
    )


def tile_side(recipe: Recipe) -> int | None:
    """Return the side of the recipe's tiles, source pixels; None for no tiles."""
    if recipe.tile_mm is None or recipe.mm_per_px is None:
        return None
    return max(32, round(recipe.tile_mm / recipe.mm_per_px))


def _check_inside(area: Area, matrix: Matrix | None, width: int, height: int) -> None:
    """Refuse a region that the frame does not show as a whole.

    Raises:
        NotPlaced: A corner lies outside; between two pixels is still inside.
    """
    corners, slack = area.corners, 1e-6
    if matrix is not None:
        corners = (corners - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
        slack = 1.0
    if corners.min() < -slack or (corners.max(0) > np.array([width, height]) + slack).any():
        if matrix is not None:
            raise NotPlaced(f"part-outside-frame: {area.name}".rstrip(": "))
        raise NotPlaced(f"region-outside-frame: {width}x{height}")


def _pieces(image: Image, area: Area, matrix: Matrix | None, side: int | None) -> Iterator[Piece]:
    x, y, width, height = area.box
    picture, judged = _window(image, area, matrix)
    if judged is not None and not judged.any():
        raise NotPlaced(f"nothing-to-judge: {area.name}".rstrip(": "))
    if side is None:
        yield Piece(area.name, picture, area.box, judged)
        return
    tiles = square_tiles(height, width, side)
    if len(tiles) > MOST_TILES:
        raise NotPlaced(f"tiles-too-small: {len(tiles)}")
    for tile in tiles:
        mask = None if judged is None else judged[tile.window]
        if mask is None or mask.any():
            rows, columns = tile.window
            box = (x + columns.start, y + rows.start, side, side)
            weights = None if len(tiles) == 1 else _weights(tile)
            shown = np.ascontiguousarray(picture[tile.window])
            yield Piece(area.name, shown, box, mask, weights)


def _weights(tile: Tile) -> Weights:
    return tile.vertical.weights[:, None] * tile.horizontal.weights[None, :]


def _window(image: Image, area: Area, matrix: Matrix | None) -> tuple[Image, Mask | None]:
    """Return the picture of an area, painted over where nothing is judged, and the rest."""
    judged = area.judged
    if matrix is not None:
        picture, is_seen = _warped(image, area.box, matrix)
    else:
        picture, is_seen = _copied(image, area.box)
    if is_seen is not None:
        judged = is_seen if judged is None else judged & is_seen
    if judged is not None and judged.any():
        picture = painted_over(picture, judged)
    return picture, judged


def _copied(image: Image, box: Box) -> tuple[Image, Mask | None]:
    """Return a box of the frame, and where the frame shows it; None: all of it."""
    x, y, width, height = box
    rows, columns = image.shape[:2]
    if min(x, y) >= 0 and x + width <= columns and y + height <= rows:
        return np.ascontiguousarray(image[y : y + height, x : x + width]), None
    picture = np.empty((height, width, 3), np.uint8)
    is_seen = np.zeros((height, width), np.bool_)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(columns, x + width), min(rows, y + height)
    if x1 > x0 and y1 > y0:
        window = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
        picture[window] = image[y0:y1, x0:x1]
        is_seen[window] = True
    return picture, is_seen


def _warped(image: Image, box: Box, matrix: Matrix) -> tuple[Image, Mask | None]:
    """Return a box of the reference picture as the frame shows it, and where it does."""
    x, y, width, height = box
    rows, columns = image.shape[:2]
    own = matrix.copy()
    own[:, 2] += matrix[:, :2] @ (x, y)
    corners = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]])
    ends = corners @ own[:, :2].T + own[:, 2]
    size, inverse = (width, height), cv2.WARP_INVERSE_MAP
    picture = cv2.warpAffine(
        image, own, size, flags=cv2.INTER_CUBIC | inverse, borderMode=cv2.BORDER_REPLICATE
    )
    is_seen: Mask | None = None
    if ends.min() < 0 or (ends.max(0) > (columns - 1, rows - 1)).any():
        # as the corners of a region, a pixel may lie one beyond the last
        frame = np.ones((rows, columns), np.uint8)
        shown = cv2.warpAffine(frame, own, size, flags=cv2.INTER_LINEAR | inverse)
        is_seen = np.asarray(shown) > 0
    return np.asarray(picture, np.uint8), is_seen
