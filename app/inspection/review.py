"""What people say of a record, and what of it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.inspection.record import new_id
from app.inspection.verdict import Verdict

Finding = Literal[
    "false-call",
    "confirmed",
    "escape",
    "good",
    "defective",
    "unsure",
    "acknowledged",
    "marked",
    "withdrawn",
]
Part = Literal["good", "defective"]
Polygon = tuple[tuple[int, int], ...]

# Remarks that say nothing of the part.
_REMARKS = ("acknowledged", "marked", "withdrawn")


@dataclass(frozen=True, slots=True)
class Review:
    """What a person says of a record; added, never edited.

    Attributes:
        record_id: The record.
        at: When, timezone-aware UTC.
        by: Who; "" if nobody gave a name.
        finding: "confirmed": the verdict OK or NG was right. "false-call": NG, but the part is
            good. "escape": OK, but the part is defective. "good", "defective": what the part
            is after REVIEW or ERROR. "unsure": seen, not decided. "acknowledged": seen on the
            line. "marked": an operator on the line calls an NG part good; it still waits for a
            review. "withdrawn": takes back this person's newest review of the record.
        comment: Free text.
        defect: Kind of the defect as the person names it, "" if not named.
        mask: Outlines of the defect, pixels of the whole frame; None if not drawn, empty if
            the person says that nothing is defective.
        id: Own UUIDv7.
    """

    record_id: str
    at: datetime
    by: str
    finding: Finding
    comment: str = ""
    defect: str = ""
    mask: tuple[Polygon, ...] | None = None
    id: str = field(default_factory=new_id)


def finding_for(verdict: Verdict, part: Part) -> Finding:
    """Return how a person's word on a part is called after a verdict."""
    if verdict is Verdict.NG:
        return "confirmed" if part == "defective" else "false-call"
    if verdict is Verdict.OK:
        return "confirmed" if part == "good" else "escape"
    return part


def part_of(verdict: Verdict, finding: str) -> Part | None:
    """Return what a part is according to a finding; None if that is not decided."""
    if finding in ("false-call", "good"):
        return "good"
    if finding in ("escape", "defective"):
        return "defective"
    if finding == "confirmed" and verdict in (Verdict.OK, Verdict.NG):
        return "defective" if verdict is Verdict.NG else "good"
    return None


def standing(reviews: Sequence[Review]) -> tuple[Review, ...]:
    """Return the reviews that hold: one per person, the newest that was not taken back.

    Args:
        reviews: Of one record, oldest first.

    Returns:
        Oldest first; the last one counts where a single word is needed. Remarks are left out.
    """
    held: dict[str, list[Review]] = {}
    for review in reviews:
        own = held.setdefault(review.by, [])
        if review.finding == "withdrawn":
            if own:
                own.pop()
        elif review.finding not in _REMARKS:
            own.append(review)
    newest = (own[-1] for own in held.values() if own)
    return tuple(sorted(newest, key=lambda review: (review.at, review.id)))
