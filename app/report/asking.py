"""What a person asks a report for, and what there is to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.report.scope import Kind, Scope, of_checkpoint, of_lot, of_shift, of_time
from app.store.base import Query
from app.store.database import Database

_LOOK_BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish for a report.

    Attributes:
        kind: What it covers.
        name: Lot, shift, or name or hash of a checkpoint.
        day: Day on which the shift began; None for the newest.
        since: Begin of a period, timezone-aware; None from the first record.
        until: Its end, exclusive.
        recipe: Of this recipe alone; None for all.
    """

    kind: Kind
    name: str = ""
    day: date | None = None
    since: datetime | None = None
    until: datetime | None = None
    recipe: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the records of the last 90 days offer, the newest first.

    Attributes:
        lots: Names of lots.
        shifts: Names of shifts, in order of the alphabet.
        checkpoints: (name, hash).
        recipes: Names of recipes, in order of the alphabet.
        newest: Capture time of the newest record; None if there are no records at all.
    """

    lots: tuple[str, ...]
    shifts: tuple[str, ...]
    checkpoints: tuple[tuple[str, str], ...]
    recipes: tuple[str, ...]
    newest: datetime | None


def choices(store: Database) -> Choices:
    """Return what can be reported on. Takes a second for a million records.

    Raises:
        StoreError: The database fails.
    """
    newest = store.find(Query(limit=1))
    if not newest:
        return Choices((), (), (), (), None)
    taken = newest[0].taken_utc
    keys = ("lot", "shift", "checkpoint", "checkpoint_sha256", "recipe", "day")
    found = store.figures.counts(Query(since=taken - _LOOK_BACK), keys)
    rows = sorted((values for values, _ in found), key=_newest_first, reverse=True)
    return Choices(
        lots=tuple(dict.fromkeys(str(row[0]) for row in rows)),
        shifts=tuple(sorted({str(row[1]) for row in rows})),
        checkpoints=tuple(dict.fromkeys((str(row[2]), str(row[3])) for row in rows)),
        recipes=tuple(sorted({str(row[4]) for row in rows})),
        newest=taken,
    )


def _newest_first(values: tuple[Any, ...]) -> tuple[int, str]:
    return int(values[5]), str(values[0])


def scope_of(store: Database, ask: Ask) -> Scope:
    """Return the scope that was asked for.

    Raises:
        UsageError: There is nothing of that name, or the time ends before it begins.
        StoreError: The database fails.
    """
    if ask.kind == "lot":
        return of_lot(store, ask.name, ask.recipe)
    if ask.kind == "shift":
        return of_shift(store, ask.name, ask.day, ask.recipe)
    if ask.kind == "checkpoint":
        return of_checkpoint(store, ask.name, ask.recipe)
    return of_time(ask.since, ask.until, ask.recipe)
