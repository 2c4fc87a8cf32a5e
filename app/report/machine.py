"""How the machine was: sections of golden samples, running time, faults and changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from app.golden import wording as golden_wording
from app.i18n import tr, trn
from app.report.bounded_table import bounded_table
from app.report.document import Block, Column, Heading, Note, Table
from app.report.facts import Facts, Golden
from app.report.wording import HAPPENINGS, NOTHING, count, duration, minute, share

_CHECKS = 10


def golden(facts: Facts, zone: tzinfo | None) -> Iterator[Block]:
    """Yield the checks of golden samples."""
    yield Heading(tr("Golden samples"))
    if not facts.golden:
        yield Note(tr("No golden sample was judged in this time."), "attention")
        return
    columns = (
        Column(tr("Time"), 1.3),
        Column(tr("Recipe"), 1.4),
        Column(tr("Result"), 0.8),
        Column(tr("What was found"), 4.0),
        Column(tr("By"), 1.1),
    )
    passed = sum(one.check.passed for one in facts.golden)
    whole = len(facts.golden)
    yield Note(
        tr("{passed} of {count} checks passed.").format(passed=count(passed), count=count(whole)),
        "fine" if passed == whole else "attention",
    )
    rows = []
    for one in _failed_or_newest(facts.golden):
        text = golden_wording.sentence(one.check)
        if one.overridden_by:
            let = tr("Production was let go on by {person}.")
            text = f"{text} {let.format(person=one.overridden_by)}"
        rows.append(
            (
                minute(one.check.at, zone),
                one.check.recipe,
                tr("passed") if one.check.passed else tr("FAILED"),
                text,
                one.by or NOTHING,
            )
        )
    yield Table(columns, tuple(rows))


def running(facts: Facts, zone: tzinfo | None) -> Iterator[Block]:
    """Yield running time, stops and faults."""
    found = facts.uptime
    yield Heading(tr("Running time, stops and faults"))
    if found is None:
        yield Note(tr("The station recorded no start and no stop in this time."))
        return
    yield Note(
        tr("Running {running}, standing {standing} ({share} running), {stops}.").format(
            running=duration(found.running_s),
            standing=duration(found.stopped_s),
            share=share(found.share),
            stops=trn("{count} stop", "{count} stops", found.stops).format(count=found.stops),
        )
    )
    if found.crashes:
        text = trn(
            "The program ended by itself {count} time.",
            "The program ended by itself {count} times.",
            found.crashes,
        )
        yield Note(text.format(count=found.crashes), "attention")
    if not found.faults:
        yield Note(tr("No fault."), "fine")
        return
    columns = (
        Column(tr("Began"), 1.3),
        Column(tr("Lasted"), 1.1, is_number=True),
        Column(tr("Fault"), 5.0),
        Column(tr("Station"), 1.1),
    )
    rows = [
        (
            minute(span.began, zone),
            tr("not over")
            if span.ended is None
            else duration((span.ended - span.began).total_seconds()),
            span.sentence,
            span.station,
        )
        for span in found.faults
    ]
    yield from bounded_table(columns, rows, newest=True)


def happenings(facts: Facts, zone: tzinfo | None) -> Iterator[Block]:
    """Yield changes, alarms and overrides."""
    events = facts.happenings
    if not events:
        return
    yield Heading(tr("Changes, alarms and overrides"))
    columns = (
        Column(tr("Time"), 1.3),
        Column(tr("What"), 1.2),
        Column(tr("Recipe"), 1.2),
        Column(tr("Text"), 4.0),
        Column(tr("By"), 1.1),
    )
    rows = [
        (
            minute(event.at, zone),
            tr(HAPPENINGS[event.kind]),
            event.recipe or NOTHING,
            event.text,
            event.by or NOTHING,
        )
        for event in events
    ]
    yield from bounded_table(columns, rows, newest=True)


def _failed_or_newest(checks: Sequence[Golden]) -> list[Golden]:
    """Return every check that failed and the newest others, oldest first."""
    newest = set(range(len(checks))[-_CHECKS:])
    return [one for number, one in enumerate(checks) if number in newest or not one.check.passed]
