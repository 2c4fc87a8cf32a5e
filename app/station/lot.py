"""The counters of the lot in hand, continued from what the store already holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from PyQt5.QtCore import QObject, pyqtSignal

from app.inspection.record import InspectionRecord
from app.inspection.tally import Tally
from app.station import tasks
from app.store.base import Query, RecordStore

_BUSY_AT_MOST_S = 5.0
_UNDER_WAY_S = 10.0
_MANY = 1_000_000


class LotCounter(QObject):
    """Adds what is stored now to what was stored before.

    Signals:
        restored: The parts stored before have been counted.
        failed: They could not be counted. arg: The exception.
    """

    restored = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(
        self, store: RecordStore, lot: str, since: datetime | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._lot = lot
        self._since = since
        self._before = Tally()
        self._now = Tally()
        self._asked = 0
        self._is_counting = False
        # Parts of these last seconds may be found in the store and announced besides.
        self._announced: set[str] = set()
        self._found: set[str] = set()

    @property
    def tally(self) -> Tally:
        """All parts of the lot since the last reset."""
        before, now = self._before, self._now
        return Tally(
            before.ok + now.ok,
            before.ng + now.ng,
            before.review + now.review,
            before.error + now.error,
        )

    @property
    def since(self) -> datetime | None:
        """Parts taken before are not counted: the last reset; None for the whole lot."""
        return self._since

    def restore(self, is_busy: Callable[[], bool] = lambda: False) -> None:
        """Count in the background what the store holds of the lot until now.

        Args:
            is_busy: True while an earlier run's records are still on their way into the store.
        """
        self._asked += 1
        self._is_counting = True
        asked = self._asked
        query = Query(lot=self._lot, since=self._since, until=datetime.now(UTC))
        tasks.run(
            lambda: _counted(self._store, query, is_busy),
            lambda stored: self._on_counted(asked, stored),
            self._on_failed,
        )

    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(error)

    def change_lot(self, lot: str) -> None:
        """Count another lot, whole."""
        self._begin(lot, None)
        self.restore()

    def reset(self) -> None:
        """Count the same lot from zero from now on."""
        self._begin(self._lot, datetime.now(UTC))

    def add(self, record: InspectionRecord) -> None:
        """Count a record that has just been stored, if it belongs to the lot."""
        if record.context.lot != self._lot:
            return
        if self._since is not None and record.taken_utc < self._since:
            return
        if record.id in self._found:
            self._found.discard(record.id)
            return
        self._now = self._now.add(record)
        if self._is_counting:
            self._announced.add(record.id)

    def _begin(self, lot: str, since: datetime | None) -> None:
        self._asked += 1
        self._lot, self._since = lot, since
        self._before = self._now = Tally()
        self._is_counting = False
        self._announced, self._found = set(), set()

    def _on_counted(self, asked: int, stored: _Stored) -> None:
        if asked != self._asked:
            return
        tally = stored.early
        for record in stored.late:
            if record.id not in self._announced:
                tally = tally.add(record)
                self._found.add(record.id)
        self._before, self._is_counting = tally, False
        self._announced = set()
        self.restored.emit()


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store holds of a lot.

    Attributes:
        early: Parts of which nothing is under way any more.
        late: Parts that may just be being announced.
    """

    early: Tally
    late: tuple[InspectionRecord, ...]


def _counted(store: RecordStore, query: Query, is_busy: Callable[[], bool]) -> _Stored:
    deadline = time.monotonic() + _BUSY_AT_MOST_S
    while is_busy() and time.monotonic() < deadline:
        time.sleep(0.05)
    split = (query.until or datetime.now(UTC)) - timedelta(seconds=_UNDER_WAY_S)
    if query.since is not None and query.since >= split:
        return _Stored(Tally(), tuple(store.find(replace(query, limit=_MANY))))
    early = Tally.of(store.count(replace(query, until=split)))
    return _Stored(early, tuple(store.find(replace(query, since=split, limit=_MANY))))
