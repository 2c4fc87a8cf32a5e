"""What other people decide meanwhile, looked up now and then in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PyQt5 import sip
from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from app import log
from app.errors import ExpectedError
from app.inspection.review import Review
from app.review.filtering import Show
from app.review.queue import ReviewQueue
from app.station import tasks
from app.store.base import Query
from app.store.database import Database
from app.store.listing import RecordRow

_PERIOD_MS = 4000
_COUNT_EVERY = 4


@dataclass(frozen=True, slots=True)
class Watched:
    """What is on the screen.

    Attributes:
        queue: The list; None without one.
        rows: The stretch of it that is seen next.
        record_id: The part that is shown, "" if none is.
        reviewer: Who looks.
    """

    queue: ReviewQueue | None
    rows: Sequence[RecordRow]
    record_id: str
    reviewer: str


class ReviewWatch(QObject):
    """Asks the store every few seconds while the screen is shown; one question at a time.

    Signals:
        rows_read: Rows as they are now. args: the queue, {record id: row or None}.
        reviews_read: Reviews of the part that was shown. args: its id, the reviews.
        counts_read: How many parts wait for whom. arg: {Show: number}.
        failed: The store cannot be read. arg: a sentence.
    """

    rows_read = pyqtSignal(object, object)
    reviews_read = pyqtSignal(str, object)
    counts_read = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(
        self, store: Database, look: Callable[[], Watched], parent: QObject | None = None
    ) -> None:
        """Build the watch; it rests until `start`.

        Args:
            store: Where to ask.
            look: Says what is on the screen; called in this thread.
            parent: Screen that it belongs to.
        """
        super().__init__(parent)
        self._store = store
        self._look = look
        self._turn = 0
        self._busy = False
        self._asked = self._counted = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self._on_time)

    def start(self) -> None:
        """Ask now and then from now on."""
        self._turn = 0
        self._timer.start()
        self._on_time()

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()

    def read_reviews(self, record_id: str) -> None:
        """Read the reviews of a part that has just come on the screen."""
        tasks.run(
            lambda: self._store.reviews(record_id),
            lambda reviews: self._on_reviews(record_id, reviews),
            self._on_failed,
        )

    def count(self) -> None:
        """Count what waits."""
        by = self._look().reviewer
        self._asked += 1
        number = self._asked
        tasks.run(
            lambda: _counts(self._store, by),
            lambda counts: self._on_counts(number, counts),
            self._on_failed,
        )

    def _on_time(self) -> None:
        if self._busy:
            return
        watched = self._look()
        if self._turn % _COUNT_EVERY == 0:
            self.count()
        self._turn += 1
        if watched.record_id:
            self.read_reviews(watched.record_id)
        queue, rows = watched.queue, watched.rows
        if queue is not None and rows:
            self._busy = True
            tasks.run(
                lambda: queue.now(rows), lambda now: self._on_rows(queue, now), self._on_failed
            )

    def _on_rows(self, queue: ReviewQueue, now: dict[str, RecordRow | None]) -> None:
        if not sip.isdeleted(self):
            self._busy = False
            self.rows_read.emit(queue, now)

    def _on_reviews(self, record_id: str, reviews: list[Review]) -> None:
        if not sip.isdeleted(self):
            self.reviews_read.emit(record_id, reviews)

    def _on_counts(self, number: int, counts: dict[Show, int]) -> None:
        # a slow answer must not hide what a later question has found
        if not sip.isdeleted(self) and number > self._counted:
            self._counted = number
            self.counts_read.emit(counts)

    def _on_failed(self, error: Exception) -> None:
        if sip.isdeleted(self):
            return
        self._busy = False
        if not isinstance(error, ExpectedError):
            log.ui.error("the review list cannot be watched", exc_info=error)
        self.failed.emit(str(error))


def _counts(store: Database, by: str) -> dict[Show, int]:
    queries = {
        Show.OPEN: Query(queued=True, reviewed=False),
        Show.SECOND: Query(second_opinion_by=by),
        Show.DISPUTED: Query(disputed=True),
    }
    return {show: sum(store.count(query).values()) for show, query in queries.items()}
