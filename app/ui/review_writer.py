"""Decisions on their way from the screen into the database."""

from __future__ import annotations

from PyQt5 import sip
from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from app import log
from app.i18n import tr
from app.inspection.review import Review
from app.review.outbox import Delivery, Outbox
from app.station import tasks

_RETRY_MS = 2000


class ReviewWriter(QObject):
    """Writes on a pool thread, in order; tries again while the database fails.

    Signals:
        written: Committed. arg: the review.
        refused: The database will never take it. args: the review, a sentence.
        waiting: Why decisions wait, and how many. args: a sentence ("" once all is written),
            the number.
    """

    written = pyqtSignal(object)
    refused = pyqtSignal(object, str)
    waiting = pyqtSignal(str, int)

    def __init__(self, outbox: Outbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outbox = outbox
        self._busy = self._again = False
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self.deliver)

    @property
    def outbox(self) -> Outbox:
        """What is not yet written."""
        return self._outbox

    def put(self, review: Review) -> None:
        """Take a review and write it as soon as possible."""
        self._outbox.put(review)
        # A delivery under way may have met its failure already: this one has to be kept too.
        self._again = self._busy
        self.deliver()

    def deliver(self) -> None:
        """Write what waits, if anything does."""
        if self._busy or not self._outbox.waiting:
            return
        self._busy, self._again = True, False
        tasks.run(self._outbox.deliver, self._on_delivered, self._on_failed)

    def _on_delivered(self, delivery: Delivery) -> None:
        if sip.isdeleted(self):
            return
        self._busy = False
        for review in delivery.written:
            self.written.emit(review)
        for review, sentence in delivery.refused:
            self.refused.emit(review, sentence)
        self._go_on(delivery.problem)

    def _on_failed(self, error: Exception) -> None:
        if sip.isdeleted(self):
            return
        self._busy = False
        log.ui.error("decisions cannot be written", exc_info=error)
        self._go_on(tr("Decisions cannot be written; the log says why."))

    def _go_on(self, problem: str) -> None:
        self.waiting.emit(problem, len(self._outbox.waiting))
        if problem and not self._again:
            self._retry.start()
        else:
            self.deliver()
