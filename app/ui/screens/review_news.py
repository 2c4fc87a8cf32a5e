"""The sentences of the review screen: where one is, what happened, why nothing is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.i18n import tr, trn
from app.inspection.record import InspectionRecord
from app.inspection.review import Review, standing
from app.review.decisions import person
from app.review.filtering import Filter, Show
from app.ui.deciding import Made
from app.ui.review_walk import ReviewWalk
from app.ui.review_words import finding_word


def place_text(walk: ReviewWalk, total: int | None, rows: int, decided: int) -> str:
    """Return where in the list one is.

    Args:
        walk: The place.
        total: Length of the whole list, None while it is counted.
        rows: How many of it are read.
        decided: Decisions of this session.
    """
    known = f"{total:,}" if total is not None else "…"
    if walk.record_id and walk.is_beside:
        text = tr("Beside the list")
    elif walk.record_id:
        text = tr("{place} of {total}").format(place=f"{walk.place + 1:,}", total=known)
    else:
        text = tr("{total} parts").format(total=known if rows else "0")
    return text + (" · " + tr("{count} decided").format(count=decided) if decided else "")


def loading_text(list_too: bool) -> str:
    """Return that list or part is on its way."""
    return tr("The list is being read.") if list_too else tr("The part is being read.")


def end_text(shown: Filter, empty: bool, counts: Mapping[Show, int]) -> str:
    """Return why no part is shown.

    Args:
        shown: What was asked for.
        empty: There was none from the start.
        counts: How many parts wait elsewhere.
    """
    new = counts.get(Show.OPEN, 0)
    if not empty:
        sentence = tr("All parts of this list are decided.")
        if new and shown.is_default:
            sentence += " " + trn(
                "{count} new part waits: press R.", "{count} new parts wait: press R.", new
            ).format(count=new)
    elif shown.show is Show.SECOND:
        sentence = tr("No part waits for your second opinion.")
    elif shown.is_default:
        sentence = tr("No part waits for review.")
    else:
        return tr("No part fits this filter. Press Clear to see all that wait.")
    seconds = counts.get(Show.SECOND, 0)
    if seconds and shown.show is not Show.SECOND:
        sentence += " " + trn(
            "{count} part waits for your second opinion: press S.",
            "{count} parts wait for your second opinion: press S.",
            seconds,
        ).format(count=seconds)
    return sentence


def made_text(made: Made) -> str:
    """Return what was decided."""
    kind = f" ({made.review.defect})" if made.review.defect else ""
    return tr("Part {serial}: {finding}{kind}. Z takes it back.").format(
        serial=made.serial or "–", finding=finding_word(made.review.finding), kind=kind
    )


def handed_back_text(made: Made, cause: str) -> str:
    """Return that a decision could not be stored."""
    return tr("Your decision on part {serial} was not stored: {cause}").format(
        serial=made.serial or "–", cause=cause
    )


def waiting_text(problem: str, number: int) -> str:
    """Return why decisions wait, and how many."""
    waits = trn(
        "{count} decision waits and is written as soon as it works again.",
        "{count} decisions wait and are written as soon as it works again.",
        number,
    ).format(count=number)
    return f"{problem} {waits}"


def meanwhile_text(review: Review, blind: bool) -> str:
    """Return that somebody else decided the part on the screen."""
    if blind:
        return tr("Somebody else decided this part meanwhile; yours is the second opinion.")
    return tr("{name} decided this part meanwhile: {finding}. Go on, or decide too.").format(
        name=review.by or tr("Somebody"), finding=finding_word(review.finding)
    )


def disagreement_text(record: InspectionRecord, reviews: Sequence[Review]) -> str:
    """Return that the words on a part contradict each other; the newest is this desk's."""
    names = ", ".join(review.by or tr("Somebody") for review in standing(reviews))
    return tr("Part {serial}: the words of {names} contradict; see Disagreements.").format(
        serial=record.serial or "–", names=names
    )


def reviewer_text(name: str) -> str:
    """Return who sits at the desk."""
    known = person(name)
    return tr("Reviewer: {name}").format(name=known) if known else tr("Who reviews?")
