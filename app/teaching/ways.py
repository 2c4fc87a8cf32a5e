"""The ways to teach a product, and what each takes."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_, tr
from app.teaching.coverage import FEWEST_GOOD
from app.teaching.draft import Way

__all__ = ["FEWEST_DEFECTIVE", "FEWEST_GOOD", "WAYS", "WayInfo", "problem_of", "suggested_way"]

FEWEST_DEFECTIVE = 5
"""Marked parts for a fine-tuning: three to learn from at least, two to try it on."""

ENOUGH_DEFECTIVE = 8


@dataclass(frozen=True, slots=True)
class WayInfo:
    """One way.

    Attributes:
        way: Its key.
        text: Its name, English source text.
        what: What it does and how long it takes, English source text.
    """

    way: Way
    text: str
    what: str


WAYS: tuple[WayInfo, ...] = (
    WayInfo(
        "memory",
        N_("Memory of good parts"),
        N_("Remembers what good parts look like. About a minute. Start with this one."),
    ),
    WayInfo(
        "painted",
        N_("Memory and painted defects"),
        N_(
            "Also trains on defects that the program paints onto the good pictures: finer edges "
            "and small defects. Some minutes."
        ),
    ),
    WayInfo(
        "trained",
        N_("Fine-tuning on your defective parts"),
        N_(
            "Learns from your own defects and their masks. As long as you allow; best from "
            "8 defective parts on."
        ),
    ),
)


def problem_of(way: Way, good: int, marked: int) -> str:
    """Return what a way still lacks, a sentence; "" if nothing.

    Args:
        way: Of teaching.
        good: Pictures of good parts.
        marked: Pictures of defective parts with a painted mask.
    """
    if good < FEWEST_GOOD:
        return tr("There are {count} good pictures; at least {least} are needed.").format(
            count=good, least=FEWEST_GOOD
        )
    if way == "trained" and marked < FEWEST_DEFECTIVE:
        return tr(
            "Fine-tuning takes {least} defective parts with a painted defect, here are {count}."
        ).format(least=FEWEST_DEFECTIVE, count=marked)
    return ""


def suggested_way(marked: int) -> Way:
    """Return the way that so many marked defective parts allow.

    With few defects the memory of good parts says more than weights that are trained on them.
    """
    return "trained" if marked >= ENOUGH_DEFECTIVE else "memory"
