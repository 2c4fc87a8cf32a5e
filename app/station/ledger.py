"""Judged parts on their way into the store: how many are still under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PyQt5.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from app.inspection.judgement import Inspection
from app.inspection.record import InspectionRecord

PATIENCE_MS = 5000


class Writer(Protocol):
    """What the station needs of `app.store.writer.RecordWriter`."""

    def start(self) -> None:
        """Start its thread."""

    def submit(self, inspection: Inspection) -> None:
        """Take a judged part; blocks while there is no room."""

    def close(self, timeout_s: float) -> bool:
        """Store what is waiting and end; False if that took too long."""


MakeWriter = Callable[[Callable[[InspectionRecord], None], Callable[[str], None]], Writer]


class Ledger(QObject):
    """Hands judged parts to the writer and brings the news of its thread into this one.

    Signals:
        committed: A row is in the store. arg: The InspectionRecord.
        failed: The store does not take rows. arg: A sentence.
        settled: Asked for by `settle`: everything is stored, or patience has ended.
            arg: True if everything is stored.

    Args:
        make_writer: Makes the writer from its two callbacks, on_stored and on_fault.
    """

    committed = pyqtSignal(object)
    failed = pyqtSignal(str)
    settled = pyqtSignal(bool)

    _row_committed = pyqtSignal(object)

    def __init__(self, make_writer: MakeWriter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Ids of the parts under way. The inference thread adds, this thread removes.
        self._under_way: set[str] = set()
        self._settling = False
        self._started = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_ended)
        self._row_committed.connect(self._on_row_committed)
        # Both are emitted on the writer's thread; Qt queues them into this one.
        self._writer = make_writer(self._row_committed.emit, self.failed.emit)

    def start(self) -> None:
        """Start the writer; what was kept before waits in its queue. Later calls do nothing."""
        if not self._started:
            self._started = True
            self._writer.start()

    def keep(self, inspection: Inspection) -> None:
        """Take a judged part; called on the inference thread, blocks while there is no room."""
        self._under_way.add(inspection.record.id)
        self._writer.submit(inspection)

    def settle(self) -> None:
        """Emit `settled` as soon as every part kept so far is stored; nobody keeps meanwhile."""
        self._settling = True
        self._patience.start()
        self._look()

    def close(self, timeout_s: float) -> bool:
        """End the writer; blocks, for the exit. False if that took too long."""
        self._patience.stop()
        self.start()
        return self._writer.close(timeout_s)

    @pyqtSlot(object)
    def _on_row_committed(self, record: InspectionRecord) -> None:
        self._under_way.discard(record.id)
        self.committed.emit(record)
        self._look()

    def _look(self) -> None:
        if self._settling and not self._under_way:
            self._end(True)

    @pyqtSlot()
    def _on_patience_ended(self) -> None:
        # The writer has these parts in its journal; waiting longer would hang the station.
        self._under_way.clear()
        self._end(False)

    def _end(self, complete: bool) -> None:
        self._settling = False
        self._patience.stop()
        self.settled.emit(complete)
