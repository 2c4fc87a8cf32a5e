"""What the operator says of a part on the line."""

from __future__ import annotations

from datetime import UTC, datetime

from PyQt5.QtCore import QObject, pyqtSignal

from app.inspection.review import Review
from app.station import tasks
from app.store.base import RecordStore


class Remarks(QObject):
    """Stores reviews in the background.

    Signals:
        stored: A review is stored. arg: The record's id.
        failed: It is not. arg: The exception.
    """

    stored = pyqtSignal(str)
    failed = pyqtSignal(object)

    def __init__(self, store: RecordStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store

    def false_call(self, record_id: str, by: str) -> None:
        """Note that somebody on the line calls an NG part good; the review has the last word."""
        review = Review(record_id, datetime.now(UTC), by, "marked")
        tasks.run(
            lambda: self._store.add_review(review),
            lambda _: self.stored.emit(record_id),
            self._on_failed,
        )

    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(error)
