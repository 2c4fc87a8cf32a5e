"""Grips of drawn shapes: where they are and what moving one does, in pixels of the picture."""

from __future__ import annotations

import math

from app.inspection.areas import is_upright
from app.inspection.recipe_parts import Point
from app.ui.widgets.frame_shapes import Kind, Shapes, Target

Outline = tuple[Point, ...]

MOST_GRIPS = 40
"""More corners than that nobody sets by hand; their grips would hide the shape."""


def grips(outline: Outline) -> Outline:
    """Return where an outline can be taken hold of.

    A rectangle: its four corners, then the middles of its four sides. Anything else: its corners,
    or the two ends of a line. What a brush has painted has none: it is moved as a whole.
    """
    if len(outline) > MOST_GRIPS:
        return ()
    if not is_upright(outline):
        return outline
    sides = zip(outline, (*outline[1:], outline[0]), strict=True)
    return (*outline, *(((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in sides))


def with_grip_at(outline: Outline, grip: int, to: Point) -> Outline:
    """Return an outline after one of its `grips` was moved; a rectangle stays one."""
    if not is_upright(outline):
        return tuple(to if number == grip else point for number, point in enumerate(outline))
    if grip < 4:
        return _stretched(outline, outline[grip], to)
    start, end = outline[grip - 4], outline[(grip - 3) % 4]
    is_level = start[1] == end[1]
    return _stretched(outline, start, (start[0], to[1]) if is_level else (to[0], start[1]))


def shifted(outline: Outline, dx: float, dy: float, size: tuple[int, int]) -> Outline:
    """Return an outline moved, but not out of a picture of (width, height) pixels."""
    columns, rows = zip(*outline, strict=True)
    dx = min(size[0] - max(columns), max(-min(columns), dx))
    dy = min(size[1] - max(rows), max(-min(rows), dy))
    return tuple((x + dx, y + dy) for x, y in outline)


def rectangle(one: Point, other: Point) -> Outline:
    """Return the rectangle between two corners, clockwise from the upper left one."""
    (left, right), (top, bottom) = (sorted((one[axis], other[axis])) for axis in (0, 1))
    return (left, top), (right, top), (right, bottom), (left, bottom)


def inside(outline: Outline, at: Point) -> bool:
    """Tell whether a place lies within a closed outline (even-odd rule)."""
    within = False
    for (x0, y0), (x1, y1) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (y0 > at[1]) != (y1 > at[1]) and at[0] < x0 + (at[1] - y0) / (y1 - y0) * (x1 - x0):
            within = not within
    return within


def area(outline: Outline) -> float:
    """Return the area within a closed outline, square pixels (shoelace formula)."""
    pairs = zip(outline, (*outline[1:], outline[0]), strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def crosses_itself(outline: Outline) -> bool:
    """Tell whether two sides of a closed outline cross: it would then be inside out in part."""
    sides = list(zip(outline, (*outline[1:], outline[0]), strict=True))
    for number, side in enumerate(sides):
        for other in range(number + 2, len(sides)):
            neighbours = number == 0 and other == len(sides) - 1
            if not neighbours and _cross(*side, *sides[other]):
                return True
    return False


def nearest_grip(outline: Outline, at: Point, reach: float) -> int | None:
    """Return the number of the grip within `reach` of a place, None if there is none."""
    near = ((math.dist(grip, at), number) for number, grip in enumerate(grips(outline)))
    found = min(near, default=(math.inf, 0))
    return found[1] if found[0] < reach else None


def nearest_side(outline: Outline, at: Point, reach: float) -> int | None:
    """Return the number of the side within `reach` of a place, None if there is none."""
    sides = zip(outline, (*outline[1:], outline[0]), strict=True)
    found = min((_from_line(at, *side), number) for number, side in enumerate(sides))
    return found[1] if found[0] < reach else None


def target_at(shapes: Shapes, at: Point, reach: float) -> Target | None:
    """Return the shape under a place: a line that is near, else the smallest area around it."""
    if shapes.scale_line is not None:
        ends = shapes.scale_line.start, shapes.scale_line.end
        if _from_line(at, *ends) < reach / 2:
            return Target(Kind.SCALE)
    areas = [target for target in shapes.targets if target.kind is not Kind.SCALE]
    hit = [one for one in areas if is_on(shapes.outline(one), at, reach / 4)]
    return min(hit, key=lambda one: area(shapes.outline(one)), default=None)


def is_on(outline: Outline, at: Point, reach: float) -> bool:
    """Tell whether a place is within an outline or near its line."""
    if len(outline) == 2:
        return _from_line(at, outline[0], outline[1]) < reach
    return inside(outline, at) or nearest_side(outline, at, reach) is not None


def _stretched(outline: Outline, held: Point, to: Point) -> Outline:
    """Return a rectangle whose sides through `held` now go through `to`."""
    return tuple((to[0] if x == held[0] else x, to[1] if y == held[1] else y) for x, y in outline)


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Tell whether the lines from a to b and from c to d have an inner point in common."""
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _from_line(at: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    share = 0.0 if not length else ((at[0] - start[0]) * dx + (at[1] - start[1]) * dy) / length
    share = min(1.0, max(0.0, share))
    return math.dist(at, (start[0] + share * dx, start[1] + share * dy))
