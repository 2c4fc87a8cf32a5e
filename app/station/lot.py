"""The counters of the lot in hand, continued from what the store already holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from PyQt5.QtCore import QObject, pyqtSignal

from app.inspection.record import InspectionRecord
from app.inspection.tally import Tally
from app.station import tasks
from app.store.base import Query, RecordStore

_BUSY_AT_MOST_S = 5.0


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
        asked = self._asked
        query = Query(lot=self._lot, since=self._since, until=datetime.now(UTC))
        tasks.run(
            lambda: _counted(self._store, query, is_busy),
            lambda tally: self._on_counted(asked, tally),
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
        if self._since is None or record.taken_utc >= self._since:
            self._now = self._now.add(record)

    def _begin(self, lot: str, since: datetime | None) -> None:
        self._asked += 1
        self._lot, self._since = lot, since
        self._before = self._now = Tally()

    def _on_counted(self, asked: int, tally: Tally) -> None:
        if asked == self._asked:
            self._before = tally
            self.restored.emit()


def _counted(store: RecordStore, query: Query, is_busy: Callable[[], bool]) -> Tally:
    deadline = time.monotonic() + _BUSY_AT_MOST_S
    while is_busy() and time.monotonic() < deadline:
        time.sleep(0.05)
    return Tally.of(store.count(query))
