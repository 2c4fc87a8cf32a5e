"""The steps from a camera to a recipe that judges, and what each still lacks."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_, tr
from app.teaching.draft import Way
from app.teaching.ways import problem_of


@dataclass(frozen=True, slots=True)
class StepInfo:
    """One step.

    Attributes:
        key: Name in the draft.
        text: On the list, English source text.
        may_skip: It need not be done.
    """

    key: str
    text: str
    may_skip: bool = False


STEPS: tuple[StepInfo, ...] = (
    StepInfo("camera", N_("Name and camera")),
    StepInfo("draw", N_("What is judged")),
    StepInfo("align", N_("Align the part"), may_skip=True),
    StepInfo("scale", N_("Scale"), may_skip=True),
    StepInfo("collect", N_("Collect parts")),
    StepInfo("learn", N_("Teach")),
    StepInfo("result", N_("Try and set the limit")),
    StepInfo("save", N_("Save the recipe")),
)


def number_of(key: str) -> int:
    """Return the place of a step from 0; the first for an unknown key."""
    keys = [step.key for step in STEPS]
    return keys.index(key) if key in keys else 0


@dataclass(frozen=True, slots=True)
class Progress:
    """What is there of a draft.

    Attributes:
        name_problem: Why it cannot be called so; "" if it can.
        has_camera: A camera was chosen.
        has_reference: There is a picture to draw on.
        good: Pictures of good parts.
        marked: Pictures of defective parts with a painted mask.
        way: How to teach.
        has_outcome: Something was learned.
        is_stale: What was learned does not fit what is drawn or collected now.
        saved: Version that it was saved as; 0 while it was not.
    """

    name_problem: str = ""
    has_camera: bool = False
    has_reference: bool = False
    good: int = 0
    marked: int = 0
    way: Way = "memory"
    has_outcome: bool = False
    is_stale: bool = False
    saved: int = 0


def lack_of(key: str, found: Progress) -> str:
    """Return why a step is not done yet, a sentence; "" if it is, or need not be."""
    match key:
        case "camera":
            return found.name_problem or ("" if found.has_camera else tr("Choose a camera."))
        case "draw":
            return "" if found.has_reference else tr("There is no picture to draw on yet.")
        case "collect":
            return problem_of("memory", found.good, found.marked)
        case "learn" if not found.has_outcome:
            return problem_of(found.way, found.good, found.marked) or tr("Press Teach first.")
        case "learn" if found.is_stale:
            return tr("Something has changed since; teach again.")
    return ""


def reachable(found: Progress) -> int:
    """Return the number of the last step, from 0, to which nothing is lacking."""
    for number, step in enumerate(STEPS):
        if lack_of(step.key, found):
            return number
    return len(STEPS) - 1
