"""Counts of a report: by verdict, lot, shift, recipe version, and over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from app.inspection.verdict import Verdict
from app.quality.control_charts import p_chart
from app.quality.pareto import Bar, pareto_of_counts
from app.quality.rates import estimate_rates
from app.report.facts import Group, InForce, NgTrend, RecipeRates, Tally
from app.report.scope import at_midnight
from app.store.base import Query
from app.store.database import Database

Counted = list[tuple[tuple[Any, ...], int]]
Rows = list[tuple[dict[str, Any], int]]

# All of them stand in one index of the records, so that the database reads nothing else.
_KEYS = (
    "recipe",
    "recipe_version",
    "checkpoint",
    "checkpoint_sha256",
    "lot",
    "shift",
    "hour",
    "verdict",
    "part",
    "sampled",
    "named",
    "reviewers",
)
_VERSION_KEYS = _KEYS[:4]
_JUDGED = (Verdict.OK, Verdict.NG, Verdict.REVIEW)
_HOURLY_UP_TO = timedelta(hours=60)


class Counting:
    """All counts of a scope, read in one pass over its records.

    Args:
        store: The records.
        query: Which of them.

    Raises:
        StoreError: The database fails.
    """

    def __init__(self, store: Database, query: Query) -> None:
        self._rows: Rows = [
            (dict(zip(_KEYS, values, strict=True)), count)
            for values, count in store.figures.counts(query, _KEYS)
        ]
        stations = store.figures.counts(query, ("station",))
        self.stations: tuple[str, ...] = tuple(str(name) for (name,), _ in stations)
        self._in_force = _in_force(store, query, self._rows)

    def total(self) -> Tally:
        """Return all parts."""
        return _tally((row["verdict"], count) for row, count in self._rows)

    def groups(self, key: str) -> tuple[Group, ...]:
        """Return the parts by a column, in order of its first hour."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row, count in sorted(self._rows, key=lambda pair: int(pair[0]["hour"])):
            found[str(row[key])].append((row["verdict"], count))
        return tuple(Group(name, _tally(counted)) for name, counted in found.items())

    def in_force(self) -> tuple[InForce, ...]:
        """Return the recipe versions with checkpoint and limits, as the records name them."""
        return self._in_force

    def rates(self) -> tuple[RecipeRates, ...]:
        """Return the estimates: of all parts, then of each recipe if there are several."""
        by_recipe: dict[str, Counted] = defaultdict(list)
        for row, count in self._rows:
            group = (row["verdict"], row["part"], bool(row["sampled"]))
            by_recipe[str(row["recipe"])].append((group, count))
        together = [group for groups in by_recipe.values() for group in groups]
        rows = [RecipeRates("", estimate_rates(together))]
        if len(by_recipe) > 1:
            rows += [RecipeRates(name, estimate_rates(by_recipe[name])) for name in by_recipe]
        return tuple(rows)

    def pareto(self) -> tuple[Bar, ...]:
        """Return the kinds of the defective parts.

        Defective is what people found defective, and NG parts that nobody has decided on.
        """
        names: list[tuple[str, int]] = []
        for row, count in self._rows:
            is_open = row["verdict"] == Verdict.NG.value and row["part"] is None
            if row["part"] == "defective" or is_open:
                names.append((str(row["named"]), count))
        return pareto_of_counts(names)

    def queue(self) -> tuple[int, int]:
        """Return the parts for review, and those of them with a standing review."""
        queued = reviewed = 0
        for row, count in self._rows:
            is_ok = row["verdict"] == Verdict.OK.value
            queued += count * bool(not is_ok or row["sampled"] or row["reviewers"])
            reviewed += count * bool(row["reviewers"])
        return queued, reviewed

    def trend(self, zone: tzinfo | None) -> NgTrend | None:
        """Return the NG parts over time: by hour up to two days and a half, else by day."""
        hours = sorted({int(row["hour"]) for row, _ in self._rows})
        if not hours:
            return None
        hourly = timedelta(hours=hours[-1] - hours[0]) <= _HOURLY_UP_TO
        counted: dict[datetime, list[tuple[str, int]]] = defaultdict(list)
        for row, count in self._rows:
            begin = datetime.fromtimestamp(int(row["hour"]) * 3600, UTC)
            if not hourly:
                begin = at_midnight(begin.astimezone(zone).date(), zone)
            counted[begin].append((row["verdict"], count))
        tallies = {begin: _tally(counted[begin]) for begin in sorted(counted)}
        ng = tuple(tally.ng for tally in tallies.values())
        totals = tuple(tally.parts for tally in tallies.values())
        unit = "hour" if hourly else "day"
        return NgTrend(unit, tuple(tallies), ng, totals, p_chart(ng, totals))


def _in_force(store: Database, query: Query, rows: Rows) -> tuple[InForce, ...]:
    """Return the recipe versions; the limits are those of the newest part that was judged."""
    counted: dict[tuple[Any, ...], list[tuple[str, int]]] = defaultdict(list)
    for row, count in rows:
        counted[tuple(row[name] for name in _VERSION_KEYS)].append((row["verdict"], count))
    history = {
        (name, saved.version): saved
        for name in sorted({str(key[0]) for key in counted})
        for saved in store.recipe_history(name)
    }
    found = []
    for key in sorted(counted):
        recipe, version, checkpoint, sha256 = key
        of = {"recipe": recipe, "recipe_version": version, "checkpoint_sha256": sha256}
        newest = store.find(replace(query, verdicts=_JUDGED, limit=1, **of))
        limits = newest[0].limits if newest else None
        saved = history.get((recipe, version))
        found.append(
            InForce(
                recipe=recipe,
                version=version,
                checkpoint=checkpoint,
                checkpoint_sha256=sha256,
                limit_ng=None if limits is None else limits.ng,
                limit_review=None if limits is None else limits.review,
                tally=_tally(counted[key]),
                author="" if saved is None else saved.author,
                reason="" if saved is None else saved.reason,
            )
        )
    return tuple(found)


def _tally(counted: Iterable[tuple[Any, int]]) -> Tally:
    found: dict[str, int] = defaultdict(int)
    for verdict, count in counted:
        found[str(verdict)] += count
    return Tally(found["OK"], found["NG"], found["REVIEW"], found["ERROR"])
