"""The list of parts for review as a table, read page by page while it is scrolled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PyQt5 import sip
from PyQt5.QtCore import QAbstractTableModel, QModelIndex, QObject, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QBrush, QColor, QIcon, QPainter, QPixmap

from app import log
from app.errors import ExpectedError
from app.i18n import N_, tr
from app.inspection.review import Finding
from app.inspection.verdict import Verdict
from app.review.queue import ReviewQueue, is_secret
from app.station import tasks
from app.store.listing import RecordRow
from app.ui import theme
from app.ui.review_words import finding_word
from app.ui.verdict_look import LOOKS
from app.ui.widgets import verdict_sign

VERDICT, SERIAL, SCORE, WORD, LOT = range(5)
_HEADINGS = (N_("Verdict"), N_("Part"), N_("Score"), N_("Review"), N_("Lot"))
_NOWHERE = QModelIndex()
_SIGN_PX = 40


class QueueModel(QAbstractTableModel):
    """Rows come in pages from pool threads; a row once read stays until the next `begin`.

    Signals:
        grown: More rows are there, or the end was reached.
        counted: How many records the whole list has. arg: the number.
        failed: The store cannot be read. arg: a sentence; `retry` asks again.
    """

    grown = pyqtSignal()
    counted = pyqtSignal(int)
    failed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: ReviewQueue | None = None
        self._rows: list[RecordRow] = []
        self._places: dict[str, int] = {}
        self._own: dict[str, Finding] = {}
        self._elsewhere: set[str] = set()
        self._reviewer = ""
        self._loading = self._at_end = False
        self._signs: dict[Verdict, QIcon] = {}

    # -- rows ----------------------------------------------------------------------------

    @property
    def queue(self) -> ReviewQueue | None:
        """Where the rows come from."""
        return self._queue

    @property
    def is_complete(self) -> bool:
        """Whether all rows are there."""
        return self._at_end

    @property
    def is_loading(self) -> bool:
        """Whether a page is on its way."""
        return self._loading

    def set_reviewer(self, reviewer: str) -> None:
        """Say who looks at the list; what must stay secret from them is not shown."""
        self._reviewer = reviewer
        if self._rows:
            self.dataChanged.emit(self.index(0, WORD), self.index(len(self._rows) - 1, WORD))

    def begin(self, queue: ReviewQueue, own: Mapping[str, Finding]) -> None:
        """Show another list from its start.

        Args:
            queue: The list.
            own: What was decided at this desk and is not yet in the store, by record id.
        """
        self.beginResetModel()
        self._queue, self._own = queue, dict(own)
        self._rows, self._places, self._elsewhere = [], {}, set()
        self._at_end = self._loading = False
        self.endResetModel()
        self.fetchMore(QModelIndex())
        job = _Reading(self, queue)
        tasks.run(queue.count, job.counted, job.not_counted)

    def retry(self) -> None:
        """Ask again for what could not be read."""
        if self._queue is not None and not self._at_end:
            self.fetchMore(QModelIndex())
            job = _Reading(self, self._queue)
            tasks.run(self._queue.count, job.counted, job.not_counted)

    def record_row(self, place: int) -> RecordRow | None:
        """Return a row, None beyond the end."""
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def place_of(self, record_id: str) -> int:
        """Return where a record stands, -1 if it is not among the rows read so far."""
        return self._places.get(record_id, -1)

    def rows_from(self, place: int, length: int) -> list[RecordRow]:
        """Return a stretch of the rows read so far."""
        return self._rows[max(0, place) : max(0, place) + length]

    def is_done(self, place: int) -> bool:
        """Whether a row was decided at this desk, or elsewhere since it was read."""
        row = self.record_row(place)
        return row is not None and (row.id in self._own or row.id in self._elsewhere)

    def set_own(self, record_id: str, finding: Finding | None) -> None:
        """Show what was decided at this desk; None takes it back."""
        self._elsewhere.discard(record_id)
        if finding is None:
            self._own.pop(record_id, None)
        else:
            self._own[record_id] = finding
        self._changed(record_id)

    def set_now(self, record_id: str, row: RecordRow | None) -> None:
        """Take a row as it is now; None: somebody else decided it, so it left the list."""
        place = self.place_of(record_id)
        if place < 0 or record_id in self._own:
            return
        was_elsewhere = record_id in self._elsewhere
        if row is None:
            self._elsewhere.add(record_id)
        else:
            self._elsewhere.discard(record_id)
            if row == self._rows[place] and not was_elsewhere:
                return
            self._rows[place] = row
        self._changed(record_id)

    # -- what Qt asks --------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex = _NOWHERE) -> int:
        """Return how many rows are there so far."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def canFetchMore(self, parent: QModelIndex = _NOWHERE) -> bool:
        """Whether another page may be there."""
        return not parent.isValid() and not (self._at_end or self._loading or self._queue is None)

    def fetchMore(self, parent: QModelIndex = _NOWHERE) -> None:
        """Read the next page in the background."""
        queue = self._queue
        if queue is None or not self.canFetchMore(parent):
            return
        self._loading = True
        last = self._rows[-1] if self._rows else None
        job = _Reading(self, queue)
        tasks.run(lambda: queue.page(last), job.read, job.failed)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the heading of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(_HEADINGS):
            return None
        return tr(_HEADINGS[section]) if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, sign, alignment or colour of a cell."""
        row = self.record_row(index.row()) if index.isValid() else None
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            when = row.taken_utc.astimezone().strftime("%Y-%m-%d %H:%M:%S")
            return f"{self._text(row, index.column())} · {row.lot} · {when}"
        if role == Qt.ItemDataRole.DecorationRole and index.column() == VERDICT:
            return self._sign(row.verdict)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == SCORE:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and self.is_done(index.row()):
            return QBrush(theme.colour("faint"))
        return None

    # -- the rest ------------------------------------------------------------------------

    def take_page(self, queue: ReviewQueue, rows: tuple[RecordRow, ...]) -> None:
        """Append a page. Called by the job."""
        if queue is not self._queue:
            return
        self._loading = False
        self._at_end = len(rows) < queue.query.limit
        # A list by finding would tell the first word on what waits for a second opinion.
        telling = bool(queue.query.findings)
        new = [
            row
            for row in rows
            if row.id not in self._places and not (telling and is_secret(row, self._reviewer))
        ]
        if new:
            start = len(self._rows)
            self.beginInsertRows(QModelIndex(), start, start + len(new) - 1)
            self._rows += new
            self._places |= {row.id: start + number for number, row in enumerate(new)}
            self.endInsertRows()
        self.grown.emit()

    def take_failure(self, queue: ReviewQueue, sentence: str) -> None:
        """Say why a page is missing. Called by the job."""
        if queue is self._queue:
            self._loading = False
            self.failed.emit(sentence)

    def _changed(self, record_id: str) -> None:
        place = self.place_of(record_id)
        if place >= 0:
            self.dataChanged.emit(self.index(place, 0), self.index(place, LOT))

    def _text(self, row: RecordRow, column: int) -> str:
        if column == VERDICT:
            return tr(LOOKS[row.verdict].word)
        if column == SCORE:
            return "–" if row.score is None else f"{row.score:.3f}"
        return {SERIAL: row.serial, LOT: row.lot}.get(column) or (
            self._word(row) if column == WORD else "–"
        )

    def _word(self, row: RecordRow) -> str:
        own = self._own.get(row.id)
        if own is not None:
            return f"✓ {finding_word(own)}"
        if row.id in self._elsewhere:
            return tr("done by another")
        if is_secret(row, self._reviewer):
            return tr("1 of 2")
        return finding_word(row.finding) if row.finding else ""

    def _sign(self, verdict: Verdict) -> QIcon:
        """Return the verdict's sign, so that colour is not all that tells them apart."""
        if verdict not in self._signs:
            look = LOOKS[verdict]
            pixmap = QPixmap(_SIGN_PX, _SIGN_PX)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(2, 2, _SIGN_PX - 4, _SIGN_PX - 4)
            verdict_sign.draw(painter, look, box, theme.colour(look.colour), QColor(look.ink))
            painter.end()
            icon = QIcon(pixmap)
            # Else the style tints it in the selected row.
            icon.addPixmap(pixmap, QIcon.Mode.Selected)
            self._signs[verdict] = icon
        return self._signs[verdict]


class _Reading:
    """One question to the store; the answer counts only for the list that asked."""

    def __init__(self, model: QueueModel, queue: ReviewQueue) -> None:
        self._model = model
        self._queue = queue

    def read(self, rows: tuple[RecordRow, ...]) -> None:
        if not sip.isdeleted(self._model):
            self._model.take_page(self._queue, rows)

    def counted(self, number: int) -> None:
        if not sip.isdeleted(self._model) and self._model.queue is self._queue:
            self._model.counted.emit(number)

    def failed(self, error: Exception) -> None:
        if not sip.isdeleted(self._model):
            self._model.take_failure(self._queue, _sentence(error))

    def not_counted(self, error: Exception) -> None:
        if not sip.isdeleted(self._model) and self._model.queue is self._queue:
            self._model.failed.emit(_sentence(error))


def _sentence(error: Exception) -> str:
    if isinstance(error, ExpectedError):
        return str(error)
    log.ui.error("the list cannot be read", exc_info=error)
    return tr("The list cannot be read; the log says why.")
