"""What a working point means, in the words of the limits screen."""

from __future__ import annotations

import math

from app.i18n import tr
from app.quality.promise import per_thousand
from app.quality.score_sample import Rate
from app.quality.what_if import Change, WhatIf
from app.settings.limit_data import LimitData
from app.ui.verdict_look import LOOKS
from app.ui.widgets.change_strip import Choice

Card = tuple[str, str, str, str]
"""Name, number, unit and detail of a rate."""


def false_call_words(rate: Rate) -> Card:
    """Return the card of the false calls."""
    return (tr("False calls"), per_thousand(rate.share), tr("of 1,000 good parts"), _sure(rate))


def escape_words(rate: Rate) -> Card:
    """Return the card of the escapes."""
    unit = tr("of 1,000 defective parts")
    return (tr("Escapes"), per_thousand(rate.share), unit, _sure(rate))


def review_words(good: Rate, defective: Rate, parts: float) -> Card:
    """Return the card of the parts that a person has to look at, of so many parts in all."""
    total = (good.parts + defective.parts) / parts if parts else math.nan
    detail = tr("{good} of 1,000 good and {defective} of 1,000 defective parts").format(
        good=per_thousand(good.share), defective=per_thousand(defective.share)
    )
    return (tr("To look at"), per_thousand(total), tr("of 1,000 parts"), detail)


def summary_words(data: LimitData) -> str:
    """Return how much is shown."""
    sample = data.sample
    if sample is None:
        return tr("{count} records").format(count=f"{data.count:,}")
    return tr("{count} records; reviewed: {good} good, {defective} defective").format(
        count=f"{data.count:,}",
        good=f"{sample.good.reviewed:,}",
        defective=f"{sample.defective.reviewed:,}",
    )


def outcome_words(outcome: WhatIf) -> str:
    """Return how many verdicts of the last week would change."""
    if not outcome.changed:
        return tr("None of the {judged} verdicts of the last week would change.").format(
            judged=f"{outcome.judged:,}"
        )
    return tr("{changed} of the {judged} verdicts of the last week would change.").format(
        changed=f"{outcome.changed:,}", judged=f"{outcome.judged:,}"
    )


def choices_of(outcome: WhatIf) -> list[Choice]:
    """Return a choice for each way of changing."""
    return [
        Choice(key_of(change), _change_words(change), _said(change)) for change in outcome.changes
    ]


def key_of(change: Change) -> str:
    """Return what stands for a way of changing."""
    return f"{change.before.value}-{change.after.value}"


def part_words(part: object) -> str:
    """Return what a person said of a part, in one word."""
    if part == "good":
        return tr("good")
    return tr("defective") if part == "defective" else tr("not reviewed")


def _change_words(change: Change) -> str:
    before, after = tr(LOOKS[change.before].word), tr(LOOKS[change.after].word)
    return f"{before} → {after}: {change.count:,}"


def _said(change: Change) -> str:
    return tr("Reviewed as good: {good}, as defective: {defective}, not reviewed: {open}.").format(
        good=f"{change.good:,}",
        defective=f"{change.defective:,}",
        open=f"{change.count - change.good - change.defective:,}",
    )


def _sure(rate: Rate) -> str:
    """Return interval and counts of a rate."""
    if not rate.reviewed:
        return tr("No part of this kind was reviewed.")
    if math.isnan(rate.share):
        return tr("Not known: no OK part was drawn for review.")
    return tr("95 % sure: {low} to {high} of 1,000; {seen} of {reviewed} reviewed parts").format(
        low=per_thousand(rate.interval.low),
        high=per_thousand(rate.interval.high),
        seen=f"{rate.seen:,}",
        reviewed=f"{rate.reviewed:,}",
    )


def change_summary(
    before: tuple[float | None, float | None], after: tuple[float, float | None], promise: str
) -> str:
    """Return what is saved, a line each."""
    lines = [
        tr("NG limit: {before} → {after}").format(
            before=_number(before[0]), after=_number(after[0])
        ),
        tr("REVIEW from: {before} → {after}").format(
            before=_number(before[1]), after=_number(after[1])
        ),
    ]
    return "\n".join([*lines, promise] if promise else lines)


def _number(value: float | None) -> str:
    return tr("none") if value is None else f"{value:.6g}"
