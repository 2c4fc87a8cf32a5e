"""Happenings of the stations, in the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from app.inspection.event import Event, EventKind
from app.store.connections import Connections
from app.store.schema import events


class EventTable:
    """Adds and finds events. Every method may be called from any thread.

    Every method raises `StoreError` if the database fails.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, event: Event) -> None:
        """Commit one event; the id must be new."""
        row = {
            "id": event.id,
            "at": event.at,
            "kind": event.kind,
            "station": event.station,
            "recipe": event.recipe,
            "by": event.by,
            "text": event.text,
            "details": dict(event.details),
        }
        with self._connections.write() as connection:
            connection.execute(insert(events).values(row))

    def find(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        kinds: Sequence[EventKind] = (),
        station: str | None = None,
        limit: int = 1000,
    ) -> list[Event]:
        """Return events, the newest first.

        Args:
            since: At or after, timezone-aware; None from the beginning.
            until: Before, timezone-aware; None to the end.
            kinds: Any of these; empty for all.
            station: Of this station alone; None for all.
            limit: At most this many.
        """
        chosen = select(events)
        if since is not None:
            chosen = chosen.where(events.c.at >= since)
        if until is not None:
            chosen = chosen.where(events.c.at < until)
        if kinds:
            chosen = chosen.where(events.c.kind.in_(kinds))
        if station is not None:
            chosen = chosen.where(events.c.station == station)
        newest = chosen.order_by(events.c.at.desc(), events.c.id.desc()).limit(max(0, limit))
        with self._connections.read() as connection:
            return [_from_row(row) for row in connection.execute(newest).mappings()]


def _from_row(row: Any) -> Event:
    return Event(
        at=row["at"],
        kind=row["kind"],
        station=row["station"],
        recipe=row["recipe"],
        by=row["by"],
        text=row["text"],
        details=row["details"],
        id=row["id"],
    )
