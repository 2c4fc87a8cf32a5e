"""Which pixels of the reference picture a recipe has judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import Polygon, box_of
from model.opencv import cv2

Box = tuple[int, int, int, int]
Mask = npt.NDArray[np.bool_]

LEAST_SIDE = 32
"""The model takes no smaller picture, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """One region of a recipe.

    Attributes:
        name: Name of the region, "" for a recipe without regions.
        box: (x, y, width, height) pixels of the reference picture; may reach beyond it where
            the region is smaller than a tile.
        judged: (height, width) bool, read-only; None where the whole box is judged.
        corners: (n, 2) float64, (x, y) of the outline; edges of pixels count from 0.
    """

    name: str
    box: Box
    judged: Mask | None
    corners: npt.NDArray[np.float64]


def areas_of(
    recipe: Recipe, width: int, height: int, side: int | None = None, margin: int = 0
) -> tuple[Area, ...]:
    """Return the areas that a recipe judges.

    Args:
        recipe: Regions, or the region of interest, or neither for the whole picture; less the
            exclusions.
        width: Of the picture, pixels.
        height: The same.
        side: Side of the tiles, pixels; no area is smaller. None for no tiles.
        margin: Exclusions are wider by this, pixels.
    """
    named = tuple((region.name, region.polygon) for region in recipe.regions)
    if not named:
        x, y, w, h = recipe.region_of_interest or (0, 0, width, height)
        named = (("", ((x, y), (x + w, y), (x + w, y + h), (x, y + h))),)
    # the whole frame of a recipe without regions is what the camera gives, however small
    least = side or (LEAST_SIDE if recipe.regions else 1)
    return _areas(named, recipe.exclusions, least, margin)


@lru_cache(maxsize=4)
def _areas(
    named: tuple[tuple[str, Polygon], ...],
    exclusions: tuple[Polygon, ...],
    least: int,
    margin: int,
) -> tuple[Area, ...]:
    """Return the areas; kept, since they are the same for every frame of a recipe."""
    return tuple(_area(name, polygon, exclusions, least, margin) for name, polygon in named)


def _area(
    name: str, polygon: Polygon, exclusions: Sequence[Polygon], least: int, margin: int
) -> Area:
    tight = box_of([polygon])
    box = _at_least(tight, least)
    judged: Mask | None = None
    if box != tight or not is_upright(polygon):
        judged = filled([polygon], box)
    excluded = filled(exclusions, box, margin) if exclusions else None
    if excluded is not None and excluded.any():
        judged = ~excluded if judged is None else judged & ~excluded
    if judged is not None:
        judged.setflags(write=False)
    return Area(name, box, judged, np.asarray(polygon, np.float64))


def is_upright(polygon: Polygon) -> bool:
    """Return whether a polygon is a rectangle along the picture's sides."""
    corners = {(float(x), float(y)) for x, y in polygon}
    across, down = {x for x, _ in corners}, {y for _, y in corners}
    if len(polygon) != 4 or len(corners) != 4 or len(across) != 2 or len(down) != 2:
        return False
    # a bow tie has the same corners: neighbours must share a coordinate
    return all(
        (ax == bx) != (ay == by)
        for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    )


def filled(polygons: Sequence[Polygon], box: Box, margin: int = 0) -> Mask:
    """Return (height, width) bool: the pixels of a box whose middles lie in a polygon.

    By the even-odd rule, and exactly so, which OpenCV's filling is not at slanted edges.

    Args:
        polygons: Corners in pixels of the picture, edges of pixels count from 0.
        box: (x, y, width, height) pixels of the picture.
        margin: Widen them by this, pixels.
    """
    x, y, width, height = box
    wide = (width + 2 * margin, height + 2 * margin)
    mask = np.zeros((wide[1], wide[0]), np.bool_)
    for polygon in polygons:
        mask |= _even_odd(np.asarray(polygon, np.float64) - (x - margin, y - margin), *wide)
    if not margin:
        return mask
    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    widened = np.asarray(cv2.dilate(mask.view(np.uint8), kernel), np.uint8)
    return widened[margin:-margin, margin:-margin] > 0


def _even_odd(points: npt.NDArray[np.float64], width: int, height: int) -> Mask:
    """Return where a ray to the right crosses the outline an odd number of times."""
    middles = np.arange(height) + 0.5
    # how many edges are crossed to the right of each pixel: counted where each is crossed
    crossings = np.zeros((height, width + 1), np.int32)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, 0), strict=True):
        rows = np.flatnonzero((y0 > middles) != (y1 > middles))
        if rows.size:
            at = x0 + (x1 - x0) * ((middles[rows] - y0) / (y1 - y0))
            # rounded, so that an edge through middles is the same there and back
            columns = np.clip(np.ceil(np.round(at, 9) - 0.5), 0, width).astype(np.intp)
            np.add.at(crossings, (rows, columns), 1)
    right_of = crossings[:, ::-1].cumsum(1)[:, ::-1][:, 1:]
    return np.asarray(right_of % 2 == 1, np.bool_)


def _at_least(box: Box, side: int) -> Box:
    """Return a box grown about its middle until no side is shorter."""
    x, y, width, height = box
    wide, tall = max(width, side), max(height, side)
    return x - (wide - width) // 2, y - (tall - height) // 2, wide, tall
