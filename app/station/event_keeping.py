"""The thread that brings events into the database, and the sign of life for the next start."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from app import log
from app.errors import StoreError
from app.inspection.event import Event
from app.settings.files import write_text
from app.station.event_journal import EventJournal
from app.store.failures import Refused

BEAT_S = 10.0
_WAITING = 500


class Table(Protocol):
    """What is needed of `app.store.events.EventTable`."""

    def add(self, event: Event) -> None:
        """Commit one event."""


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """What the program was doing when it last said that it is alive.

    Attributes:
        at: When, timezone-aware UTC.
        station: Name of the station.
        recipe: Recipe in force.
        running: Parts were judged.
        causes: Keys of the faults that were there.
    """

    at: datetime
    station: str
    recipe: str = ""
    running: bool = False
    causes: tuple[str, ...] = field(default=())


class EventKeeping:
    """Takes events from any thread and never lets anybody wait.

    An event goes to the database; while that fails, to a journal on disk; while that fails
    too, it waits in memory. Each place is bounded; what does not fit is logged.

    Args:
        table: The database.
        folder: For the journal (`events.jsonl`) and the sign of life (`alive.json`).
        retry_s: Pause between attempts while the database fails, seconds.
    """

    def __init__(self, table: Table, folder: Path, retry_s: float = 5.0) -> None:
        self._table = table
        self._journal = EventJournal(folder / "events.jsonl")
        self._alive_file = folder / "alive.json"
        self._retry_s = retry_s
        self._retry_at = 0.0
        self._beat_at = 0.0
        self._alive: SignOfLife | None = None
        self._written: SignOfLife | None = None
        self._memory: deque[Event] = deque(maxlen=_WAITING)
        self._queue: queue.Queue[Event | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="event-writer", daemon=True)

    @property
    def has_pending(self) -> bool:
        """True while events wait for the database."""
        return bool(self._memory) or not self._journal.is_empty

    def last_sign(self) -> SignOfLife | None:
        """Return the sign of life of a run that did not end by itself; reads a file."""
        try:
            values = json.loads(self._alive_file.read_text(encoding="utf-8"))
            at = datetime.fromisoformat(values.pop("at"))
            return SignOfLife(at, **{**values, "causes": tuple(values["causes"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.store.warning("the last sign of life cannot be read: %s", error)
            return None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, event: Event) -> None:
        """Take an event; returns at once."""
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            log.store.error("too many events wait; lost: %s %s", event.kind, event.text)

    def live(self, sign: SignOfLife) -> None:
        """Say what the program does; written at once when that changes, else now and then."""
        self._alive = sign

    def close(self, timeout_s: float) -> bool:
        """Keep what waits and end the thread; False if that took too long."""
        if not self._thread.is_alive():
            return True
        try:
            self._queue.put(None, timeout=timeout_s)
        except queue.Full:
            return False
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            try:
                self._beat()
                self._catch_up()
                event = self._queue.get(timeout=1.0)
                if event is None:
                    self._catch_up()
                    self._alive_file.unlink(missing_ok=True)
                    return
                self._keep(event)
            except queue.Empty:
                continue
            except Exception:  # noqa: BLE001
                # The thread outlives every bug: the next event must still be kept.
                log.store.exception("an event could not be kept")

    def _keep(self, event: Event) -> None:
        # Behind those that wait already, so that a locked database costs one wait per retry.
        if self.has_pending or not self._stored(event):
            self._put_aside(event)

    def _stored(self, event: Event) -> bool:
        """Return whether the database has the event or will never take it."""
        try:
            self._table.add(event)
        except Refused as error:
            log.store.warning("the database refuses event %s: %s", event.id, error)
        except StoreError as error:
            log.store.info("an event waits for the database: %s", error)
            self._retry_at = time.monotonic() + self._retry_s
            return False
        return True

    def _put_aside(self, event: Event) -> None:
        if not self._journal.append(event):
            self._memory.append(event)

    def _catch_up(self) -> None:
        """Bring what waits into the database, if it is time to try."""
        if not self.has_pending or time.monotonic() < self._retry_at:
            return
        waiting = self._journal.pending()
        in_journal = len(waiting)
        waiting += self._memory
        done = 0
        while done < len(waiting) and self._stored(waiting[done]):
            done += 1
        if done:
            self._journal.keep(waiting[done:in_journal])
            for _ in range(max(0, done - in_journal)):
                self._memory.popleft()

    def _beat(self) -> None:
        sign = self._alive
        if sign is None:
            return
        known = self._written
        changed = known is None or (known.running, known.causes) != (sign.running, sign.causes)
        if not changed and time.monotonic() < self._beat_at:
            return
        self._beat_at = time.monotonic() + BEAT_S
        values = {
            "at": datetime.now(UTC).isoformat(),
            "station": sign.station,
            "recipe": sign.recipe,
            "running": sign.running,
            "causes": list(sign.causes),
        }
        try:
            write_text(self._alive_file, json.dumps(values))
            self._written = sign
        except StoreError as error:
            log.store.info("no sign of life can be written: %s", error)
