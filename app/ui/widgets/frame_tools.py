"""The tools with which shapes are drawn on a picture, and what each of them asks for next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.i18n import N_
from app.ui.widgets.frame_shapes import Kind


class Tool(Enum):
    """What the pointer does in a `FrameEditor`."""

    LOOK = "look"
    RECTANGLE = "rectangle"
    POLYGON = "polygon"
    EXCLUSION = "exclusion"
    BRUSH = "brush"
    ANCHOR = "anchor"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """What is known of a tool.

    Attributes:
        text: Its name, English source text.
        cap: Its key.
        tip: What it is for, English source text.
        kind: What it draws; None if nothing.
        first: What to do before anything is begun, English source text.
        then: What to do once something is begun, English source text.
    """

    text: str
    cap: str
    tip: str
    kind: Kind | None
    first: str
    then: str = ""


TOOLS: dict[Tool, ToolFacts] = {
    Tool.LOOK: ToolFacts(
        N_("Select"),
        "V",
        N_("Select, move and resize what is drawn; drag the picture to see another part of it"),
        None,
        N_("Click a shape to select it (Tab: the next one). Drag the picture to move it."),
    ),
    Tool.RECTANGLE: ToolFacts(
        N_("Rectangle"),
        "R",
        N_("A region that is judged: a rectangle"),
        Kind.REGION,
        N_("Drag a rectangle around what is to be judged, or click two opposite corners."),
        N_("Now click the opposite corner. Esc drops it."),
    ),
    Tool.POLYGON: ToolFacts(
        N_("Polygon"),
        "P",
        N_("A region that is judged: any outline"),
        Kind.REGION,
        N_("Click the corners of what is to be judged, one after the other."),
        N_("Next corner. Click the first one again, double-click or press Enter to close."),
    ),
    Tool.EXCLUSION: ToolFacts(
        N_("Exclude"),
        "X",
        N_("An area that is never judged"),
        Kind.EXCLUSION,
        N_("Drag a rectangle over what must not be judged, or click its corners."),
        N_("Next corner. Click the first one again, double-click or press Enter to close."),
    ),
    Tool.BRUSH: ToolFacts(
        N_("Brush out"),
        "B",
        N_("Paint over an area that is never judged"),
        Kind.EXCLUSION,
        N_("Paint over what must not be judged. [ and ] change the width of the brush."),
        N_("Arrows paint. Space lifts the brush, Esc drops the stroke."),
    ),
    Tool.ANCHOR: ToolFacts(
        N_("Anchor"),
        "A",
        N_("A mark that is on every part; by it shifted and turned parts are put into place"),
        Kind.ANCHOR,
        N_("Drag a box around a mark with clear edges that every part has at the same place."),
        N_("Now click the opposite corner. Esc drops it."),
    ),
    Tool.SCALE: ToolFacts(
        N_("Scale"),
        "S",
        N_("Millimetres per pixel, from a length that you know"),
        Kind.SCALE,
        N_("Drag a line along something whose length you know, as long as you can."),
        N_("Now click the other end. Esc drops it."),
    ),
}

SELECTED = N_("Drag it or its grips; arrows move it, with Shift by 10 pixels. Delete removes it.")
SELECTED_GRIP = N_("Arrows move this grip; , and . take the next one. Delete removes a corner.")
LENGTH_WANTED = N_("Type the length of the line in mm and press Enter.")
