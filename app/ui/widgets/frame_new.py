"""From an outline that was drawn to a new shape, or the reason why it cannot be one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from app.i18n import N_, tr
from app.inspection.areas import filled, is_upright
from app.inspection.recipe_parts import Point, Polygon
from app.review.mask import Mask, outlines_of, raster, simplified
from app.review.mask_drawing import MaskDrawing
from app.ui.widgets.frame_geometry import Outline, area, crosses_itself, rectangle
from app.ui.widgets.frame_shapes import (
    LEAST_ANCHOR_PX,
    MOST_CORNERS,
    MOST_EXCLUSIONS,
    MOST_REGIONS,
    Kind,
    ScaleLine,
    Shapes,
    Target,
    whole_box,
)
from app.ui.widgets.frame_tools import Tool

REGION_NAME = N_("Region {number}")
LEAST_AREA_PX = 64.0
LEAST_LINE_PX = 10.0
LINES_CROSS = N_("The lines cross; remove the last corner with Backspace.")
_TOO_SMALL = N_("That is too small; draw it larger.")
_TOO_SHORT = N_("That line is too short to measure with; take a longer one.")
_FULL = N_("There is no room for a further one; delete another first.")

Grid = tuple[int, int]


class NotDrawn(Exception):
    """The outline cannot be used. arg: Why, an English source text."""


def free_name(shapes: Shapes) -> str:
    """Return the name of the next region, in the language in use."""
    taken = {region.name for region in shapes.regions}
    numbers = range(1, len(taken) + 2)
    names = (tr(REGION_NAME).format(number=number) for number in numbers)
    return next(name for name in names if name not in taken)


def outline_from(tool: Tool, points: tuple[Point, ...]) -> Outline | None:
    """Return the outline that the points of a tool mean; None while there are too few."""
    if len(points) == 2 and tool in (Tool.RECTANGLE, Tool.EXCLUSION, Tool.ANCHOR):
        return rectangle(*points)
    enough = 2 if tool is Tool.SCALE else 3
    return points if len(points) >= enough else None


def check(kind: Kind, outline: Outline) -> None:
    """Check whether a shape may look like this.

    Raises:
        NotDrawn: It is too small, or its lines cross.
    """
    if kind is Kind.SCALE:
        if math.dist(*outline) < LEAST_LINE_PX:
            raise NotDrawn(_TOO_SHORT)
        return
    if kind is Kind.ANCHOR and min(whole_box(outline)[2:]) < LEAST_ANCHOR_PX:
        raise NotDrawn(_TOO_SMALL)
    if not is_upright(outline) and crosses_itself(outline):
        raise NotDrawn(LINES_CROSS)
    if area(outline) < LEAST_AREA_PX:
        raise NotDrawn(_TOO_SMALL)


def with_new(shapes: Shapes, kind: Kind, outline: Outline) -> tuple[Shapes, Target]:
    """Return the shapes with a new one, and which it is; anchor and scale replace the old one.

    Raises:
        NotDrawn: It cannot be used, or there are too many.
    """
    check(kind, outline)
    if kind is Kind.REGION:
        if len(shapes.regions) >= MOST_REGIONS:
            raise NotDrawn(_FULL)
        return shapes.with_region(free_name(shapes), outline), Target(kind, len(shapes.regions))
    if kind is Kind.EXCLUSION:
        if len(shapes.exclusions) >= MOST_EXCLUSIONS:
            raise NotDrawn(_FULL)
        more = (*shapes.exclusions, outline)
        return replace(shapes, exclusions=more), Target(kind, len(shapes.exclusions))
    if kind is Kind.ANCHOR:
        return replace(shapes, anchor_box=whole_box(outline)), Target(kind)
    line = ScaleLine(outline[0], outline[1])
    return replace(shapes, scale_line=line, known_mm_per_px=None), Target(kind)


def with_stroke(
    shapes: Shapes, stroke: tuple[Grid, ...], radius: int, size: tuple[int, int]
) -> tuple[Shapes, Target]:
    """Return the shapes with a brush stroke as an exclusion; painted ones that it meets join it.

    Args:
        shapes: What is drawn so far.
        stroke: Places of the brush, pixels.
        radius: Of the brush, pixels; 0 for one pixel.
        size: (width, height) of the picture, pixels.

    Raises:
        NotDrawn: There are too many exclusions.
    """
    painted = MaskDrawing(*size).brushed(stroke, radius, erase=False).mask()
    kept: list[Polygon] = []
    for outline in shapes.exclusions:
        pixels = None if is_upright(outline) else _pixels(outline, size)
        if pixels is not None and bool((pixels & painted).any()):
            painted = painted | pixels
        else:
            kept.append(outline)
    rows, columns = (np.flatnonzero(np.any(painted, axis=axis)) for axis in (1, 0))
    near = painted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    found = [*kept, *_without_holes(near, (int(columns[0]), int(rows[0])))]
    if len(found) > MOST_EXCLUSIONS:
        raise NotDrawn(_FULL)
    return replace(shapes, exclusions=tuple(found)), Target(Kind.EXCLUSION, len(found) - 1)


def _pixels(outline: Outline, size: tuple[int, int]) -> Mask:
    return filled([outline], (0, 0, *size))


def _without_holes(mask: Mask, corner: Grid = (0, 0)) -> list[Polygon]:
    """Return outlines that cover a mask, none inside another: each is an area of its own.

    A ring is cut in two at the middle of its hole, since an exclusion knows no holes and one
    that covered the hole would leave a place unjudged that nobody meant.

    Args:
        mask: (H, W) bool.
        corner: (x, y) of its first pixel.
    """
    height, width = mask.shape
    for outline in outlines_of(mask):
        hole = raster([outline], height, width) & ~mask
        if hole.any():
            columns = np.flatnonzero(np.any(hole, axis=0))
            cut = max(1, int(columns[0] + columns[-1] + 1) // 2)
            right = corner[0] + cut, corner[1]
            return _without_holes(mask[:, :cut], corner) + _without_holes(mask[:, cut:], right)
    # At twice the size, so that the lines run around the middles of pixels, not through them.
    doubled = np.ascontiguousarray(mask.repeat(2, 0).repeat(2, 1))
    return [_light(outline, corner) for outline in outlines_of(doubled)]


def _light(outline: tuple[Grid, ...], corner: Grid) -> Polygon:
    """Return an outline of a doubled mask with no more corners than a recipe holds.

    One that fits stays as it is: rounded off anew with every stroke it would shrink.
    """
    tolerance, found = 1.0, outline
    while len(found) > MOST_CORNERS:
        (found,) = simplified([outline], tolerance)
        tolerance *= 1.5
    return tuple(((x + 0.5) / 2 + corner[0], (y + 0.5) / 2 + corner[1]) for x, y in found)
