"""What became of the parts: sections of rates, limits, defects, groups and scores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from itertools import groupby

from app.i18n import tr
from app.report.bounded_table import bounded_table
from app.report.charts import drift_chart, histogram_chart, pareto_chart, trend_chart
from app.report.document import Block, Column, Figure, Heading, Note, Table
from app.report.facts import Facts, Group
from app.report.wording import NOTHING, count, interval, name, score, share


def rates(facts: Facts) -> Iterator[Block]:
    """Yield what is known of false calls and escapes."""
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


def in_force(facts: Facts) -> Iterator[Block]:
    """Yield the recipe versions, checkpoints and limits in force."""
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
        for row in facts.in_force
    ]
    yield from bounded_table(columns, rows)


def pareto(facts: Facts) -> Iterator[Block]:
    """Yield the kinds of defects."""
    bars = facts.pareto
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


def trend(facts: Facts, zone: tzinfo | None) -> Iterator[Block]:
    """Yield the NG rate over time."""
    trend = facts.trend
    if trend is None:
        return
    yield Heading(tr("NG rate per hour") if trend.unit == "hour" else tr("NG rate per day"))
    yield Figure(trend_chart(trend, zone))
    yield Note(
        tr(
            "p-chart: between the dashed limits is what chance explains around the centre "
            "{centre}; points out of control are marked with a diamond."
        ).format(centre=share(trend.chart.centre)),
        "small",
    )


def groups(facts: Facts) -> Iterator[Block]:
    """Yield the parts by recipe, lot and shift, where there are several."""
    for title, groups in (
        (tr("Parts by recipe"), facts.recipes),
        (tr("Parts by lot"), facts.lots),
        (tr("Parts by shift"), facts.shifts),
    ):
        if len(groups) > 1:
            yield Heading(title)
            yield from _group_table(groups)


def scores(facts: Facts, zone: tzinfo | None) -> Iterator[Block]:
    """Yield the scores, and how the OK parts drifted."""
    if facts.histograms:
        yield Heading(tr("Scores"))
    for histogram in facts.histograms:
        yield Figure(histogram_chart(histogram))
    drifts = sorted(facts.drift, key=lambda drift: (drift.recipe, drift.checkpoint))
    if drifts:
        yield Heading(tr("Drift of the OK parts"))
    for _, own in groupby(drifts, lambda drift: (drift.recipe, drift.checkpoint)):
        yield Figure(drift_chart(list(own), zone))
    if drifts:
        yield Note(_band(any(drift.has_baseline for drift in drifts)), "small")


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
    yield from bounded_table(columns, rows, newest=True)
