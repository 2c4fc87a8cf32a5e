"""What pointer and keys do to a mask that is being drawn, in pixels of the frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum

from app.inspection.review import Polygon
from app.review.mask_drawing import MaskDrawing, MaskHistory, Point

# Radii of the brush, frame pixels.
RADII = (0, 1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90)
NONE = (-1, -1)
_FIRST_RADIUS = 4

Place = tuple[float, float]
Grip = tuple[int, int]


class Tool(Enum):
    """What the pointer does."""

    POLYGON = "polygon"
    BRUSH = "brush"
    ERASER = "eraser"


class MaskSketch:
    """The mask with what is open: an outline or stroke that was begun, a point that is held.

    Attributes:
        history: The mask and the steps that led to it.
        tool: What the pointer does.
        points: The outline that is being drawn.
        stroke: Where the brush went since it was put down.
        held: (outline, point) that is selected, `NONE` if no point is.
        cross: Place of the pointer.
    """

    def __init__(self) -> None:
        self.history = MaskHistory(MaskDrawing(1, 1))
        self.tool = Tool.POLYGON
        self.points: list[Point] = []
        self.stroke: list[Point] = []
        self.held: Grip = NONE
        self.cross: Place = (0.0, 0.0)
        self._radius = _FIRST_RADIUS
        self._dragging = False
        self._pen_down = False

    def begin(self, width: int, height: int, outlines: tuple[Polygon, ...]) -> None:
        """Start on a frame with outlines that are there already."""
        self.history = MaskHistory(MaskDrawing(width, height).with_outlines(outlines))
        self.cross = (width / 2, height / 2)
        self._leave()

    @property
    def drawing(self) -> MaskDrawing:
        """The mask as it is now."""
        return self.history.present

    @property
    def outlines(self) -> tuple[Polygon, ...]:
        """Its outlines, with the point that is being dragged where the pointer is."""
        if not self._dragging:
            return self.drawing.outlines
        return self.drawing.with_point_moved(*self.held, self.cross).outlines

    @property
    def radius(self) -> int:
        """Radius of brush and eraser, frame pixels."""
        return RADII[self._radius]

    @property
    def brush_px(self) -> int:
        """Width of brush and eraser, frame pixels."""
        return 2 * self.radius + 1

    @property
    def has_grip(self) -> bool:
        """Whether a point of an outline is selected."""
        return self.held != NONE

    @property
    def is_open(self) -> bool:
        """Whether an outline or a stroke has been begun and not ended."""
        return bool(self.points) or bool(self.stroke)

    @property
    def here(self) -> Point:
        """The pixel under the pointer."""
        return self.drawing.inside(self.cross)

    # -- tools ---------------------------------------------------------------------------

    def use(self, tool: Tool) -> None:
        """Take another tool; what is open is closed first."""
        self.close()
        self.tool, self.held = tool, NONE

    def resize_brush(self, steps: int) -> None:
        """Take a larger (or smaller) brush."""
        self._radius = min(len(RADII) - 1, max(0, self._radius + steps))

    def change(self, step: Callable[[MaskDrawing], MaskDrawing]) -> None:
        """Go one step on; what is open is dropped."""
        self._leave()
        self.history.change(step(self.drawing))

    def undo(self) -> None:
        """Take back the last point of an open outline, else the last step."""
        if self.points:
            self.points.pop()
            return
        self._leave()
        self.history.undo()

    def redo(self) -> None:
        """Take the step again that was taken back."""
        self._leave()
        self.history.redo()

    def close(self) -> None:
        """End the outline or the stroke that is open; two points are no outline."""
        points, stroke = tuple(self.points), self.stroke
        self.points, self.stroke, self._pen_down = [], [], False
        if len(points) > 2:
            self.history.change(self.drawing.with_outlines([points]))
        if stroke:
            erase = self.tool is Tool.ERASER
            self.history.change(self.drawing.brushed(stroke, self.radius, erase=erase))

    def drop(self) -> bool:
        """Forget what is open or selected; False if nothing was."""
        had = self.is_open or self.has_grip
        self._leave()
        return had

    def delete(self) -> None:
        """Remove the last point of the open outline, else the selected one."""
        if self.points:
            self.points.pop()
        elif self.has_grip:
            held, self.held = self.held, NONE
            self.history.change(self.drawing.without_point(*held))

    # -- pointer -------------------------------------------------------------------------

    def press(self, at: Place, reach: float) -> None:
        """Set a point, take hold of one, or put the brush down.

        Args:
            at: Where.
            reach: How near a point counts as hit.
        """
        self.cross = at
        if self.tool is not Tool.POLYGON:
            self.stroke = [self.here]
        elif self.points:
            if len(self.points) > 2 and _distance(_middle(self.points[0]), at) < reach:
                self.close()
            else:
                self.points.append(self.here)
        else:
            self.held = self._grip_at(at, reach)
            self._dragging = self.has_grip
            if not self.has_grip and self._edge_at(at, reach / 2) == NONE:
                self.points.append(self.here)

    def move(self, at: Place) -> None:
        """Bring the pointer elsewhere; a stroke goes on."""
        self.cross = at
        if self.stroke and not self._pen_down:
            self.stroke.append(self.here)

    def release(self) -> None:
        """Let the point or the brush go."""
        if self._dragging:
            self._dragging = False
            self.history.change(self.drawing.with_point_moved(*self.held, self.cross))
        elif self.tool is not Tool.POLYGON and not self._pen_down:
            self.close()

    def press_twice(self, at: Place, reach: float) -> None:
        """Close the outline, or set a further point on a line."""
        if self.tool is not Tool.POLYGON:
            return
        edge = self._edge_at(at, reach / 2)
        if self.points:
            self.close()
        elif edge != NONE and self._grip_at(at, reach / 2) == NONE:
            self.history.change(self.drawing.with_point(*edge, at))
            self.held = (edge[0], edge[1] + 1)

    # -- keys ----------------------------------------------------------------------------

    def go(self, dx: int, dy: int) -> None:
        """Move the selected point, else the pointer, by so many pixels."""
        if self.has_grip:
            x, y = self.drawing.outlines[self.held[0]][self.held[1]]
            self.history.change(self.drawing.with_point_moved(*self.held, (x + dx, y + dy)))
            self.cross = _middle(self.drawing.outlines[self.held[0]][self.held[1]])
            return
        x, y = self.here
        self.cross = _middle(self.drawing.inside((x + dx, y + dy)))
        if self._pen_down:
            self.stroke.append(self.here)

    def press_by_key(self) -> None:
        """Set a point at the pointer, or put the brush down, or lift it."""
        if self.tool is Tool.POLYGON:
            self.held = NONE
            self.points.append(self.here)
        elif self._pen_down:
            self.close()
        else:
            self._pen_down, self.stroke = True, [self.here]

    def next_grip(self, step: int) -> bool:
        """Select the next point (or the one before); False beyond the last one."""
        outlines = self.drawing.outlines
        grips = [(o, p) for o, points in enumerate(outlines) for p in range(len(points))]
        first = 0 if step > 0 else len(grips) - 1
        at = grips.index(self.held) + step if self.held in grips else first
        if self.points or not 0 <= at < len(grips):
            self.held = NONE
            return False
        self.held = grips[at]
        self.cross = _middle(outlines[self.held[0]][self.held[1]])
        return True

    def _leave(self) -> None:
        self.points, self.stroke, self.held = [], [], NONE
        self._dragging = self._pen_down = False

    def _grip_at(self, at: Place, reach: float) -> Grip:
        found = [
            (_distance(_middle(place), at), (number, point))
            for number, points in enumerate(self.drawing.outlines)
            for point, place in enumerate(points)
        ]
        distance, grip = min(found, default=(math.inf, NONE))
        return grip if distance < reach else NONE

    def _edge_at(self, at: Place, reach: float) -> Grip:
        """Return (outline, point before) of the line under a place."""
        for number, points in enumerate(self.drawing.outlines):
            ends = [_middle(point) for point in points]
            for point, start in enumerate(ends):
                if _from_line(at, start, ends[(point + 1) % len(ends)]) < reach:
                    return number, point
        return NONE


def _middle(point: Point) -> Place:
    return point[0] + 0.5, point[1] + 0.5


def _distance(one: Place, other: Place) -> float:
    return math.hypot(one[0] - other[0], one[1] - other[1])


def _from_line(at: Place, start: Place, end: Place) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    share = 0.0 if not length else ((at[0] - start[0]) * dx + (at[1] - start[1]) * dy) / length
    share = min(1.0, max(0.0, share))
    return _distance(at, (start[0] + share * dx, start[1] + share * dy))
