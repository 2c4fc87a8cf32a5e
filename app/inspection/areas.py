"""Which pixels of the reference picture a recipe has judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        judged: (height, width) bool; None where the whole box is judged.
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
    x, y, w, h = recipe.region_of_interest or (0, 0, width, height)
    whole = ((x, y), (x + w, y), (x + w, y + h), (x, y + h))
    named = [(region.name, region.polygon) for region in recipe.regions] or [("", whole)]
    # the whole frame of a recipe without regions is what the camera gives, however small
    least = side or (LEAST_SIDE if recipe.regions else 1)
    return tuple(_area(name, polygon, recipe.exclusions, least, margin) for name, polygon in named)


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
    """Return (height, width) bool: the pixels of a box that polygons touch.

    Args:
        polygons: Corners in pixels of the picture, edges of pixels count from 0.
        box: (x, y, width, height) pixels of the picture.
        margin: Widen them by this, pixels.
    """
    x, y, width, height = box
    mask = np.zeros((height + 2 * margin, width + 2 * margin), np.uint8)
    for polygon in polygons:
        # whole corners of an upright rectangle are edges: its last pixel lies before them
        points = np.asarray(polygon, np.float64) - (x - margin, y - margin)
        if is_upright(polygon):
            (x0, y0), (x1, y1) = np.floor(points.min(0) + 1e-6), np.ceil(points.max(0) - 1e-6)
            rows, columns = mask.shape
            mask[
                int(max(0, y0)) : int(max(0, min(rows, y1))),
                int(max(0, x0)) : int(max(0, min(columns, x1))),
            ] = 1
        else:
            corners = np.clip(np.rint(points - 0.5), -32000, 32000).astype(np.int32)
            cv2.fillPoly(mask, [corners], 1)
    if margin:
        kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
        mask = np.asarray(cv2.dilate(mask, kernel), np.uint8)[margin:-margin, margin:-margin]
    return mask.astype(np.bool_)


def _at_least(box: Box, side: int) -> Box:
    """Return a box grown about its middle until no side is shorter."""
    x, y, width, height = box
    wide, tall = max(width, side), max(height, side)
    return x - (wide - width) // 2, y - (tall - height) // 2, wide, tall
