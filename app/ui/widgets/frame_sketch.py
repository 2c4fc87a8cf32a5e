"""What pointer and keys do to the shapes on a picture, in pixels of the picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from app.i18n import N_
from app.inspection.areas import is_upright
from app.inspection.recipe_parts import Point
from app.review.steps import Steps
from app.ui.widgets import frame_geometry as geometry
from app.ui.widgets.frame_new import NotDrawn, check, outline_from, with_new, with_stroke
from app.ui.widgets.frame_shapes import Kind, Shapes, Target
from app.ui.widgets.frame_tools import LENGTH_WANTED, SELECTED, SELECTED_GRIP, TOOLS, Tool

RADII = (0, 2, 4, 8, 12, 18, 27, 40, 60, 90, 140)
_FIRST_RADIUS = 5
_NAME_TAKEN = N_("Another region has this name already.")


@dataclass(frozen=True, slots=True)
class _Hold:
    """A shape that the pointer has taken hold of: by a grip, or as a whole if that is None."""

    begun: Point
    outline: geometry.Outline
    grip: int | None


class FrameSketch:
    """The shapes with what is open: an outline that was begun, a shape that is selected.

    Attributes:
        steps: The shapes and the steps that led to them.
        size: (width, height) of the picture, pixels.
        tool: What the pointer does.
        points: The outline that is being drawn.
        stroke: Where the brush went since it was put down.
        cross: Place of the pointer, whole pixels.
        selected: The shape that is selected.
        grip: The grip of it that the arrows move; None for the whole shape.
        problem: Why the last step was not taken, an English source text; "" if it was.
    """

    def __init__(self) -> None:
        self.steps = Steps(Shapes())
        self.size = (1, 1)
        self.tool = Tool.LOOK
        self.points: list[Point] = []
        self.stroke: list[tuple[int, int]] = []
        self.cross: Point = (0.0, 0.0)
        self.selected: Target | None = None
        self.grip: int | None = None
        self.problem = ""
        self._radius = _FIRST_RADIUS
        self._hold: _Hold | None = None
        self._dragging = self._pen_down = self._nudging = False

    def begin(self, shapes: Shapes) -> None:
        """Start with shapes that are there already; no step leads back from them."""
        self.steps = Steps(shapes)
        self._leave()

    def resize(self, width: int, height: int) -> None:
        """Tell the size of the picture, pixels."""
        if (width, height) != self.size:
            self.size = (width, height)
            self.cross = (float(width // 2), float(height // 2))

    @property
    def shapes(self) -> Shapes:
        """The shapes, with the one that is held where the pointer is."""
        if self._hold is None or self.selected is None:
            return self.steps.present
        return self.steps.present.with_outline(self.selected, self._held(self._hold))

    @property
    def radius(self) -> int:
        """Radius of the brush, pixels."""
        return RADII[self._radius]

    @property
    def is_open(self) -> bool:
        """Whether an outline or a stroke has been begun and not ended."""
        return bool(self.points or self.stroke)

    @property
    def is_dragging(self) -> bool:
        """Whether the pointer was pressed at the first corner and is still down."""
        return self._dragging

    @property
    def hint(self) -> str:
        """What to do next, an English source text; why nothing happened if there is a reason."""
        facts = TOOLS[self.tool]
        if self.problem:
            return self.problem
        if self.is_open:
            return facts.then
        if self.selected is None:
            return facts.first
        line = self.steps.present.scale_line
        if self.selected.kind is Kind.SCALE and line is not None and not line.length_mm:
            return LENGTH_WANTED
        return SELECTED if self.grip is None else SELECTED_GRIP

    def whole(self, at: Point) -> Point:
        """Return the nearest corner of pixels to a place, inside the picture."""
        x, y = (float(round(value)) for value in at)
        return min(float(self.size[0]), max(0.0, x)), min(float(self.size[1]), max(0.0, y))

    # -- tools and steps -----------------------------------------------------------------

    def use(self, tool: Tool) -> None:
        """Take another tool; an outline that is open is closed if it can be, else dropped."""
        self.close()
        self._leave(keep=tool is Tool.LOOK)
        self.tool = tool

    def resize_brush(self, steps: int) -> None:
        """Take a wider (or narrower) brush."""
        self._radius = min(len(RADII) - 1, max(0, self._radius + steps))

    def select(self, target: Target | None) -> None:
        """Select a shape, or none."""
        self._leave()
        self.selected = target

    def undo(self) -> None:
        """Take back the last corner of an open outline, else the last step."""
        self.problem = ""
        if self.points:
            self.points.pop()
            return
        self._leave()
        self.steps.undo()

    def redo(self) -> None:
        """Take the step again that was taken back."""
        self._leave()
        self.steps.redo()

    def rename(self, name: str) -> bool:
        """Name the selected region; False if it is no name or another one's."""
        target, name = self.selected, name.strip()[:80]
        if target is None or target.kind is not Kind.REGION or not name:
            return False
        regions = self.steps.present.regions
        others = (region.name for n, region in enumerate(regions) if n != target.number)
        self.problem = _NAME_TAKEN if name in others else ""
        if not self.problem:
            self._change(self.steps.present.with_name(target.number, name))
        return not self.problem

    def set_length(self, length_mm: float) -> None:
        """Say how long the scale line is, millimetres."""
        self._change(self.steps.present.with_length(length_mm))

    def close(self) -> None:
        """End the outline or the stroke that is open; too few corners are dropped."""
        points, stroke = tuple(self.points), tuple(self.stroke)
        self.points, self.stroke, self._pen_down, self._dragging = [], [], False, False
        kind = TOOLS[self.tool].kind
        outline = outline_from(self.tool, points)
        if stroke:
            self._try(lambda now: with_stroke(now, stroke, self.radius, self.size))
        elif outline is not None and kind is not None:
            if not self._try(lambda now: with_new(now, kind, outline)) and len(points) > 3:
                self.points = list(points)

    def drop(self) -> bool:
        """Forget what is open or selected; False if nothing was."""
        had = self.is_open or self.selected is not None
        self._leave()
        return had

    def delete(self) -> None:
        """Remove the last corner of the open outline, the selected corner, or the shape."""
        self.problem = ""
        if self.points:
            self.points.pop()
            return
        target, grip = self.selected, self.grip
        if target is None:
            return
        outline = self.steps.present.outline(target)
        if grip is not None and len(outline) > 3 and not is_upright(outline):
            self._reshape(target, outline[:grip] + outline[grip + 1 :])
            self.grip = None
        else:
            self._leave()
            self._change(self.steps.present.without(target))

    # -- pointer -------------------------------------------------------------------------

    def press(self, at: Point, reach: float) -> bool:
        """Set a corner, take hold of a shape, or put the brush down.

        Args:
            at: Where.
            reach: How near a grip counts as hit, pixels of the picture.

        Returns:
            False if there is nothing here for the tool: the picture itself may be moved.
        """
        self.problem, self.cross, self._nudging = "", self.whole(at), False
        if not self.is_open and self._take_hold(at, reach):
            return True
        if self.tool is Tool.LOOK:
            return False
        self.selected = self.grip = None
        if self.tool is Tool.BRUSH:
            self.stroke = [self._pixel()]
        elif len(self.points) > 2 and math.dist(self.points[0], at) < reach:
            self.close()
        else:
            self._dragging = not self.points
            self._add_corner()
        return True

    def move(self, at: Point) -> None:
        """Bring the pointer elsewhere; what is held or painted follows."""
        self.cross = self.whole(at)
        if self.stroke and not self._pen_down:
            self.stroke.append(self._pixel())

    def release(self, reach: float) -> None:
        """Let go; what was dragged is drawn."""
        if self._hold is not None and self.selected is not None:
            outline, self._hold = self._held(self._hold), None
            self._reshape(self.selected, outline)
        elif self.stroke and not self._pen_down:
            self.close()
        elif self._dragging and self.tool is not Tool.POLYGON:
            self._dragging = False
            if math.dist(self.points[0], self.cross) > reach / 2:
                self._add_corner(last=True)
        self._dragging = False

    def select_at(self, at: Point, reach: float) -> None:
        """Select what is under a place, or nothing."""
        self.select(geometry.target_at(self.steps.present, at, reach))

    def press_twice(self, at: Point, reach: float) -> None:
        """Close the outline, or set a further corner on a side of the selected one."""
        if self.points:
            self.close()
            return
        target = self.selected
        if target is None or target.kind not in (Kind.REGION, Kind.EXCLUSION):
            return
        outline = self.steps.present.outline(target)
        side = geometry.nearest_side(outline, at, reach / 2)
        if side is not None:
            corner = self.whole(at)
            self._reshape(target, (*outline[: side + 1], corner, *outline[side + 1 :]))

    # -- keys ----------------------------------------------------------------------------

    def go(self, dx: int, dy: int) -> bool:
        """Move the selected shape or grip, else the pointer; False if neither is there."""
        target = None if self.is_open else self.selected
        if target is None:
            self.cross = self.whole((self.cross[0] + dx, self.cross[1] + dy))
            if self._pen_down:
                self.stroke.append(self._pixel())
            return self.tool is not Tool.LOOK
        outline, grip = self.steps.present.outline(target), self.grip
        if grip is None:
            moved = geometry.shifted(outline, dx, dy, self.size)
        else:
            x, y = geometry.grips(outline)[grip]
            moved = geometry.with_grip_at(outline, grip, self.whole((x + dx, y + dy)))
        self._reshape(target, moved, joined=self._nudging)
        self._nudging = True
        return True

    def press_by_key(self) -> None:
        """Set a corner at the pointer, or put the brush down, or lift it."""
        self.problem = ""
        if self.tool is Tool.LOOK:
            self.select_at(self.cross, 1.0)
        elif self.tool is not Tool.BRUSH:
            self.selected = self.grip = None
            self._add_corner()
        elif self._pen_down:
            self.close()
        else:
            self.selected = self.grip = None
            self._pen_down, self.stroke = True, [self._pixel()]

    def next_target(self, step: int) -> bool:
        """Select the next shape (or the one before); False beyond the last one."""
        targets = self.steps.present.targets
        first = 0 if step > 0 else len(targets) - 1
        at = targets.index(self.selected) + step if self.selected in targets else first
        found = not self.is_open and 0 <= at < len(targets)
        self.select(targets[at] if found else None)
        return found

    def next_grip(self, step: int) -> None:
        """Take the next grip of the selected shape (or the one before)."""
        if self.selected is None:
            return
        count = len(geometry.grips(self.steps.present.outline(self.selected)))
        if not count:
            return
        self.grip = (0 if step > 0 else count - 1) if self.grip is None else self.grip + step
        self.grip %= count
        self._nudging = False

    # -- the rest ------------------------------------------------------------------------

    def _pixel(self) -> tuple[int, int]:
        """Return the pixel under the pointer."""
        return (
            min(self.size[0] - 1, int(self.cross[0])),
            min(self.size[1] - 1, int(self.cross[1])),
        )

    def _add_corner(self, *, last: bool = False) -> None:
        self.points.append(self.cross)
        two = self.tool in (Tool.RECTANGLE, Tool.ANCHOR, Tool.SCALE)
        if len(self.points) > 1 and (two or last):
            self.close()

    def _take_hold(self, at: Point, reach: float) -> bool:
        if self.selected is None:
            return False
        outline = self.steps.present.outline(self.selected)
        columns, rows = zip(*outline, strict=True)
        side = max(max(columns) - min(columns), max(rows) - min(rows))
        # The grips of a small shape must leave room in the middle to move it as a whole.
        grip = geometry.nearest_grip(outline, at, min(reach, 0.3 * side))
        if grip is None and not (self.tool is Tool.LOOK and geometry.is_on(outline, at, reach / 2)):
            return False
        self.grip = grip
        self._hold = _Hold(self.whole(at), outline, grip)
        return True

    def _held(self, hold: _Hold) -> geometry.Outline:
        if hold.grip is not None:
            return geometry.with_grip_at(hold.outline, hold.grip, self.cross)
        dx, dy = self.cross[0] - hold.begun[0], self.cross[1] - hold.begun[1]
        return geometry.shifted(hold.outline, dx, dy, self.size)

    def _reshape(self, target: Target, outline: geometry.Outline, *, joined: bool = False) -> None:
        """Give a shape another outline if it may have it."""
        before = self.steps.present.outline(target)
        if outline == before:
            return
        try:
            check(target.kind, outline)
        except NotDrawn as reason:
            # What a brush has painted may touch itself; it can be moved all the same.
            if self.grip is not None or len(outline) != len(before):
                self.problem = str(reason)
                return
        self._change(self.steps.present.with_outline(target, outline), joined=joined)

    def _try(self, step: Callable[[Shapes], tuple[Shapes, Target]]) -> bool:
        try:
            shapes, target = step(self.steps.present)
        except NotDrawn as reason:
            self.problem = str(reason)
            return False
        self._change(shapes)
        self.selected = target
        return True

    def _change(self, shapes: Shapes, *, joined: bool = False) -> None:
        self.steps.change(shapes, joined=joined)
        self._nudging = joined

    def _leave(self, *, keep: bool = False) -> None:
        self.points, self.stroke, self.grip, self._hold = [], [], None, None
        self.problem = ""
        self.selected = self.selected if keep else None
        self._dragging = self._pen_down = self._nudging = False
