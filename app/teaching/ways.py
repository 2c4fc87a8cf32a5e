"""The ways to teach a product, and what each takes."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_, tr
from app.learner_words import LEARNER_WORDS
from app.teaching.coverage import FEWEST_GOOD
from app.teaching.draft import Way

__all__ = [
    "FEWEST_DEFECTIVE",
    "FEWEST_GOOD",
    "WAYS",
    "WayInfo",
    "problem_of",
    "suggested_way",
    "way_info",
]

FEWEST_DEFECTIVE = 5
"""Marked parts for what learns from defects: three to learn from at least, two to try it on."""

ENOUGH_DEFECTIVE = 8


@dataclass(frozen=True, slots=True)
class WayInfo:
    """One way.

    Attributes:
        way: Its key.
        text: Its name, English source text.
        what: What it does and how long it takes, English source text.
        learner: Name in `model.learners.LEARNERS`; "" for the fine-tuning, which `train` does.
        is_usual: Whether it is offered first.
        needs_defects: Whether it learns from defective parts.
    """

    way: Way
    text: str
    what: str
    learner: str = ""
    is_usual: bool = False
    needs_defects: bool = False


def _learned(way: Way, learner: str = "") -> WayInfo:
    words = LEARNER_WORDS[learner or way]
    is_usual = way in ("memory", "painted")
    return WayInfo(way, words.text, words.what, words.name, is_usual, words.needs_defects)


WAYS: tuple[WayInfo, ...] = (
    _learned("memory", "few_shot_clip"),
    _learned("painted", "painted_clip"),
    WayInfo(
        "trained",
        N_("Fine-tuning on your defective parts"),
        N_(
            "Learns from your own defects and their masks. As long as you allow; best from "
            "8 defective parts on."
        ),
        is_usual=True,
        needs_defects=True,
    ),
    _learned("patchcore"),
    _learned("cfa"),
    _learned("msflow"),
    _learned("efficient_ad"),
    _learned("classifier"),
)


def way_info(way: Way) -> WayInfo:
    """Return what is known of a way."""
    return next(info for info in WAYS if info.way == way)


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
    if not way_info(way).needs_defects or marked >= FEWEST_DEFECTIVE:
        return ""
    if way == "trained":
        text = tr(
            "Fine-tuning takes {least} defective parts with a painted defect, here are {count}."
        )
    else:
        text = tr("It takes {least} defective parts with a painted defect, here are {count}.")
    return text.format(least=FEWEST_DEFECTIVE, count=marked)


def suggested_way(marked: int) -> Way:
    """Return the way that so many marked defective parts allow.

    With few defects the memory of good parts says more than weights that are trained on them.
    """
    return "trained" if marked >= ENOUGH_DEFECTIVE else "memory"
