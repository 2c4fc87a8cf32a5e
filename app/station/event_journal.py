"""Events that the database could not take yet: one line of JSON each, on disk."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from app import log
from app.inspection.event import Event
from app.settings.files import write_text

LIMIT = 2000
"""So many lines are kept at most, the oldest: what began matters more than what repeats."""


class EventJournal:
    """A small file of events. Called from one thread; an unwritable file is logged, not raised.

    Args:
        path: The file; it exists only while something is pending.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count: int | None = None

    @property
    def is_empty(self) -> bool:
        """True if nothing is pending."""
        return not self._path.exists()

    def append(self, event: Event) -> bool:
        """Write one event; on return it survives a power cut. False if that did not work."""
        if self._count is None:
            self._count = len(self.pending())
        if self._count >= LIMIT:
            log.store.error("the journal of events is full; lost: %s %s", event.kind, event.text)
            return False
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as stream:
                # A line torn by a crash must not swallow this one.
                stream.write(f"\n{_line(event)}\n".encode())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            log.store.error("an event cannot be written to the disk: %s", error)
            return False
        self._count += 1
        return True

    def pending(self) -> list[Event]:
        """Return all events, oldest first; a torn line (the program died) is left out."""
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            log.store.error("pending events cannot be read: %s", error)
            return []
        found = [_event(line) for line in lines if line.strip()]
        return [event for event in found if event is not None]

    def keep(self, events: list[Event]) -> None:
        """Keep these alone; none removes the file.

        Raises:
            StoreError: The disk does not take them; the file is as it was.
        """
        if events:
            write_text(self._path, "".join(f"{_line(event)}\n" for event in events))
        else:
            try:
                self._path.unlink(missing_ok=True)
            except OSError as error:
                log.store.error("pending events cannot be removed: %s", error)
        self._count = len(events)


def _line(event: Event) -> str:
    values = asdict(event) | {"at": event.at.isoformat(), "details": dict(event.details)}
    return json.dumps(values)


def _event(line: str) -> Event | None:
    try:
        values: dict[str, Any] = json.loads(line)
        return Event(**{**values, "at": datetime.fromisoformat(values["at"])})
    except (ValueError, TypeError, KeyError) as error:
        log.store.error("a line of the journal of events is damaged: %s", error)
        return None
