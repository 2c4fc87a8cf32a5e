"""Puts the facts into words and blocks, in the language in use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from itertools import groupby

from app.golden import wording as golden_wording
from app.i18n import language, tr, trn
from app.report import listing
from app.report.attention import what_stands_out
from app.report.charts import drift_chart, histogram_chart, pareto_chart, trend_chart
from app.report.document import (
    Block,
    Column,
    Document,
    Figure,
    Heading,
    Note,
    Signature,
    Table,
    Tile,
    Tiles,
)
from app.report.facts import Facts, Group
from app.report.wording import (
    HAPPENINGS,
    NOTHING,
    TITLES,
    clock,
    count,
    duration,
    interval,
    minute,
    moment,
    name,
    score,
    share,
)
from app.store.evidence import EvidenceStore

_ROWS = 40


def compose(
    facts: Facts, evidence: EvidenceStore | None = None, zone: tzinfo | None = None
) -> Document:
    """Return the report in the language in use.

    Args:
        facts: What it says.
        evidence: Where the thumbnails come from; None leaves them out.
        zone: Clock of the plant; None for this computer's.
    """
    return _Composer(facts, evidence, zone).document()


class _Composer:
    def __init__(self, facts: Facts, evidence: EvidenceStore | None, zone: tzinfo | None) -> None:
        self._facts, self._evidence, self._zone = facts, evidence, zone

    def document(self) -> Document:
        facts = self._facts
        title = tr(TITLES[facts.scope.kind])
        subject = self._subject()
        return Document(
            language=language(),
            title=title,
            subject=subject,
            facts=tuple(self._head()),
            blocks=tuple(self._blocks()),
            footer=f"{title}: {subject}",
            page=tr("page {page} of {pages}"),
        )

    def _subject(self) -> str:
        scope = self._facts.scope
        if scope.kind == "shift" and scope.day is not None:
            return tr("{shift}, {day}").format(shift=scope.name, day=scope.day.isoformat())
        if scope.kind == "time":
            ends = (scope.since or self._facts.first, scope.until or self._facts.last)
            return " … ".join(moment(end, self._zone) for end in ends)
        return name(scope.name)

    def _head(self) -> Iterator[tuple[str, str]]:
        facts = self._facts
        recipes = ", ".join(group.name for group in facts.recipes)
        ends = f"{moment(facts.first, self._zone)} … {moment(facts.last, self._zone)}"
        yield tr("Parts taken"), f"{ends}  ({clock(facts.made_at, self._zone)})"
        yield tr("Recipe"), recipes or facts.scope.query.recipe or NOTHING
        yield tr("Station"), ", ".join(facts.stations) or NOTHING
        made = minute(facts.made_at, self._zone)
        by = tr("{time} by {person}").format(time=made, person=facts.made_by or tr("(no name)"))
        yield tr("Report made"), f"{by}, AD-CLIP Station {facts.software}"

    def _blocks(self) -> Iterator[Block]:
        facts = self._facts
        yield self._tiles()
        if facts.is_empty:
            yield Note(tr("No part was judged here; there is nothing else to report."), "attention")
        yield from what_stands_out(facts, self._zone)
        if not facts.is_empty:
            yield from self._rates()
            yield from self._in_force()
            yield from self._pareto()
            yield from self._trend()
            yield from self._groups()
            yield from self._scores()
        yield from self._golden()
        yield from self._uptime()
        yield from self._happenings()
        yield from listing.blocks(facts, self._evidence, self._zone)
        yield Heading(tr("Signatures"))
        yield Signature((tr("Prepared by"), tr("Checked by"), tr("Released by")))

    def _tiles(self) -> Tiles:
        tally, rates = self._facts.tally, self._facts.rates[0].rates
        tiles = [
            Tile(tr("Parts"), count(tally.parts)),
            Tile(tr("OK"), count(tally.ok), tone="ok"),
            Tile(tr("NG"), count(tally.ng), share(tally.ng_share), "ng"),
            Tile(tr("REVIEW"), count(tally.review), tone="review"),
            Tile(tr("ERROR"), count(tally.error), tone="error"),
            Tile(tr("Yield"), share(tally.good_share)),
        ]
        for label, found in (
            (tr("False calls"), rates.false_call_rate),
            (tr("Escapes"), rates.escape_rate),
        ):
            detail = tr("not known") if found is None else f"95 %: {interval(found)}"
            tiles.append(Tile(label, share(None if found is None else found.value), detail))
        return Tiles(tuple(tiles))

    def _rates(self) -> Iterator[Block]:
        facts = self._facts
        yield Heading(tr("False calls and escapes"))
        columns = (
            Column(tr("Recipe"), 1.6),
            Column(tr("False-call rate"), 1.0, is_number=True),
            Column(tr("95 % interval"), 1.5, is_number=True),
            Column(tr("Escape rate"), 1.0, is_number=True),
            Column(tr("95 % interval"), 1.5, is_number=True),
            Column(tr("NG reviewed"), 1.2, is_number=True),
            Column(tr("Drawn OK reviewed"), 1.4, is_number=True),
        )
        rows = []
        for row in facts.rates:
            cells = [row.recipe or tr("all together")]
            for found in (row.rates.false_call_rate, row.rates.escape_rate):
                cells.append(share(None if found is None else found.value))
                cells.append(tr("not known") if found is None else interval(found))
            cells.append(f"{count(row.rates.ng.reviewed)} / {count(row.rates.ng.parts)}")
            cells.append(f"{count(row.rates.ok.reviewed)} / {count(row.rates.drawn)}")
            rows.append(tuple(cells))
        yield Table(columns, tuple(rows))
        yield Note(
            tr(
                "False-call rate: NG parts among the good parts. Escape rate: OK parts among the "
                "defective parts, estimated from the OK parts that were drawn for review. The "
                "intervals hold the truth with 95 % confidence; what nobody has reviewed makes "
                "them wider."
            ),
            "small",
        )

    def _in_force(self) -> Iterator[Block]:
        yield Heading(tr("Recipe versions, checkpoints and limits in force"))
        columns = (
            Column(tr("Recipe"), 1.5),
            Column(tr("Version"), 0.8, is_number=True),
            Column(tr("Checkpoint"), 2.0),
            Column(tr("NG from"), 0.8, is_number=True),
            Column(tr("REVIEW from"), 0.9, is_number=True),
            Column(tr("Parts"), 0.9, is_number=True),
            Column(tr("Saved by, reason"), 2.6),
        )
        rows = [
            (
                row.recipe,
                str(row.version),
                f"{row.checkpoint} {row.checkpoint_sha256[:12]}",
                score(row.limit_ng),
                score(row.limit_review),
                count(row.tally.parts),
                ": ".join(filter(None, (row.author, row.reason))) or NOTHING,
            )
            for row in self._facts.in_force
        ]
        yield from _table(columns, rows)

    def _pareto(self) -> Iterator[Block]:
        bars = self._facts.pareto
        yield Heading(tr("Kinds of defects"))
        if not bars:
            yield Note(tr("No defective part."), "fine")
            return
        yield Figure(pareto_chart(bars))
        yield Note(
            tr(
                "Parts that people found defective, and NG parts that nobody has decided on; "
                "named by people, else by the model."
            ),
            "small",
        )

    def _trend(self) -> Iterator[Block]:
        trend = self._facts.trend
        if trend is None:
            return
        yield Heading(tr("NG rate per hour") if trend.unit == "hour" else tr("NG rate per day"))
        yield Figure(trend_chart(trend, self._zone))
        yield Note(
            tr(
                "p-chart: between the dashed limits is what chance explains around the centre "
                "{centre}; points out of control are marked with a diamond."
            ).format(centre=share(trend.chart.centre)),
            "small",
        )

    def _groups(self) -> Iterator[Block]:
        facts = self._facts
        for title, groups in (
            (tr("Parts by recipe"), facts.recipes),
            (tr("Parts by lot"), facts.lots),
            (tr("Parts by shift"), facts.shifts),
        ):
            if len(groups) > 1:
                yield Heading(title)
                yield from _group_table(groups)

    def _scores(self) -> Iterator[Block]:
        if self._facts.histograms:
            yield Heading(tr("Scores"))
        for histogram in self._facts.histograms:
            yield Figure(histogram_chart(histogram))
        drifts = sorted(self._facts.drift, key=lambda drift: (drift.recipe, drift.checkpoint))
        if drifts:
            yield Heading(tr("Drift of the OK parts"))
        for _, own in groupby(drifts, lambda drift: (drift.recipe, drift.checkpoint)):
            yield Figure(drift_chart(list(own), self._zone))
        if drifts:
            yield Note(_band(any(drift.has_baseline for drift in drifts)), "small")

    def _golden(self) -> Iterator[Block]:
        yield Heading(tr("Golden samples"))
        if not self._facts.golden:
            yield Note(tr("No golden sample was judged in this time."), "attention")
            return
        columns = (
            Column(tr("Time"), 1.3),
            Column(tr("Recipe"), 1.4),
            Column(tr("Result"), 0.8),
            Column(tr("What was found"), 4.0),
            Column(tr("By"), 1.1),
        )
        rows = []
        for golden in self._facts.golden:
            passed = golden.check.passed
            text = golden_wording.sentence(golden.check)
            if golden.overridden_by:
                let = tr("Production was let go on by {person}.")
                text = f"{text} {let.format(person=golden.overridden_by)}"
            rows.append(
                (
                    minute(golden.check.at, self._zone),
                    golden.check.recipe,
                    tr("passed") if passed else tr("FAILED"),
                    text,
                    golden.by or NOTHING,
                )
            )
        yield from _table(columns, rows, newest=True)

    def _uptime(self) -> Iterator[Block]:
        found = self._facts.uptime
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
                minute(span.began, self._zone),
                tr("not over")
                if span.ended is None
                else duration((span.ended - span.began).total_seconds()),
                span.sentence,
                span.station,
            )
            for span in found.faults
        ]
        yield from _table(columns, rows, newest=True)

    def _happenings(self) -> Iterator[Block]:
        events = self._facts.happenings
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
                minute(event.at, self._zone),
                tr(HAPPENINGS[event.kind]),
                event.recipe or NOTHING,
                event.text,
                event.by or NOTHING,
            )
            for event in events
        ]
        yield from _table(columns, rows, newest=True)


def _band(has_baseline: bool) -> str:
    if has_baseline:
        return tr(
            "Means of the OK parts. The band is one standard deviation of single parts around "
            "the baseline; grey where there is no baseline, then around these parts' median."
        )
    return tr(
        "Means of the OK parts. There is no baseline: the band is one standard deviation of "
        "single parts around their own median."
    )


def _group_table(groups: tuple[Group, ...]) -> Iterator[Block]:
    columns = (
        Column(tr("Name"), 2.2),
        Column(tr("Parts"), 1.0, is_number=True),
        Column(tr("OK"), 1.0, is_number=True),
        Column(tr("NG"), 1.0, is_number=True),
        Column(tr("REVIEW"), 1.0, is_number=True),
        Column(tr("ERROR"), 1.0, is_number=True),
        Column(tr("Yield"), 1.0, is_number=True),
    )
    rows = [
        (
            name(group.name),
            count(group.tally.parts),
            count(group.tally.ok),
            count(group.tally.ng),
            count(group.tally.review),
            count(group.tally.error),
            share(group.tally.good_share),
        )
        for group in groups
    ]
    yield from _table(columns, rows, newest=True)


def _table(
    columns: tuple[Column, ...], rows: Sequence[tuple[str, ...]], newest: bool = False
) -> Iterator[Block]:
    """Yield a table of a bounded length, and how many rows are left out.

    Args:
        columns: Its columns.
        rows: In order of time if `newest`.
        newest: The last rows are the ones to keep.
    """
    left_out = max(0, len(rows) - _ROWS)
    yield Table(columns, tuple(rows[left_out:] if newest else rows[:_ROWS]))
    if left_out:
        text = trn(
            "{count} earlier row is left out.", "{count} earlier rows are left out.", left_out
        )
        yield Note(text.format(count=count(left_out)), "small")
