"""The steps from a camera to a recipe that judges, and what each still lacks."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_


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
