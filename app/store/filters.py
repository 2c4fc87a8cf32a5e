"""Filters of the review list that people gave a name, in the store."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select

from app import log
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.connections import Connections
from app.store.schema import saved_filters

# Where a list was read to is no part of the filter.
_PAGE = ("after_id", "after_score", "limit")


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A query with a name.

    Attributes:
        name: Unique.
        query: What is looked for; place and length of the page are not kept.
        saved_by: Who.
        period: A time that goes with the clock ("today"), a word of the list's own; "" if the
            times of the query hold.
    """

    name: str
    query: Query
    saved_by: str = ""
    period: str = ""


class FilterTable:
    """Saves, lists and removes filters. Every method may be called from any thread.

    Every method raises `StoreError` if the database fails.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def save(self, saved: SavedFilter) -> None:
        """Commit a filter; one of the same name is replaced."""
        row = {
            "name": saved.name,
            "document": to_json(saved.query, saved.period),
            "saved_by": saved.saved_by,
            "saved_utc": datetime.now(UTC),
        }
        with self._connections.write() as connection:
            connection.execute(delete(saved_filters).where(saved_filters.c.name == saved.name))
            connection.execute(insert(saved_filters).values(row))

    def all(self) -> list[SavedFilter]:
        """Return all filters by name; one that this program cannot read is left out and logged."""
        with self._connections.read() as connection:
            rows = connection.execute(select(saved_filters)).all()
        found: list[SavedFilter] = []
        for row in rows:
            try:
                query, period = from_json(row.document)
                found.append(SavedFilter(row.name, query, row.saved_by, period))
            except ValueError as error:
                log.store.warning("the filter %s cannot be used: %s", row.name, error)
        return sorted(found, key=lambda saved: saved.name)

    def remove(self, name: str) -> None:
        """Commit that a filter is gone; an unknown name is skipped."""
        with self._connections.write() as connection:
            connection.execute(delete(saved_filters).where(saved_filters.c.name == name))


def to_json(query: Query, period: str = "") -> str:
    """Return the fields of a query that differ from their defaults, as a JSON object."""
    values: dict[str, Any] = {"period": period} if period else {}
    for field in fields(Query):
        value = getattr(query, field.name)
        if field.name not in _PAGE and value != field.default:
            values[field.name] = _plain(value)
    return json.dumps(values, ensure_ascii=False)


def from_json(document: str) -> tuple[Query, str]:
    """Return query and period of a document.

    Raises:
        ValueError: It is damaged, or of a newer program: a filter that is understood in part
            would show more than it says.
    """
    values = json.loads(document)
    if not isinstance(values, dict):
        raise ValueError("it is not a JSON object")
    period = values.pop("period", "")
    unknown = values.keys() - {field.name for field in fields(Query)}
    if unknown:
        raise ValueError(f"it has unknown fields {sorted(unknown)}")
    try:
        query = Query(**{name: _parsed(name, value) for name, value in values.items()})
    except TypeError as error:
        raise ValueError(str(error)) from error
    return query, str(period)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Verdict):
        return value.value
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _parsed(name: str, value: Any) -> Any:
    if name in ("since", "until"):
        return datetime.fromisoformat(value)
    if name == "verdicts":
        return tuple(Verdict(part) for part in value)
    return tuple(value) if name == "findings" else value
