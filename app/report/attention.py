"""What stands out in a report: the sentences that a reader must not miss."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

import numpy as np

from app.i18n import tr, trn
from app.quality.drift_words import name_of
from app.report.document import Block, Heading, Note
from app.report.facts import Drift, Facts
from app.report.wording import count, minute

# Spans are means of at least twenty parts: by chance one of a thousand lies 0.8 off.
_FAR = 1.5


def what_stands_out(facts: Facts, zone: tzinfo | None) -> Iterator[Block]:
    """Yield a section of sentences, or one that says that nothing stands out."""
    if facts.is_empty:
        return
    yield Heading(tr("What stands out"))
    sentences = list(_sentences(facts, zone))
    for sentence in sentences:
        yield Note(sentence, "attention")
    if not sentences:
        yield Note(tr("Nothing: no alarm, no known escape, everything reviewed."), "fine")


def _sentences(facts: Facts, zone: tzinfo | None) -> Iterator[str]:
    yield from _parts(facts)
    yield from _chart(facts, zone)
    yield from _machine(facts, zone)
    yield from _drift(facts, zone)


def _parts(facts: Facts) -> Iterator[str]:
    escapes = facts.escapes.count
    if escapes:
        yield trn(
            "{count} part was called OK and found defective; it may have left the line.",
            "{count} parts were called OK and found defective; they may have left the line.",
            escapes,
        ).format(count=count(escapes))
    waiting = facts.queued - facts.reviewed
    if waiting:
        yield trn(
            "{count} part still waits for its review; the rates may change.",
            "{count} parts still wait for their review; the rates may change.",
            waiting,
        ).format(count=count(waiting))
    if facts.tally.error:
        yield trn(
            "{count} part has no verdict.", "{count} parts have no verdict.", facts.tally.error
        ).format(count=count(facts.tally.error))
    if len(facts.in_force) > len({row.recipe for row in facts.in_force}):
        yield tr("Recipe, checkpoint or limits changed meanwhile; compare with care.")


def _chart(facts: Facts, zone: tzinfo | None) -> Iterator[str]:
    trend = facts.trend
    if trend is None:
        return
    outside = [
        begin
        for begin, rules in zip(trend.begins, trend.chart.broken, strict=True)
        if "beyond-limit" in rules
    ]
    if outside:
        first = outside[0].astimezone(zone)
        when = f"{first:%Y-%m-%d %H:%M}" if trend.unit == "hour" else f"{first:%Y-%m-%d}"
        yield trn(
            "The NG rate was out of control once: {first}.",
            "The NG rate was out of control {count} times, first {first}.",
            len(outside),
        ).format(count=count(len(outside)), first=when)


def _machine(facts: Facts, zone: tzinfo | None) -> Iterator[str]:
    failed = [golden for golden in facts.golden if not golden.check.passed]
    if failed:
        yield trn(
            "The golden samples failed once: {first}.",
            "The golden samples failed {count} times, first {first}.",
            len(failed),
        ).format(count=count(len(failed)), first=minute(failed[0].check.at, zone))
    alarms = [event for event in facts.happenings if event.kind == "alarm"]
    if alarms:
        yield trn(
            "One drift alarm: {first} {text}",
            "{count} drift alarms, first {first} {text}",
            len(alarms),
        ).format(count=count(len(alarms)), first=minute(alarms[0].at, zone), text=alarms[0].text)
    if facts.uptime is not None and facts.uptime.faults:
        number = len(facts.uptime.faults)
        yield trn("One fault; see below.", "{count} faults; see below.", number).format(
            count=count(number)
        )


def _drift(facts: Facts, zone: tzinfo | None) -> Iterator[str]:
    for drift in facts.drift:
        worst, far = _farthest(drift)
        if drift.has_baseline and abs(far) > _FAR:
            at = datetime.fromtimestamp(float(drift.times[worst]), UTC)
            text = tr(
                "{figure} of {recipe} left its baseline by {far} standard deviations: {time}."
            )
            yield text.format(
                figure=name_of(drift.measure),
                recipe=drift.recipe,
                far=f"{far:+.1f}",
                time=minute(at, zone),
            )


def _farthest(drift: Drift) -> tuple[int, float]:
    """Return which span lies farthest from the target, and its distance in spreads."""
    away = (drift.levels - drift.target) / max(drift.spread, 1e-12)
    worst = int(np.abs(away).argmax())
    return worst, float(away[worst])
