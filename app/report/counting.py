"""Counts of a report: by verdict, lot, shift, recipe version, and over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from app.quality.control_charts import p_chart
from app.quality.pareto import Bar, pareto_of_counts
from app.quality.rates import estimate_rates
from app.report.facts import Group, InForce, NgTrend, RecipeRates, Tally
from app.report.scope import at_midnight
from app.store.base import Query
from app.store.database import Database

Counted = list[tuple[tuple[Any, ...], int]]

_KEYS = (
    "recipe",
    "recipe_version",
    "checkpoint",
    "checkpoint_sha256",
    "limit_ng",
    "limit_review",
    "station",
    "lot",
    "shift",
    "hour",
    "verdict",
)
_JUDGED_KEYS = ("recipe", "verdict", "part", "sampled", "named", "reviewers", "queued")
_HOURLY_UP_TO = timedelta(hours=60)


class Counting:
    """All counts of a scope, read in two passes over its records.

    Args:
        store: The records.
        query: Which of them.

    Raises:
        StoreError: The database fails.
    """

    def __init__(self, store: Database, query: Query) -> None:
        self._where = [
            (dict(zip(_KEYS, values, strict=True)), count)
            for values, count in store.figures.counts(query, _KEYS)
        ]
        self._reviewed: Counted = store.figures.counts(query, _JUDGED_KEYS)
        self._history = {
            (name, saved.version): saved
            for name in sorted({str(row["recipe"]) for row, _ in self._where})
            for saved in store.recipe_history(name)
        }

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the stations."""
        return tuple(sorted({str(row["station"]) for row, _ in self._where}))

    def total(self) -> Tally:
        """Return all parts."""
        return _tally((row["verdict"], count) for row, count in self._where)

    def groups(self, key: str) -> tuple[Group, ...]:
        """Return the parts by a column, in order of its first hour."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row, count in sorted(self._where, key=lambda pair: int(pair[0]["hour"])):
            found[str(row[key])].append((row["verdict"], count))
        return tuple(Group(name, _tally(counted)) for name, counted in found.items())

    def in_force(self) -> tuple[InForce, ...]:
        """Return the recipe versions with checkpoint and limits, as the records name them."""
        found: dict[tuple[Any, ...], list[tuple[str, int]]] = defaultdict(list)
        for row, count in self._where:
            key = tuple(row[name] for name in _KEYS[:6])
            found[key].append((row["verdict"], count))
        rows = []
        for key, counted in found.items():
            saved = self._history.get((key[0], key[1]))
            author, reason = ("", "") if saved is None else (saved.author, saved.reason)
            rows.append(
                InForce(
                    recipe=key[0],
                    version=key[1],
                    checkpoint=key[2],
                    checkpoint_sha256=key[3],
                    limit_ng=key[4],
                    limit_review=key[5],
                    tally=_tally(counted),
                    author=author,
                    reason=reason,
                )
            )
        return tuple(sorted(rows, key=lambda row: (row.recipe, row.version, row.checkpoint)))

    def rates(self) -> tuple[RecipeRates, ...]:
        """Return the estimates: of all parts, then of each recipe if there are several."""
        by_recipe: dict[str, Counted] = defaultdict(list)
        for (recipe, verdict, part, sampled, *_), count in self._reviewed:
            by_recipe[str(recipe)].append(((verdict, part, bool(sampled)), count))
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
        for (_, verdict, part, _, named, *_), count in self._reviewed:
            if part == "defective" or (verdict == "NG" and part is None):
                names.append((str(named), count))
        return pareto_of_counts(names)

    def queue(self) -> tuple[int, int]:
        """Return the parts for review, and those of them with a standing review."""
        queued = reviewed = 0
        for (*_, reviewers, is_queued), count in self._reviewed:
            queued += count * bool(is_queued)
            reviewed += count * bool(is_queued and reviewers)
        return queued, reviewed

    def trend(self, zone: tzinfo | None) -> NgTrend | None:
        """Return the NG parts over time: by hour up to two days and a half, else by day."""
        hours = sorted({int(row["hour"]) for row, _ in self._where})
        if not hours:
            return None
        hourly = timedelta(hours=hours[-1] - hours[0]) <= _HOURLY_UP_TO
        counted: dict[datetime, list[tuple[str, int]]] = defaultdict(list)
        for row, count in self._where:
            begin = datetime.fromtimestamp(int(row["hour"]) * 3600, UTC)
            if not hourly:
                begin = at_midnight(begin.astimezone(zone).date(), zone)
            counted[begin].append((row["verdict"], count))
        tallies = {begin: _tally(counted[begin]) for begin in sorted(counted)}
        ng = tuple(tally.ng for tally in tallies.values())
        totals = tuple(tally.parts for tally in tallies.values())
        unit = "hour" if hourly else "day"
        return NgTrend(unit, tuple(tallies), ng, totals, p_chart(ng, totals))


def _tally(counted: Iterable[tuple[Any, int]]) -> Tally:
    found: dict[str, int] = defaultdict(int)
    for verdict, count in counted:
        found[str(verdict)] += count
    return Tally(found["OK"], found["NG"], found["REVIEW"], found["ERROR"])


def biggest(groups: Sequence[InForce]) -> list[tuple[str, str, str]]:
    """Return (recipe, checkpoint, hash) of the checkpoints, the one with most parts first."""
    parts: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in groups:
        parts[(row.recipe, row.checkpoint, row.checkpoint_sha256)] += row.tally.parts
    return sorted(parts, key=lambda key: (-parts[key], key))
