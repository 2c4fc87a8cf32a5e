"""Gathers the facts of a report from the store."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from app import VERSION
from app.golden.details import from_details
from app.inspection.event import Event, EventKind
from app.inspection.review import standing
from app.inspection.verdict import Verdict
from app.quality.uptime import Uptime, uptime
from app.report.counting import Counting
from app.report.facts import Facts, Golden, ListedPart, PartList
from app.report.measuring import Measuring
from app.report.scope import Scope
from app.store.base import Query
from app.store.database import Database

NG_SHOWN = 60
_FEW_SHOWN = 20
_EVENTS = 100_000
# The golden samples are judged and the line is started before the first part comes.
_LEAD = timedelta(minutes=15)
_TOLD = ("recipe", "checkpoint", "limits", "alarm", "override", "retention")
_STATES: tuple[EventKind, ...] = ("started", "paused", "stopped")


def gather(
    store: Database,
    scope: Scope,
    made_by: str = "",
    *,
    now: datetime | None = None,
    zone: tzinfo | None = None,
    ng_shown: int = NG_SHOWN,
) -> Facts:
    """Return what there is to say of a scope. Takes seconds for a million records.

    Args:
        store: Records, reviews, events.
        scope: What the report covers; without parts the facts are empty, not an error.
        made_by: Who makes the report.
        now: Moment of making, timezone-aware; None for the clock's.
        zone: Clock of the plant, for days; None for this computer's.
        ng_shown: At most so many NG parts are listed.

    Raises:
        StoreError: The database fails.
    """
    made_at = now or datetime.now(UTC)
    query = scope.query
    # Side by side: the database counts while columns are read.
    with ThreadPoolExecutor(1) as beside:
        measured = beside.submit(Measuring, store, query)
        counting = Counting(store, query)
    in_force = counting.in_force()
    histograms, drift = measured.result().charts(in_force)
    queued, reviewed = counting.queue()
    tally = counting.total()
    first, last = _ends(store, query)
    told = _Told(store, scope, counting, first, last, made_at)
    return Facts(
        scope=scope,
        made_at=made_at,
        made_by=made_by,
        software=VERSION,
        stations=counting.stations,
        first=first,
        last=last,
        tally=tally,
        queued=queued,
        reviewed=reviewed,
        in_force=in_force,
        recipes=counting.groups("recipe"),
        lots=counting.groups("lot"),
        shifts=counting.groups("shift"),
        rates=counting.rates(),
        pareto=counting.pareto(),
        trend=counting.trend(zone),
        histograms=histograms,
        drift=drift,
        golden=told.golden(),
        uptime=told.uptime(),
        happenings=told.happenings(),
        ng=_listed(store, replace(query, verdicts=(Verdict.NG,)), tally.ng, ng_shown),
        escapes=_found_later(store, query),
        errors=_listed(store, replace(query, verdicts=(Verdict.ERROR,)), tally.error, _FEW_SHOWN),
    )


class _Told:
    """What the events say of the time and the stations of a scope."""

    def __init__(
        self,
        store: Database,
        scope: Scope,
        counting: Counting,
        first: datetime | None,
        last: datetime | None,
        now: datetime,
    ) -> None:
        self._recipes = {group.name for group in counting.groups("recipe")}
        self._stations = set(counting.stations)
        since = scope.since if scope.kind == "time" else None
        until = scope.until if scope.kind == "time" else None
        self.since = since or (first - _LEAD if first else None)
        self.begin = since or first
        end = until or last
        self.until = min(end, now) if end else None
        self._events: list[Event] = []
        if self.since is not None and self.until is not None and self.since < self.until:
            found = store.events.find(self.since, self.until, limit=_EVENTS)
            self._events = [event for event in reversed(found) if self._is_ours(event)]
            self._before = _before(store, self.since, sorted(self._stations))

    def _is_ours(self, event: Event) -> bool:
        return not self._stations or event.station in self._stations

    def golden(self) -> tuple[Golden, ...]:
        """Return the golden checks of the recipes in the scope, with their overrides."""
        found: list[Golden] = []
        for event in self._events:
            if self._recipes and event.recipe not in self._recipes:
                continue
            if event.kind == "golden":
                done = from_details(event.recipe, event.at, event.details)
                found.append(Golden(done, event.by))
            elif event.kind == "override" and found and not found[-1].check.passed:
                found[-1] = replace(found[-1], overridden_by=event.by or event.text)
        return tuple(found)

    def uptime(self) -> Uptime | None:
        """Return running and standing between the first and the last part."""
        if self.begin is None or self.until is None or self.begin >= self.until:
            return None
        if not self._events:
            return None
        return uptime([*self._before, *self._events], self.begin, self.until)

    def happenings(self) -> tuple[Event, ...]:
        """Return changes, alarms and overrides, oldest first; a return to what was is none."""
        told: list[Event] = []
        known: dict[tuple[str, str], object] = {}
        for event in self._events:
            if event.kind in ("recipe", "checkpoint"):
                # Told at every start of the program and at every return to a product too.
                key = (event.kind, event.recipe)
                same = known.get(key) == dict(event.details)
                known[key] = dict(event.details)
                if same:
                    continue
            if event.kind in _TOLD:
                told.append(event)
        return tuple(told)


def _before(store: Database, since: datetime, stations: Sequence[str]) -> list[Event]:
    """Return the last start or stop of each station before a time."""
    return [
        event
        for station in stations
        for event in store.events.find(None, since, _STATES, station, limit=1)
    ]


def _ends(store: Database, query: Query) -> tuple[datetime | None, datetime | None]:
    ends = []
    for newest_first in (False, True):
        found = store.find(replace(query, newest_first=newest_first, limit=1))
        ends.append(found[0].taken_utc if found else None)
    return ends[0], ends[1]


def _listed(store: Database, query: Query, count: int, most: int) -> PartList:
    if count == 0:
        return PartList()
    found = store.find(replace(query, limit=most))
    parts = [ListedPart(record, standing(store.reviews(record.id))) for record in found]
    return PartList(tuple(parts), count)


def _found_later(store: Database, query: Query) -> PartList:
    """Return the escapes: called OK by the machine, found defective by people."""
    escaped = replace(query, verdicts=(Verdict.OK,), part="defective")
    count = sum(store.count(escaped).values())
    return _listed(store, escaped, count, _FEW_SHOWN)
