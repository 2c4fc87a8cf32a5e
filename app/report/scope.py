"""What a report covers: a lot, a shift of a day, a checkpoint, or a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from app.errors import UsageError
from app.i18n import tr
from app.store.base import Query
from app.store.database import Database

Kind = Literal["lot", "shift", "checkpoint", "time"]
Span = tuple[datetime, datetime]

_LONGEST_SHIFT = timedelta(hours=16)
_PAUSE = timedelta(hours=3)
_NAMES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report covers.

    Attributes:
        kind: What was chosen.
        name: Name of the lot, the shift or the checkpoint; "" for a time.
        query: Which records.
        day: Day of a shift, the day it began.
        since: Begin of the time that was asked for, timezone-aware; None if none was.
        until: Its end, exclusive.
    """

    kind: Kind
    name: str
    query: Query
    day: date | None = None
    since: datetime | None = None
    until: datetime | None = None


def of_lot(store: Database, lot: str, recipe: str | None = None) -> Scope:
    """Return the scope of a lot, of one recipe or of all.

    Raises:
        UsageError: No record is of that lot.
        StoreError: The database fails.
    """
    query = Query(lot=lot, recipe=recipe)
    if not _has_records(store, query):
        known = [str(name) for (name,), _ in store.figures.counts(Query(recipe=recipe), ("lot",))]
        text = tr("There is no lot {name!r}; known are: {known}.")
        raise UsageError(text.format(name=lot, known=_shown(known)))
    return Scope("lot", lot, query)


def of_checkpoint(store: Database, checkpoint: str, recipe: str | None = None) -> Scope:
    """Return the scope of a checkpoint, by its name or the first letters of its hash.

    Raises:
        UsageError: No record is of that checkpoint, or several checkpoints have that name.
        StoreError: The database fails.
    """
    everything = store.figures.counts(Query(recipe=recipe), ("checkpoint", "checkpoint_sha256"))
    pairs = [(str(name), str(sha256)) for (name, sha256), _ in everything]
    found = [pair for pair in pairs if pair[0] == checkpoint]
    if not found and checkpoint:
        found = [pair for pair in pairs if pair[1].startswith(checkpoint.lower())]
    if len(found) != 1:
        choice = [f"{name} {sha256[:12]}" for name, sha256 in found or pairs]
        if found:
            text = tr("Several checkpoints are called {name!r}: {known}; give the hash.")
        else:
            text = tr("There is no checkpoint {name!r} in the records; known are: {known}.")
        raise UsageError(text.format(name=checkpoint, known=_shown(choice)))
    name, sha256 = found[0]
    return Scope("checkpoint", name, Query(checkpoint_sha256=sha256, recipe=recipe))


def of_time(since: datetime | None, until: datetime | None, recipe: str | None = None) -> Scope:
    """Return the scope of a time; it may be empty.

    Args:
        since: At or after, timezone-aware; None from the first record.
        until: Before; None up to the last record.
        recipe: Of this recipe alone.

    Raises:
        UsageError: The time ends before it begins.
    """
    if since is not None and until is not None and until <= since:
        raise UsageError(tr("The time ends before it begins; exchange the two."))
    query = Query(since=since, until=until, recipe=recipe)
    return Scope("time", "", query, since=since, until=until)


def of_shift(
    store: Database,
    shift: str,
    day: date | None = None,
    recipe: str | None = None,
    zone: tzinfo | None = None,
) -> Scope:
    """Return the scope of one shift: its parts without a long pause, from the day it began on.

    A night shift that goes on after midnight belongs to the day before.

    Args:
        store: The records.
        shift: Name of the shift.
        day: Day on which it began, by the clock of the plant; None for the newest one.
        recipe: Of this recipe alone.
        zone: Clock of the plant; None for this computer's.

    Raises:
        UsageError: No record is of that shift on that day.
        StoreError: The database fails.
    """
    if day is None:
        day = _newest_day(store, Query(shift=shift, recipe=recipe), zone)
    midnight = at_midnight(day, zone)
    end = at_midnight(day + timedelta(days=1), zone)
    around = Query(
        shift=shift, since=midnight - _LONGEST_SHIFT, until=end + _LONGEST_SHIFT, recipe=recipe
    )
    hours = [hour for (hour,), _ in store.figures.counts(around, ("hour",))]
    found = _span_of(_runs(hours), midnight, end)
    if found is None:
        text = tr("There is no part of shift {name!r} that began on {day}.")
        raise UsageError(text.format(name=shift, day=day.isoformat()))
    since, until = found
    query = replace(around, since=since, until=until)
    return Scope("shift", shift, query, day, since, until)


def _span_of(runs: Sequence[Span], midnight: datetime, end: datetime) -> Span | None:
    """Return begin and end of the shift among the runs of its name; None if it did not begin."""
    if any(b - a > _LONGEST_SHIFT and a < end and b > midnight for a, b in runs):
        # One name for the whole day round: then the calendar divides.
        return midnight, end
    own = [run for run in runs if midnight <= run[0] < end]
    return (own[0][0], own[-1][1]) if own else None


def at_midnight(day: date, zone: tzinfo | None = None) -> datetime:
    """Return the begin of a day by the clock of the plant (None: of this computer), in UTC."""
    midnight = datetime.combine(day, time())
    return (midnight.astimezone() if zone is None else midnight.replace(tzinfo=zone)).astimezone(
        UTC
    )


def _newest_day(store: Database, query: Query, zone: tzinfo | None) -> date:
    """Return the day on which the newest shift of that name began.

    Raises:
        UsageError: No record is of that shift.
    """
    newest = store.find(replace(query, limit=1))
    if not newest:
        known = [str(name) for (name,), _ in store.figures.counts(Query(), ("shift",))]
        text = tr("There is no shift {name!r}; known are: {known}.")
        raise UsageError(text.format(name=query.shift, known=_shown(known)))
    taken = newest[0].taken_utc
    around = replace(query, since=taken - _LONGEST_SHIFT)
    hours = [hour for (hour,), _ in store.figures.counts(around, ("hour",))]
    begin, end = _runs(hours)[-1]
    return (taken if end - begin >= _LONGEST_SHIFT else begin).astimezone(zone).date()


def _runs(hours: Sequence[int]) -> list[Span]:
    """Return (begin, end) of each row of hours with parts that no long pause breaks."""
    runs: list[Span] = []
    for number in hours:
        begin = datetime.fromtimestamp(number * 3600, UTC)
        end = begin + timedelta(hours=1)
        if runs and begin - runs[-1][1] <= _PAUSE:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((begin, end))
    return runs


def _has_records(store: Database, query: Query) -> bool:
    return bool(store.find(replace(query, limit=1)))


def _shown(names: Sequence[str]) -> str:
    """Return the newest names as a list in words, and how many more there are."""
    if not names:
        return tr("none")
    shown = ", ".join(repr(name) for name in names[-_NAMES_SHOWN:])
    return shown if len(names) <= _NAMES_SHOWN else f"{shown} ... ({len(names)})"
