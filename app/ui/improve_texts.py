"""The making of a checkpoint in words."""

from __future__ import annotations

from app.i18n import N_, tr, trn
from app.review.improvement import (
    ENOUGH_DEFECTIVE,
    FEWEST_GOOD,
    Improvement,
    Judgement,
    way_for,
)
from app.review.labelled import LeftOut, Selection

STAGES = {
    "read": N_("Reading the reviews"),
    "pictures": N_("Exporting the pictures"),
    "compare": N_("Exporting the pictures"),
    "learn": N_("Learning"),
    "finish": N_("Remembering the good parts and setting the limit"),
    "judge": N_("Comparing old and new on the parts held out"),
}
_LEFT_OUT = {
    LeftOut.UNSURE: N_("unsure: {count}"),
    LeftOut.DISAGREEMENT: N_("reviewers disagree: {count}"),
    LeftOut.NO_PICTURE: N_("no picture kept: {count}"),
}
_ENOUGH_PARTS = 50


def counted(found: Selection) -> tuple[tuple[str, str], ...]:
    """Return what there is to learn from, (translated name, value)."""
    left = [
        tr(text).format(count=len(found.left_out[reason]))
        for reason, text in _LEFT_OUT.items()
        if found.left_out[reason]
    ]
    masks = tr("{count} with a mask")
    return (
        (tr("Good parts"), str(found.good)),
        (tr("Defective parts"), f"{found.defective} ({masks.format(count=found.masks)})"),
        (tr("Left out"), ", ".join(left) or tr("none")),
    )


def way_sentence(found: Selection, minutes: float) -> str:
    """Return how it will be learned and why, or why it cannot be."""
    way = way_for(found.good, found.defective)
    if not found.parts:
        if any(found.left_out.values()):
            return tr("None of the reviewed parts can be learned from; see what is left out.")
        return tr("Nothing has been reviewed yet; review some parts first.")
    if way is None:
        return tr(
            "There are {good} reviewed good parts; at least {least} are needed. Review more first."
        ).format(good=found.good, least=FEWEST_GOOD)
    if way == "teach":
        return tr(
            "With fewer than {enough} defective parts the good ones are taught: memory and limits "
            "come from them, the defective ones only test it. It takes some minutes."
        ).format(enough=ENOUGH_DEFECTIVE)
    return tr(
        "There are enough defective parts to train on; about 4 in 10 of them are held out to "
        "compare old and new. Training takes at most {minutes} minutes, then some for the rest."
    ).format(minutes=f"{minutes:g}")


def time_left(seconds: float | None) -> str:
    """Return how long it will take, in words."""
    if seconds is None:
        return tr("The time left is not known yet.")
    if seconds < 60:
        return tr("Less than a minute left.")
    minutes = round(seconds / 60)
    return trn("About {count} minute left.", "About {count} minutes left.", minutes).format(
        count=minutes
    )


def judgement_cells(seen: Judgement | None) -> tuple[str, str, str, str]:
    """Return AUROC, false calls, escapes and limit of a checkpoint for a table."""
    if seen is None:
        return ("–",) * 4
    auroc = "–" if seen.auroc is None else f"{seen.auroc:.3f}"
    limit = "–" if seen.limit is None else f"{seen.limit:.3f}"
    return auroc, _of(seen.false_calls, seen.good), _of(seen.escapes, seen.defective), limit


def outcome(made: Improvement) -> str:
    """Return what the comparison says, with its weakness."""
    old, new = made.old, made.new
    parts = [_better(None if old is None else old, new)]
    if new.good + new.defective < _ENOUGH_PARTS:
        parts.append(
            tr("These are only {count} parts: chance plays a part.").format(
                count=new.good + new.defective
            )
        )
    return " ".join(parts)


def _better(old: Judgement | None, new: Judgement) -> str:
    if old is None:
        return tr("The checkpoint in force cannot be loaded, so there is nothing to compare with.")
    if old.wrong is None:
        return tr("The checkpoint in force has no limit, so mistakes cannot be compared.")
    if new.wrong is None or new.escapes is None or old.escapes is None:
        return tr("The new checkpoint has no limit; it cannot be used as it is.")
    if new.escapes > old.escapes:
        return tr("The new one lets more defects escape. Keep the one in force.")
    if new.wrong < old.wrong:
        fewer = old.wrong - new.wrong
        return trn(
            "The new one makes {count} mistake fewer.",
            "The new one makes {count} mistakes fewer.",
            fewer,
        ).format(count=fewer)
    if new.wrong == old.wrong:
        return tr("Both make equally many mistakes; there is no reason to change.")
    return tr("The new one makes more mistakes. Keep the one in force.")


def _of(count: int | None, among: int) -> str:
    if count is None:
        return "–"
    return tr("{count} of {among}").format(count=count, among=among)
