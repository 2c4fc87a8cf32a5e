"""Labels on their way from the screen to the disk: written at once, away from the window."""

from __future__ import annotations

from PyQt5 import sip
from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from app.labelling.journal import Label
from app.labelling.outbox import LabelOutbox
from app.station import tasks
from app.station.messages import sentence_of

_RETRY_MS = 2000


class LabelWriter(QObject):
    """Writes on a pool thread, in order; tries again while the disk fails.

    Signals:
        waiting: Why labels wait. arg: a sentence, "" once all are written.
    """

    waiting = pyqtSignal(str)

    def __init__(self, outbox: LabelOutbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outbox = outbox
        self._busy = False
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self.deliver)

    @property
    def outbox(self) -> LabelOutbox:
        """What is not yet written."""
        return self._outbox

    def put(self, labels: tuple[Label, ...]) -> None:
        """Take labels and write them as soon as possible."""
        if labels:
            self._outbox.put(labels)
            self.deliver()

    def rest(self) -> None:
        """Try no more by itself."""
        self._retry.stop()

    def deliver(self) -> None:
        """Write what waits, if anything does."""
        if not self._busy and self._outbox.waiting:
            self._busy = True
            tasks.run(self._outbox.deliver, self._on_delivered, self._on_failed)

    def _on_delivered(self, _: None) -> None:
        if sip.isdeleted(self):
            return
        self._busy = False
        self.waiting.emit("")
        self.deliver()

    def _on_failed(self, error: Exception) -> None:
        if sip.isdeleted(self):
            return
        self._busy = False
        self.waiting.emit(sentence_of(error))
        self._retry.start()
