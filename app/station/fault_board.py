"""Where faults of all threads arrive, and what the window is told of them."""

from __future__ import annotations

from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot

from app import log
from app.i18n import tr
from app.station.faults import Cause, FaultLatch


class FaultBoard(QObject):
    """Puts faults up and takes them down.

    Signals:
        changed: Another fault is up, or one less.
        faulted: A new fault. arg: The sentence.
    """

    changed = pyqtSignal()
    faulted = pyqtSignal(str)

    _bug_reported = pyqtSignal(str)

    def __init__(self, latch: FaultLatch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latch = latch
        self._bug_reported.connect(self.on_bug)

    def report_bug(self, sentence: str) -> None:
        """Put up a bug; may be called from any thread."""
        self._bug_reported.emit(sentence)

    def put(self, cause: Cause, sentence: str, *, lasts: bool = False) -> None:
        """Put a fault up; one of the same cause is replaced."""
        if self._latch.set(cause, sentence, lasts=lasts):
            log.station.error("fault: %s", sentence)
            self.faulted.emit(sentence)
        self.changed.emit()

    def heal(self, cause: Cause) -> None:
        """Take a fault down when somebody has read it; its cause is gone."""
        if self._latch.heal(cause):
            self.changed.emit()

    @pyqtSlot(str)
    def on_bug(self, sentence: str) -> None:
        """The program itself has failed."""
        self.put(Cause.BUG, sentence)

    @pyqtSlot(str)
    def on_storing_failed(self, sentence: str) -> None:
        """Rows or pictures cannot be stored."""
        self.put(Cause.STORE, sentence, lasts=True)

    @pyqtSlot()
    def on_storing_healed(self) -> None:
        """Storing works again."""
        self.heal(Cause.STORE)

    @pyqtSlot(int)
    def on_overflowed(self, lost: int) -> None:
        """Triggers came faster than they could be judged."""
        text = tr("{lost} parts came too fast to be judged; slow the line down.")
        self.put(Cause.OVERFLOW, text.format(lost=lost))
