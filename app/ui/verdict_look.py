"""How each verdict looks and what it asks of the operator: word, shape, colour, one line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.i18n import N_
from app.inspection.verdict import Verdict


class Shape(Enum):
    """The outline of a verdict's sign; tells the verdicts apart without colour."""

    CIRCLE = "circle"
    OCTAGON = "octagon"
    TRIANGLE = "triangle"
    SQUARE = "square"
    NONE = "none"


class Mark(Enum):
    """What stands inside the sign."""

    CHECK = "check"
    CROSS = "cross"
    QUESTION = "?"
    EXCLAMATION = "!"
    PAUSE = "pause"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One state of the verdict banner.

    Attributes:
        word: English source text.
        advice: What to do now, English source text.
        colour: Name in `theme.COLOURS` of the ground.
        ink: "#RRGGBB" of word and sign.
        shape: Outline of the sign.
        mark: Mark inside the sign.
    """

    word: str
    advice: str
    colour: str
    ink: str
    shape: Shape
    mark: Mark


LOOKS: dict[Verdict, Look] = {
    Verdict.OK: Look(
        N_("OK"), N_("Good part: next part"), "ok", "#FFFFFF", Shape.CIRCLE, Mark.CHECK
    ),
    Verdict.NG: Look(
        N_("NG"), N_("Defect: put the part aside"), "ng", "#FFFFFF", Shape.OCTAGON, Mark.CROSS
    ),
    Verdict.REVIEW: Look(
        N_("REVIEW"),
        N_("Unsure: have the part checked"),
        "review",
        "#14181C",
        Shape.TRIANGLE,
        Mark.QUESTION,
    ),
    Verdict.ERROR: Look(
        N_("ERROR"),
        N_("Not judged: put the part aside"),
        "error",
        "#FFFFFF",
        Shape.SQUARE,
        Mark.EXCLAMATION,
    ),
}

WAITING = Look(N_("READY"), N_("Press Start"), "none", "#FFFFFF", Shape.NONE, Mark.NONE)
STARTING = Look(N_("WAIT"), N_("Starting: no part yet"), "none", "#FFFFFF", Shape.NONE, Mark.NONE)
EXPECTING = Look(N_("READY"), N_("Waiting for a part"), "none", "#FFFFFF", Shape.NONE, Mark.NONE)
PAUSED = Look(N_("PAUSED"), N_("Parts are not judged"), "none", "#FFFFFF", Shape.NONE, Mark.PAUSE)
STOPPED = Look(N_("STOPPED"), N_("Parts are not judged"), "none", "#FFFFFF", Shape.NONE, Mark.NONE)
NO_PART = Look(
    N_("NO PART"), N_("Nothing to decide here"), "none", "#FFFFFF", Shape.NONE, Mark.NONE
)
BLIND = Look(
    N_("ERROR"),
    N_("No picture: put the parts aside"),
    "error",
    "#FFFFFF",
    Shape.SQUARE,
    Mark.EXCLAMATION,
)
FAULT = Look(
    N_("ERROR"),
    N_("Station fault: put the parts aside"),
    "error",
    "#FFFFFF",
    Shape.SQUARE,
    Mark.EXCLAMATION,
)
BLOCKED = Look(
    N_("BLOCKED"),
    N_("Golden samples moved: nothing is judged"),
    "error",
    "#FFFFFF",
    Shape.SQUARE,
    Mark.EXCLAMATION,
)
