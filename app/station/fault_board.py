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
        began: A cause is there that was not. args: Its key, the sentence.
        ended: It is gone, or somebody has read what was a moment's. arg: Its key.
    """

    changed = pyqtSignal()
    faulted = pyqtSignal(str)
    began = pyqtSignal(str, str)
    ended = pyqtSignal(str)

    _bug_reported = pyqtSignal(str)

    def __init__(self, latch: FaultLatch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latch = latch
        self._present: set[Cause] = set()
        self._bug_reported.connect(self.on_bug)

    def report_bug(self, sentence: str) -> None:
        """Put up a bug; may be called from any thread."""
        self._bug_reported.emit(sentence)

    def put(self, cause: Cause, sentence: str, *, lasts: bool = False) -> None:
        """Put a fault up; one of the same cause is replaced."""
        if self._latch.set(cause, sentence, lasts=lasts):
            log.station.error("fault: %s", sentence)
            self.faulted.emit(sentence)
        if cause not in self._present:
            self._present.add(cause)
            self.began.emit(cause.value, sentence)
        self.changed.emit()

    def heal(self, cause: Cause) -> None:
        """Take a fault down when somebody has read it; its cause is gone."""
        changed = self._latch.heal(cause)
        self._end({cause})
        if changed:
            self.changed.emit()

    def settle(self, cause: Cause) -> None:
        """Take a fault down at once: whoever ended it knows what it said."""
        dropped = self._latch.drop(cause)
        self._end({cause})
        if dropped:
            self.changed.emit()

    def renew(self, cause: Cause, sentence: str) -> None:
        """Put a lasting fault up that has to be read, also if it was read before."""
        self.settle(cause)
        self.put(cause, sentence, lasts=True)

    def acknowledge(self) -> None:
        """Note that somebody has seen all faults; those of a moment are over."""
        if self._latch.acknowledge():
            self._end(self._present - self._latch.causes)
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

    def _end(self, causes: set[Cause]) -> None:
        for cause in sorted(causes & self._present, key=lambda cause: cause.value):
            self._present.discard(cause)
            self.ended.emit(cause.value)
