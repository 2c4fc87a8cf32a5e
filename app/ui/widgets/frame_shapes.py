"""What is drawn on a product's reference picture: regions, exclusions, anchor and scale."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar, assert_never

from app.inspection.recipe_parts import Point, Polygon, RegionOfInterest

Box = tuple[int, int, int, int]
Value = TypeVar("Value")

MOST_REGIONS, MOST_EXCLUSIONS, MOST_CORNERS = 32, 64, 400
LEAST_ANCHOR_PX = 8


class Kind(Enum):
    """What a shape means."""

    REGION = "region"
    EXCLUSION = "exclusion"
    ANCHOR = "anchor"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Target:
    """One shape of `Shapes`.

    Attributes:
        kind: What it means.
        number: Its place among those of its kind, from 0.
    """

    kind: Kind
    number: int = 0


@dataclass(frozen=True, slots=True)
class ScaleLine:
    """A line along something of known length.

    Attributes:
        start: One end, (x, y) pixels of the picture.
        end: The other end.
        length_mm: The known length, millimetres; None until it was typed.
    """

    start: Point
    end: Point
    length_mm: float | None = None

    @property
    def length_px(self) -> float:
        """Length in the picture, pixels."""
        return math.dist(self.start, self.end)

    @property
    def mm_per_px(self) -> float | None:
        """Millimetres that one pixel shows; None while the length is not known."""
        if not self.length_mm or self.length_px < 1:
            return None
        return self.length_mm / self.length_px


@dataclass(frozen=True, slots=True)
class Shapes:
    """Everything that is drawn; a change makes a new value.

    Places are (x, y) in pixels of the whole picture, counted from its outer corner: a rectangle
    from (0, 0) to (2, 1) holds two pixels.

    Attributes:
        regions: What is judged, each with its name and limits of its own; none: everything.
        exclusions: What is not judged.
        anchor_box: What holds the part in place, (x, y, width, height) whole pixels.
        scale_line: What the scale was measured on.
        known_mm_per_px: The scale if no line says it, as in a recipe that was read.
    """

    regions: tuple[RegionOfInterest, ...] = ()
    exclusions: tuple[Polygon, ...] = ()
    anchor_box: Box | None = None
    scale_line: ScaleLine | None = None
    known_mm_per_px: float | None = None

    @property
    def mm_per_px(self) -> float | None:
        """Millimetres that one pixel shows; None if nobody has said."""
        measured = self.scale_line.mm_per_px if self.scale_line is not None else None
        return self.known_mm_per_px if measured is None else measured

    @property
    def targets(self) -> tuple[Target, ...]:
        """All shapes in the order in which Tab goes through them."""
        regions = [Target(Kind.REGION, number) for number in range(len(self.regions))]
        exclusions = [Target(Kind.EXCLUSION, number) for number in range(len(self.exclusions))]
        anchor = [Target(Kind.ANCHOR)] if self.anchor_box is not None else []
        scale = [Target(Kind.SCALE)] if self.scale_line is not None else []
        return (*regions, *exclusions, *anchor, *scale)

    def outline(self, target: Target) -> tuple[Point, ...]:
        """Return the corners of a shape, or the two ends of the scale line.

        Raises:
            LookupError: There is no such shape.
        """
        match target.kind:
            case Kind.REGION:
                return self.regions[target.number].polygon
            case Kind.EXCLUSION:
                return self.exclusions[target.number]
            case Kind.ANCHOR if self.anchor_box is not None:
                return corners_of(self.anchor_box)
            case Kind.SCALE if self.scale_line is not None:
                return self.scale_line.start, self.scale_line.end
            case Kind.ANCHOR | Kind.SCALE:
                raise LookupError(f"no {target.kind.value} is drawn")
            case never:
                assert_never(never)

    def with_outline(self, target: Target, outline: tuple[Point, ...]) -> Shapes:
        """Return the shapes with one of them changed; the anchor becomes a box of whole pixels.

        Raises:
            LookupError: There is no such shape.
        """
        match target.kind:
            case Kind.REGION:
                region = self.regions[target.number].model_copy(update={"polygon": outline})
                return replace(self, regions=_put(self.regions, target.number, region))
            case Kind.EXCLUSION:
                return replace(self, exclusions=_put(self.exclusions, target.number, outline))
            case Kind.ANCHOR:
                return replace(self, anchor_box=whole_box(outline))
            case Kind.SCALE:
                length = self.scale_line.length_mm if self.scale_line is not None else None
                return replace(self, scale_line=ScaleLine(outline[0], outline[1], length))
            case never:
                assert_never(never)

    def without(self, target: Target) -> Shapes:
        """Return the shapes without one of them; without its line the scale is gone too."""
        match target.kind:
            case Kind.REGION:
                return replace(self, regions=_put(self.regions, target.number))
            case Kind.EXCLUSION:
                return replace(self, exclusions=_put(self.exclusions, target.number))
            case Kind.ANCHOR:
                return replace(self, anchor_box=None)
            case Kind.SCALE:
                return replace(self, scale_line=None, known_mm_per_px=None)
            case never:
                assert_never(never)

    def with_region(self, name: str, outline: Polygon) -> Shapes:
        """Return the shapes with a further region."""
        region = RegionOfInterest(name=name, polygon=outline)
        return replace(self, regions=(*self.regions, region))

    def with_name(self, number: int, name: str) -> Shapes:
        """Return the shapes with another name of a region; it has to be its own."""
        region = self.regions[number].model_copy(update={"name": name})
        return replace(self, regions=_put(self.regions, number, region))

    def with_length(self, length_mm: float | None) -> Shapes:
        """Return the shapes with the known length of the scale line, millimetres."""
        if self.scale_line is None:
            return self
        return replace(self, scale_line=replace(self.scale_line, length_mm=length_mm))


def corners_of(box: Box) -> tuple[Point, ...]:
    """Return the corners of (x, y, width, height), clockwise from the upper left one."""
    x, y, width, height = (float(value) for value in box)
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


def whole_box(outline: tuple[Point, ...]) -> Box:
    """Return the box of whole pixels (x, y, width, height) around an outline, 1 pixel at least."""
    columns, rows = zip(*outline, strict=True)
    x, y = round(min(columns)), round(min(rows))
    return x, y, max(1, round(max(columns)) - x), max(1, round(max(rows)) - y)


def _put(values: tuple[Value, ...], number: int, *new: Value) -> tuple[Value, ...]:
    """Return the values with one of them replaced, or without it."""
    return (*values[:number], *new, *values[number + 1 :])
