"""What a person may say of a judged part, and the review that it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.inspection.review import Part, Polygon, Review, finding_for, part_of, standing
from app.inspection.verdict import Verdict


class Choice(Enum):
    """What a reviewer can answer to a verdict.

    CONFIRM: the machine was right; a part that it set aside as REVIEW or ERROR belongs there.
    OVERRULE: it was wrong. UNSURE: the person cannot say.
    """

    CONFIRM = "confirm"
    OVERRULE = "overrule"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Word:
    """A decision as it was made, before it is known who may make it.

    Attributes:
        choice: The answer.
        defect: Kind of the defect, "" if none was named; of no account for a good part.
        comment: Free text.
        mask: Outlines of the defect, see `Review.mask`.
    """

    choice: Choice
    defect: str = ""
    comment: str = ""
    mask: tuple[Polygon, ...] | None = None


def part_after(verdict: Verdict, choice: Choice) -> Part | None:
    """Return what a part is after an answer; None if that stays open."""
    if choice is Choice.UNSURE:
        return None
    set_aside = verdict is not Verdict.OK
    return "defective" if set_aside == (choice is Choice.CONFIRM) else "good"


def review_of(record: InspectionRecord, word: Word, by: str, at: datetime) -> Review:
    """Return the review that a decision becomes.

    Args:
        record: What it is about.
        word: The decision.
        by: Who.
        at: When, timezone-aware UTC.
    """
    part = part_after(record.verdict, word.choice)
    finding = "unsure" if part is None else finding_for(record.verdict, part)
    defect = "" if part == "good" else word.defect
    mask = () if part == "good" and word.mask is not None else word.mask
    return Review(record.id, at, person(by), finding, word.comment.strip(), defect, mask)


def withdrawal(record_id: str, by: str, at: datetime) -> Review:
    """Return the review that takes back a person's newest one."""
    return Review(record_id, at, person(by), "withdrawn")


def person(name: str) -> str:
    """Return a name without the spaces that nobody sees."""
    return " ".join(name.split())


def own_word(reviews: Sequence[Review], by: str) -> Review | None:
    """Return what a person said and has not taken back."""
    name = person(by)
    return next((review for review in standing(reviews) if review.by == name), None)


def is_blind(record: InspectionRecord, reviews: Sequence[Review], by: str) -> bool:
    """Return whether a person gives the second opinion, and so must not see the first.

    Args:
        record: Drawn for two opinions or not.
        reviews: Of the record, oldest first.
        by: The person at the desk.
    """
    held = standing(reviews)
    return record.second_opinion and len(held) == 1 and held[0].by != person(by)


def objection(record: InspectionRecord, reviews: Sequence[Review], by: str) -> str:
    """Return why a person may not decide, in the language in use, "" if they may.

    The second opinion has to come from another person, also when that person's name is typed
    with other capitals.
    """
    name = person(by)
    if not name:
        return tr("Say who decides first: a decision needs a name.")
    if not is_blind(record, reviews, name):
        return ""
    first = standing(reviews)[0].by
    if first.casefold() == name.casefold():
        return tr("The first opinion is by {name} too; a second one needs another person.").format(
            name=first
        )
    return ""


def disagree(verdict: Verdict, reviews: Sequence[Review]) -> bool:
    """Return whether two persons' words on a part contradict each other.

    Args:
        verdict: The machine's.
        reviews: Of the record, oldest first.
    """
    parts = {part_of(verdict, review.finding) for review in standing(reviews)}
    return {"good", "defective"} <= parts
