"""What people said of a part, as words of the screen."""

from __future__ import annotations

from collections.abc import Sequence

from app.i18n import N_, tr
from app.inspection.review import Finding, Review
from app.inspection.verdict import Verdict
from app.review.decisions import Choice, part_after

FINDINGS: dict[Finding, str] = {
    "confirmed": N_("confirmed"),
    "false-call": N_("false call"),
    "escape": N_("escape"),
    "good": N_("good"),
    "defective": N_("defective"),
    "unsure": N_("unsure"),
    "acknowledged": N_("seen on the line"),
    "withdrawn": N_("taken back"),
}
_PARTS = {"good": N_("part is good"), "defective": N_("part is defective")}
_NOBODY = N_("no name")


def finding_word(finding: Finding) -> str:
    """Return a finding in the language in use."""
    return tr(FINDINGS[finding])


def outcome(verdict: Verdict, choice: Choice) -> str:
    """Return what an answer to a verdict says of the part, "" if nothing."""
    part = part_after(verdict, choice)
    return tr(_PARTS[part]) if part else ""


def review_line(review: Review) -> str:
    """Return one line of the history: when, who, what."""
    when = review.at.astimezone().strftime("%m-%d %H:%M")
    parts = [f"{when}  {review.by or tr(_NOBODY)}: {finding_word(review.finding)}"]
    parts += [text for text in (review.defect, review.comment) if text]
    return " · ".join(parts)


def review_lines(reviews: Sequence[Review]) -> list[str]:
    """Return the history of a part, the newest first."""
    return [review_line(review) for review in reversed(reviews)]
