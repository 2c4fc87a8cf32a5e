"""Columns and counts of many records, without making a record of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    Text,
    cast,
    func,
    select,
    type_coerce,
)

from app.store.base import Query
from app.store.conditions import conditions, page
from app.store.connections import Connections
from app.store.schema import UtcTime, records

Column = npt.NDArray[Any]
_BATCH = 10_000
# Pseudo column -> its length in seconds, and how much of SQLite's text of a time tells it.
_SPANS = {"hour": (3600, len("2026-03-01 08")), "day": (86400, len("2026-03-01"))}


class Figures:
    """Reads records for charts and statistics. Every method may be called from any thread.

    Every method raises `StoreError` if the database fails, and `KeyError` for a name that is
    no column of the records.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def columns(self, query: Query, names: Sequence[str]) -> dict[str, Column]:
        """Return columns of the matching records, in the order of the id, the oldest first.

        Args:
            query: Which records; a `limit` above 0 takes that many in the query's order, 0 or
                less takes all.
            names: Columns of the table of records.

        Returns:
            (N,) each: numbers and flags float64 with NaN where there is none, `taken_utc`
            float64 seconds since 1970, all else objects (texts, None where there is none).
        """
        wanted = list(dict.fromkeys(names))
        shown = [self._read_as(name) for name in wanted]
        if query.limit > 0:
            # The page is in the order of the query; its ids tell the order that is wanted.
            shown, wanted = [*shown, records.c.id], [*wanted, "id"]
            chosen = page(query, *shown)
        else:
            chosen = select(*shown).where(*conditions(query)).order_by(records.c.id)
        collected = _Collected([_reader(name) for name in wanted])
        with self._connections.read() as connection:
            for rows in self._batches(connection, chosen):
                collected.add(rows)
        arrays = collected.arrays()
        if query.limit > 0:
            order = np.argsort(arrays[-1])
            arrays = [values[order] for values in arrays]
        found = dict(zip(wanted, arrays, strict=True))
        return {name: found[name] for name in names}

    def counts(self, query: Query, by: Sequence[str]) -> list[tuple[tuple[Any, ...], int]]:
        """Return how many matching records there are of each combination of values, in order.

        Args:
            query: Which records; order and page are of no account.
            by: Columns of the table of records, "hour" or "day": hours or days since 1970,
                UTC, int. Empty: one count of all.
        """
        keys = [self._key(name) for name in by]
        chosen = (
            select(func.count(), *keys)
            .select_from(records)
            .where(*conditions(replace(query, order="time")))
        )
        if keys:
            chosen = chosen.group_by(*keys)
        with self._connections.read() as connection:
            rows: list[Any] = [tuple(row) for row in connection.execute(chosen)]
        found = [
            (tuple(_of_span(name, row[i]) for i, name in enumerate(by, 1)), int(row[0]))
            for row in rows
        ]
        return sorted(found, key=lambda pair: [(part is not None, part) for part in pair[0]])

    def _batches(self, connection: Connection, chosen: Select[Any]) -> Iterator[Sequence[Any]]:
        is_plain = not any(isinstance(part.type, JSON) for part in chosen.selected_columns)
        if self._connections.is_sqlite and is_plain:
            # The driver's tuples as they are: an object of each row takes as long as reading it.
            with connection.execute(chosen) as result:
                cursor: Any = result.cursor
                while rows := cursor.fetchmany(_BATCH):
                    yield rows
            return
        with connection.execution_options(yield_per=_BATCH).execute(chosen) as result:
            yield from result.partitions()

    def _read_as(self, name: str) -> ColumnElement[Any]:
        column = records.c[name]
        if not isinstance(column.type, UtcTime):
            return column
        # A datetime object for each of a million rows would take most of the time.
        if self._connections.is_sqlite:
            return type_coerce(column, Text)
        return cast(func.extract("epoch", column), Double)

    def _key(self, name: str) -> ColumnElement[Any]:
        if name not in _SPANS:
            return records.c[name]
        seconds, length = _SPANS[name]
        taken = records.c.taken_utc
        if self._connections.is_sqlite:
            return func.substr(type_coerce(taken, Text), 1, length)
        return cast(func.floor(func.extract("epoch", taken) / seconds), Integer)


class _Collected:
    """Rows of a driver, kept as one array per column."""

    def __init__(self, readers: Sequence[Callable[[Sequence[Any]], Column]]) -> None:
        self._readers = readers
        self._parts: list[list[Column]] = [[read(())] for read in readers]

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take a batch of at least one row."""
        columns = zip(*rows, strict=True)
        for parts, read, values in zip(self._parts, self._readers, columns, strict=True):
            parts.append(read(values))

    def arrays(self) -> list[Column]:
        """Return the columns."""
        return [np.concatenate(parts) for parts in self._parts]


def _reader(name: str) -> Callable[[Sequence[Any]], Column]:
    kind = records.c[name].type
    if isinstance(kind, UtcTime):
        return _times
    if isinstance(kind, Integer | Double):
        return lambda values: np.array(values, np.float64)
    return _objects if isinstance(kind, JSON) else _texts()


def _times(values: Sequence[Any]) -> Column:
    if values and isinstance(values[0], str):
        # SQLite's text is UTC without saying so.
        return np.array(values, "datetime64[us]").astype(np.int64) / 1e6
    return np.array(values, np.float64)


def _texts() -> Callable[[Sequence[Any]], Column]:
    seen: dict[Any, Any] = {}

    def read(values: Sequence[Any]) -> Column:
        # A million lots are a few dozen different texts: one object each.
        return _objects([seen.setdefault(value, value) for value in values])

    return read


def _objects(values: Sequence[Any]) -> Column:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _of_span(name: str, value: Any) -> Any:
    if name not in _SPANS or not isinstance(value, str):
        return value
    start = np.datetime64(value.replace(" ", "T"), "s").astype(np.int64)
    return int(start) // _SPANS[name][0]
