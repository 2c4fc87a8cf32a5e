"""A defect mask while a person draws it: every change is a new value, so undo is a step back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.inspection.review import Polygon
from app.review.mask import Box, Mask, box_of, outlines_of, raster, simplified
from app.review.steps import Steps
from model.opencv import cv2

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MaskDrawing:
    """Outlines on a frame.

    Attributes:
        width: Of the frame, pixels.
        height: Of the frame, pixels.
        outlines: As `app.review.mask` reads them; no two cross.
    """

    width: int
    height: int
    outlines: tuple[Polygon, ...] = ()

    def inside(self, point: tuple[float, float]) -> Point:
        """Return the pixel of the frame that is nearest to a place."""
        x = min(self.width - 1, max(0, int(np.floor(point[0]))))
        y = min(self.height - 1, max(0, int(np.floor(point[1]))))
        return x, y

    def with_outlines(self, outlines: Sequence[Polygon]) -> MaskDrawing:
        """Return the drawing with further areas; where they overlap others they become one."""
        drawing = self
        for outline in outlines:
            drawing = drawing._with_outline(tuple(self.inside(point) for point in outline))
        return drawing

    def brushed(self, stroke: Sequence[Point], radius: int, *, erase: bool) -> MaskDrawing:
        """Return the drawing after a stroke of a round brush.

        Args:
            stroke: Places of the brush in their order, pixels of the frame.
            radius: Of the brush; 0 for one pixel.
            erase: Take away instead of adding.
        """
        if not stroke:
            return self
        x0, y0, x1, y1 = box_of(tuple(stroke))
        reach = (x0 - radius, y0 - radius, x1 + radius, y1 + radius)
        near, far = self._parted(reach)
        seen = self._clipped(reach)
        if (erase and not near) or seen[0] >= seen[2] or seen[1] >= seen[3]:
            return self
        box = self._clipped(_around([reach, *map(box_of, near)]))
        mask = raster(near, box[3] - box[1], box[2] - box[0], box)
        touched = _stroke(mask.shape, stroke, radius, box[:2])
        mask = mask & ~touched if erase else mask | touched
        return replace(self, outlines=far + simplified(outlines_of(mask, box[:2])))

    def with_point_moved(self, outline: int, point: int, to: tuple[float, float]) -> MaskDrawing:
        """Return the drawing with one point of an outline elsewhere."""
        points = list(self.outlines[outline])
        points[point] = self.inside(to)
        return self._with_changed(outline, tuple(points))

    def with_point(self, outline: int, after: int, at: tuple[float, float]) -> MaskDrawing:
        """Return the drawing with a further point in an outline."""
        points = list(self.outlines[outline])
        points.insert(after + 1, self.inside(at))
        return self._with_changed(outline, tuple(points))

    def without_point(self, outline: int, point: int) -> MaskDrawing:
        """Return the drawing without a point; an outline of two points is none."""
        points = [one for number, one in enumerate(self.outlines[outline]) if number != point]
        return self._with_changed(outline, tuple(points) if len(points) > 2 else None)

    def cleared(self) -> MaskDrawing:
        """Return the drawing without any outline."""
        return replace(self, outlines=())

    def mask(self) -> Mask:
        """Return (height, width) bool, True where the part is defective."""
        return raster(self.outlines, self.height, self.width)

    def _with_outline(self, outline: Polygon) -> MaskDrawing:
        if len(outline) < 3:
            return self
        near, far = self._parted(box_of(outline))
        if not near and _is_simple(outline):
            return replace(self, outlines=(*self.outlines, outline))
        box = self._clipped(_around([box_of(one) for one in (outline, *near)]))
        height, width = box[3] - box[1], box[2] - box[0]
        mask = raster(near, height, width, box) | raster([outline], height, width, box)
        return replace(self, outlines=far + simplified(outlines_of(mask, box[:2])))

    def _with_changed(self, number: int, outline: Polygon | None) -> MaskDrawing:
        rest = self.outlines[:number] + self.outlines[number + 1 :]
        if outline is None:
            return replace(self, outlines=rest)
        changed = (*self.outlines[:number], outline, *self.outlines[number + 1 :])
        return replace(self, outlines=changed)

    def _parted(self, box: Box) -> tuple[tuple[Polygon, ...], tuple[Polygon, ...]]:
        """Return the outlines that a change within a box may touch, and the others.

        An outline and its holes stay together.
        """
        left, near = list(self.outlines), list[Polygon]()
        reach = [box]
        while reach:
            here = reach.pop()
            hit = [one for one in left if _meet(box_of(one), here)]
            left = [one for one in left if one not in hit]
            near += hit
            reach += map(box_of, hit)
        return tuple(near), tuple(left)

    def _clipped(self, box: Box) -> Box:
        x0, y0, x1, y1 = box
        return max(0, x0), max(0, y0), min(self.width, x1), min(self.height, y1)


MaskHistory = Steps[MaskDrawing]
"""The drawing with the steps that led to it."""


def _stroke(
    shape: tuple[int, ...], stroke: Sequence[Point], radius: int, corner: tuple[int, int]
) -> Mask:
    pixels = np.zeros(shape, np.uint8)
    points = np.array(stroke, np.int32) - np.array(corner, np.int32)
    for start, end in zip(points[:-1].tolist(), points[1:].tolist(), strict=True):
        cv2.line(pixels, start, end, 1, 2 * radius + 1)
    for point in points.tolist():
        cv2.circle(pixels, point, radius, 1, cv2.FILLED)
    return pixels.astype(np.bool_)


def _is_simple(outline: Polygon) -> bool:
    """Tell whether the line does not cross itself: its pixels then make one area, no hole."""
    box = box_of(outline)
    mask = raster([outline], box[3] - box[1], box[2] - box[0], box)
    around = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)[0]
    return len(around) == 1


def _meet(one: Box, other: Box) -> bool:
    """Tell whether two boxes overlap or touch."""
    across = one[0] <= other[2] and other[0] <= one[2]
    return across and one[1] <= other[3] and other[1] <= one[3]


def _around(boxes: Sequence[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)
