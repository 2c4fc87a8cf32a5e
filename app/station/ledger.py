"""Judged parts on their way into the store: how many are still under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PyQt5 import sip
from PyQt5.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from app.inspection.judgement import Inspection
from app.inspection.record import InspectionRecord

PATIENCE_MS = 5000
HEALED_AFTER_S = 12.0
"""The writer tells of a lasting fault every ten seconds; silence longer than this is health."""

QUEUE_ENOUGH = 16
_BREATH_S = 0.002
_LOOK_EVERY_MS = 500


class Writer(Protocol):
    """What the station needs of `app.store.writer.RecordWriter`."""

    @property
    def has_pending(self) -> bool:
        """True while records wait in the journal for the database."""

    @property
    def waiting(self) -> int:
        """Inspections that wait for the writer."""

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
        committed: A record is durable. arg: The InspectionRecord.
        failed: The store or the evidence does not work. arg: A sentence.
        healed: It has worked again for a while.
        settled: Asked for by `settle`: everything is stored, or patience has ended.
            arg: True if everything is stored.

    Args:
        make_writer: Makes the writer from its two callbacks, on_stored and on_fault.
    """

    committed = pyqtSignal(object)
    failed = pyqtSignal(str)
    healed = pyqtSignal()
    settled = pyqtSignal(bool)

    _fault_told = pyqtSignal(str)
    _row_committed = pyqtSignal(object)

    def __init__(self, make_writer: MakeWriter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Ids of the parts under way. The inference thread adds, this thread removes.
        self._under_way: set[str] = set()
        self._settling = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_ended)
        self._told_at = 0.0
        self._convalescence = QTimer(self)
        self._convalescence.setInterval(_LOOK_EVERY_MS)
        self._convalescence.timeout.connect(self._on_look)
        self._row_committed.connect(self._on_row_committed)
        self._fault_told.connect(self._on_fault_told)
        # Both are emitted on the writer's thread; Qt queues them into this one.
        self._writer = make_writer(self._tell_committed, self._tell_fault)

    def _tell_committed(self, record: InspectionRecord) -> None:
        if not sip.isdeleted(self):
            self._row_committed.emit(record)

    def _tell_fault(self, sentence: str) -> None:
        if not sip.isdeleted(self):
            self._fault_told.emit(sentence)

    def has_pending(self) -> bool:
        """Return whether records of an earlier run or outage wait for the database."""
        return self._writer.has_pending

    def start(self) -> None:
        """Start the writer; before that nothing can be kept."""
        self._writer.start()

    def keep(self, inspection: Inspection) -> None:
        """Take a judged part; called on the inference thread, blocks while there is no room."""
        self._under_way.add(inspection.record.id)
        self._writer.submit(inspection)

    def keep_unhurried(self, inspection: Inspection) -> None:
        """Take a judged part of a source that waits for us; called on the inference thread.

        Files may come faster than they are stored, and nothing is wrong then: the judge waits
        before the writer's queue is full, which for a camera would be a fault.
        """
        while self._writer.waiting >= QUEUE_ENOUGH:
            time.sleep(_BREATH_S)
        self.keep(inspection)

    def settle(self) -> None:
        """Emit `settled` as soon as every part kept so far is stored; nobody keeps meanwhile."""
        self._settling = True
        self._patience.start()
        self._look()

    def close(self, timeout_s: float) -> bool:
        """End the writer; blocks, for the exit. False if that took too long."""
        self._patience.stop()
        self._convalescence.stop()
        return self._writer.close(timeout_s)

    @pyqtSlot(object)
    def _on_row_committed(self, record: InspectionRecord) -> None:
        self._under_way.discard(record.id)
        self.committed.emit(record)
        self._look()

    @pyqtSlot(str)
    def _on_fault_told(self, sentence: str) -> None:
        self._told_at = time.monotonic()
        self._convalescence.start()
        self.failed.emit(sentence)

    @pyqtSlot()
    def _on_look(self) -> None:
        quiet_s = time.monotonic() - self._told_at
        if quiet_s > HEALED_AFTER_S and not self._writer.has_pending:
            self._convalescence.stop()
            self.healed.emit()

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
