"""What the health screen shows, read and computed on pool threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from app.errors import UsageError
from app.i18n import tr
from app.quality.baseline import FIGURES, LEAST_PARTS, Baseline
from app.quality.control_charts import PChart, p_chart, share_in_control
from app.quality.drift import DriftChart, drift_chart
from app.quality.groups import Group, by_lot, by_shift
from app.quality.pareto import Bar, pareto
from app.quality.thinning import Bins, thin
from app.station import recipe_baseline
from app.station.recipe_baseline import FULL_PARTS, Key
from app.store.base import Query
from app.ui.qa_desk import QaDesk

Floats = npt.NDArray[np.float64]

_USUAL_DAYS = 90
"""The NG rate of lots and shifts is compared with that of so many days."""

_COLUMNS = (*recipe_baseline.COLUMNS, "lot", "shift", "named", "part")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        recipe: Name; "" for the one in use, else the one with the most parts.
        days: So many days back from now; None for all time.
        checkpoint_sha256: Of this checkpoint; None for the one used last.
    """

    recipe: str = ""
    days: int | None = 7
    checkpoint_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """A checkpoint that judged parts of the recipe in this time."""

    name: str
    sha256: str
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """One figure over time.

    Attributes:
        figure: One of `FIGURES`.
        bins: The measurements, thinned.
        level: The moving average, thinned; its range is what is drawn.
        chart: Limits and alarms; None without a baseline.
        baseline: (first, last) of the baseline's parts, epoch seconds; None without one.
    """

    figure: str
    bins: Bins
    level: Bins | None = None
    chart: DriftChart | None = None
    baseline: tuple[float, float] | None = None

    @property
    def stands(self) -> bool:
        """True if the newest alarm is not over."""
        chart = self.chart
        return chart is not None and bool(chart.ends) and chart.ends[-1] == len(chart.levels)


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """The NG rate of groups of parts with its chart.

    Attributes:
        groups: In order of time.
        chart: Their shares; the middle is that of the lots of a longer time.
        lots: So many lots the middle is of.
    """

    groups: tuple[Group, ...]
    chart: PChart
    lots: int


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What was found.

    Attributes:
        request: What was asked, with recipe and checkpoint filled in.
        recipes: Recipes that parts were judged with.
        checkpoints: Those that judged the recipe's parts, the last one used first.
        key: What a baseline belongs to; None without parts.
        baseline: The stored one, else that of the first parts shown; None of too few.
        is_stored: The baseline is the stored one.
        taken: (N,) when each part of that region was taken, epoch seconds.
        trends: The figures that were measured, by name.
        by_lot: NG rate of the lots.
        by_shift: NG rate of the shifts.
        kinds: Pareto of the kinds of defects.
        message: What to do where nothing can be shown (translated), "" else.
    """

    request: Request
    recipes: tuple[str, ...]
    checkpoints: tuple[JudgedBy, ...] = ()
    key: Key | None = None
    baseline: Baseline | None = None
    is_stored: bool = False
    taken: Floats | None = None
    trends: Mapping[str, Trend] | None = None
    by_lot: Shares | None = None
    by_shift: Shares | None = None
    kinds: tuple[Bar, ...] = ()
    message: str = ""


def load(desk: QaDesk, request: Request) -> Loaded:
    """Read and chart everything for a request; blocks.

    Raises:
        StoreError: The database fails.
    """
    counts = {str(key[0]): count for key, count in desk.store.figures.counts(Query(), ("recipe",))}
    names = tuple(sorted(counts))
    if not names:
        text = tr("No part has been judged yet. Charts appear as soon as the line runs.")
        return Loaded(request, (), message=text)
    recipe = _recipe(desk, request.recipe, counts)
    since = None if request.days is None else datetime.now(UTC) - timedelta(days=request.days)
    query = Query(recipe=recipe, since=since, limit=0)
    known = _checkpoints(desk, query)
    asked = Request(recipe, request.days)
    if not known:
        text = tr("No part of this recipe was judged in this time; choose a longer time.")
        return Loaded(asked, names, message=text)
    wanted = request.checkpoint_sha256
    chosen = wanted if wanted in {one.sha256 for one in known} else known[0].sha256
    query = replace(query, checkpoint_sha256=chosen)
    columns = recipe_baseline.in_time_order(desk.store.figures.columns(query, _COLUMNS))
    region = columns["region_of_interest"][-1]
    key = Key(recipe, chosen, None if region is None else (*region,))
    parts = recipe_baseline.of_region(columns, key.region_of_interest)
    judged = columns["verdict"], columns["taken_utc"]
    usual = _usual_share(desk, query)
    stored = recipe_baseline.stored(desk.store, key)
    baseline = stored or _stand_in(parts, key)
    below = None if baseline is None else baseline.score_below
    return Loaded(
        request=Request(recipe, request.days, chosen),
        recipes=names,
        checkpoints=known,
        key=key,
        baseline=baseline,
        is_stored=stored is not None,
        taken=parts["taken_utc"],
        trends=_trends(recipe_baseline.watched(parts, below), baseline),
        by_lot=_shares(by_lot(columns["lot"], *judged), *usual),
        by_shift=_shares(by_shift(columns["shift"], *judged), *usual),
        kinds=pareto(_kinds(columns)),
    )


def choose_baseline(desk: QaDesk, key: Key, since: float, until: float, by: str) -> Baseline:
    """Make the parts of a span the baseline of a recipe; blocks.

    Args:
        desk: Its store takes the baseline.
        key: Recipe, checkpoint and region.
        since: From, epoch seconds.
        until: Up to and with, epoch seconds.
        by: Who chose it.

    Raises:
        UsageError: Too few parts were measured in this span.
        StoreError: The database fails.
    """
    query = Query(
        recipe=key.recipe,
        checkpoint_sha256=key.checkpoint_sha256,
        since=datetime.fromtimestamp(since, UTC),
        until=datetime.fromtimestamp(until, UTC) + timedelta(milliseconds=1),
        limit=0,
    )
    found = desk.store.figures.columns(query, recipe_baseline.COLUMNS)
    columns = recipe_baseline.in_time_order(found)
    columns = recipe_baseline.of_region(columns, key.region_of_interest)
    made = recipe_baseline.baseline_of(columns, key, by)
    if made is None:
        text = tr("A baseline needs {least} measured parts; this span has {parts}.")
        raise UsageError(text.format(least=LEAST_PARTS, parts=len(columns["taken_utc"])))
    recipe_baseline.keep(desk.store, made)
    return made


def span_of_newest(taken: Floats, parts: int = FULL_PARTS) -> tuple[float, float]:
    """Return the times of the first and last of the newest parts."""
    return float(taken[max(0, len(taken) - parts)]), float(taken[-1])


def _recipe(desk: QaDesk, wanted: str, counts: Mapping[str, int]) -> str:
    in_use = desk.keeper.settings.recipe
    for name in (wanted, in_use):
        if name in counts:
            return name
    return max(counts, key=lambda name: counts[name])


def _checkpoints(desk: QaDesk, query: Query) -> tuple[JudgedBy, ...]:
    """Return who judged, the one used last first; a part that none judged has no hash."""
    by = ("checkpoint_sha256", "checkpoint", "hour")
    last: dict[str, tuple[int, str]] = {}
    total: dict[str, int] = {}
    for (sha256, name, hour), count in desk.store.figures.counts(query, by):
        if sha256:
            last[sha256] = max(last.get(sha256, (0, "")), (int(hour), str(name)))
            total[sha256] = total.get(sha256, 0) + count
    ordered = sorted(last, key=lambda one: last[one], reverse=True)
    return tuple(JudgedBy(last[one][1], one, total[one]) for one in ordered)


def _stand_in(parts: Mapping[str, Any], key: Key) -> Baseline | None:
    """Return the first parts shown as a baseline: better than a chart without limits."""
    first = {name: values[:FULL_PARTS] for name, values in parts.items()}
    return recipe_baseline.baseline_of(first, key)


def _trends(found: Mapping[str, Floats], baseline: Baseline | None) -> dict[str, Trend]:
    taken = found["taken_utc"]
    span = None if baseline is None else (baseline.first, baseline.last)
    trends: dict[str, Trend] = {}
    for name in FIGURES:
        known = np.isfinite(found[name])
        if not known.any():
            continue
        bins = thin(taken[known], found[name][known])
        figure = baseline.figures.get(name) if baseline else None
        if figure is None:
            trends[name] = Trend(name, bins)
            continue
        chart = drift_chart(name, figure, found[name], taken)
        level = thin(taken[chart.index], chart.levels, spans=1000)
        trends[name] = Trend(name, bins, level, chart, span)
    return trends


def _shares(groups: tuple[Group, ...], usual: float, lots: int) -> Shares:
    chart = p_chart([one.ng for one in groups], [one.total for one in groups], usual)
    return Shares(groups, chart, lots)


def _usual_share(desk: QaDesk, query: Query) -> tuple[float, int]:
    """Return the NG rate in control and the number of lots behind it, of 90 days or more."""
    back = datetime.now(UTC) - timedelta(days=_USUAL_DAYS)
    since = None if query.since is None else min(query.since, back)
    found: dict[str, list[int]] = {}
    for (lot, verdict), count in desk.store.figures.counts(
        replace(query, since=since), ("lot", "verdict")
    ):
        if verdict != "ERROR":
            known = found.setdefault(str(lot), [0, 0])
            known[0] += count if verdict == "NG" else 0
            known[1] += count
    share = share_in_control([one[0] for one in found.values()], [one[1] for one in found.values()])
    return share, len(found)


def _kinds(columns: Mapping[str, Any]) -> list[str]:
    """Return the kind of each defective part: called NG or REVIEW unless a person says good."""
    verdict, part, named = columns["verdict"], columns["part"], columns["named"]
    called = ((verdict == "NG") | (verdict == "REVIEW")) & (part != "good")
    return [str(name) for name in named[called | (part == "defective")]]
