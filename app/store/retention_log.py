"""Tells what retention removed, as events of the station."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.inspection.event import Event
from app.store.base import RecordStore
from app.store.kept import Priority
from app.store.retention import Thinned

_PAUSE_S = 60.0


class RetentionLog:
    """Collects removals and adds one event a minute at most. Called from one thread.

    The details of an event: `parts`, `bytes`, `removed` (per "OK", "DOUBTFUL", "NG",
    "REVIEWED"), `recipes` (per recipe whose own rule it was; the rest went by the rules of the
    station), `for_room` (parts that went because of a quota or a full disk, not by age).

    Args:
        store: Where events go.
    """

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._waiting: list[Thinned] = []
        self._station = ""
        self._again_at = 0.0

    def add(self, done: Thinned, station: str) -> None:
        """Take what one run removed on a station."""
        if done.parts:
            self._waiting.append(done)
            self._station = station

    def tell(self, *, at_once: bool = False) -> None:
        """Add an event of what was taken, if there is anything and the last one is old enough.

        A failing database is logged; what waits is told with the next.

        Args:
            at_once: However new the last one is.
        """
        if not self._waiting or (time.monotonic() < self._again_at and not at_once):
            return
        self._again_at = time.monotonic() + _PAUSE_S
        try:
            self._store.events.add(_event(self._station, self._waiting))
        except StoreError as error:
            log.store.warning("the removal of pictures could not be noted: %s", error)
            return
        self._waiting = []


def _event(station: str, runs: list[Thinned]) -> Event:
    removed: Counter[Priority] = Counter()
    recipes: Counter[str] = Counter()
    for run in runs:
        removed.update(run.removed)
        if run.recipe:
            recipes[run.recipe] += run.parts
    parts, size = sum(run.parts for run in runs), sum(run.freed_bytes for run in runs)
    text = tr("Pictures of {parts} parts were removed ({size:.2f} GB); their verdicts stay.")
    return Event(
        at=datetime.now(UTC),
        kind="retention",
        station=station,
        text=text.format(parts=parts, size=size / 1e9),
        details={
            "parts": parts,
            "bytes": size,
            "removed": {priority.name: removed[priority] for priority in Priority},
            "recipes": dict(recipes),
            "for_room": sum(run.parts for run in runs if run.for_room),
        },
    )
