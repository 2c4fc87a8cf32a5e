"""A person's decisions at this desk: made, sent, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from PyQt5.QtCore import QObject, pyqtSignal

from app.inspection.review import Review
from app.review.decisions import Word, objection, person, review_of, withdrawal
from app.ui.part_loader import LoadedPart
from app.ui.review_writer import ReviewWriter


@dataclass(frozen=True, slots=True)
class Made:
    """One decision of this session.

    Attributes:
        review: What was sent.
        word: As it was made.
        serial: Number of the part, to be named.
    """

    review: Review
    word: Word
    serial: str


class Deciding(QObject):
    """Turns decisions into reviews and remembers them for as long as they can be taken back.

    Signals:
        made: A decision was sent. arg: the `Made`.
        taken_back: A decision was taken back. arg: the `Made`.
        handed_back: The database refused a decision. args: the `Made`, a sentence.
    """

    made = pyqtSignal(object)
    taken_back = pyqtSignal(object)
    handed_back = pyqtSignal(object, str)

    def __init__(self, writer: ReviewWriter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._writer = writer
        self._made: list[Made] = []
        self._last = datetime.min.replace(tzinfo=UTC)
        writer.refused.connect(self._on_refused)

    @property
    def count(self) -> int:
        """How many decisions of this session stand."""
        return len(self._made)

    def decide(self, part: LoadedPart, word: Word, by: str) -> str:
        """Send a decision; return why it may not be made, "" if it was."""
        known = self._known_reviews(part)
        reason = objection(part.record, known, by)
        if reason:
            return reason
        review = review_of(part.record, word, by, self._now())
        made = Made(review, word, part.record.serial)
        self._made.append(made)
        self._writer.put(review)
        self.made.emit(made)
        return ""

    def take_back(self, by: str) -> Made | None:
        """Take back the newest decision of a person at this desk; None if there is none."""
        name = person(by)
        made = next((one for one in reversed(self._made) if one.review.by == name), None)
        if made is None:
            return None
        self._made.remove(made)
        review = made.review
        self._writer.put(withdrawal(review.record_id, review.by, self._now()))
        self.taken_back.emit(made)
        return made

    def _now(self) -> datetime:
        """Return a time later than that of any review before: their order is kept by it."""
        now = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        self._last = now
        return now

    def _known_reviews(self, part: LoadedPart) -> tuple[Review, ...]:
        """Return the stored reviews of a part and those that are still on their way."""
        known = {review.id for review in part.dossier.reviews}
        waiting = (
            review
            for review in self._writer.outbox.waiting
            if review.record_id == part.record.id and review.id not in known
        )
        return (*part.dossier.reviews, *waiting)

    def _on_refused(self, review: Review, sentence: str) -> None:
        made = next((one for one in self._made if one.review.id == review.id), None)
        if made is not None:
            self._made.remove(made)
            self.handed_back.emit(made, sentence)
