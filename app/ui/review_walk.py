"""Where a reviewer is in the list, and which part is on the screen."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, QObject, QTimer, pyqtSignal

from app.ui.part_loader import LoadedPart, PartLoader
from app.ui.widgets.queue_model import QueueModel

_AHEAD = 3
# So many rows before the end of what is known the next page is read.
_ROWS_AHEAD = 60
_RETRY_MS = 2000


class ReviewWalk(QObject):
    """Goes from part to part; the ones to come are loaded meanwhile.

    Signals:
        moved: Another part is on the way to the screen, or the list has grown.
        shown: A part is there. arg: the `LoadedPart`.
        loading: The part is on its way; nothing is shown until then.
        failed: The part cannot be read now; it is tried again. arg: a sentence.
        ended: No part is left. arg: whether the list is empty from the start.
        wrapped: The end was reached; it goes on with the first part that is still open.
    """

    moved = pyqtSignal()
    shown = pyqtSignal(object)
    loading = pyqtSignal()
    failed = pyqtSignal(str)
    ended = pyqtSignal(bool)
    wrapped = pyqtSignal()

    def __init__(self, model: QueueModel, loader: PartLoader, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._loader = loader
        self._place = -1
        self._record_id = ""
        self._part: LoadedPart | None = None
        self._seeking: int | None = None
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self._on_retry)
        model.grown.connect(self._on_grown)
        model.failed.connect(self._on_list_failed)
        loader.loaded.connect(self._on_loaded)
        loader.failed.connect(self._on_part_failed)

    @property
    def place(self) -> int:
        """Row in the list, -1 before the first."""
        return self._place

    @property
    def record_id(self) -> str:
        """Record that is shown or on its way, "" if none."""
        return self._record_id

    @property
    def part(self) -> LoadedPart | None:
        """The part on the screen; None while it is loaded."""
        return self._part

    @property
    def is_beside(self) -> bool:
        """Whether the part on the screen is not the one of the list's row."""
        row = self._model.record_row(self._place)
        return bool(self._record_id) and (row is None or row.id != self._record_id)

    def begin(self) -> None:
        """Start with the first open part of a new list as soon as it is there."""
        self._place, self._record_id, self._part = -1, "", None
        self._seeking = 0
        self.loading.emit()

    def rest(self) -> None:
        """Try nothing again; for a screen that is not shown."""
        self._retry.stop()

    def go(self, place: int) -> bool:
        """Show a row; return whether there is one."""
        row = self._model.record_row(place)
        if row is None:
            return False
        self._place, self._seeking = place, None
        if place >= self._model.rowCount() - _ROWS_AHEAD:
            self._model.fetchMore(QModelIndex())
        self.show_record(row.id)
        return True

    def step(self, rows: int) -> bool:
        """Go so many rows on or back; return whether there is such a row."""
        if self.is_beside and self._place >= 0:
            return self.go(self._place)
        return self.go(self._place + rows)

    def go_on(self) -> None:
        """Go to the next part that is still open, after the last one to the first."""
        self._seek(self._place + 1)

    def show_record(self, record_id: str) -> None:
        """Show any record; the place in the list stays."""
        self._record_id = record_id
        self._part = None
        self._retry.stop()
        part = self._loader.get(record_id)
        self.moved.emit()
        if part is None:
            self.loading.emit()
        else:
            self._show(part)
        self._loader.want(self._wanted())

    def refresh(self) -> None:
        """Show the part anew with what is now known of it."""
        part = self._loader.get(self._record_id)
        if part is not None:
            self._show(part)

    def _show(self, part: LoadedPart) -> None:
        self._part = part
        self.shown.emit(part)

    def _wanted(self) -> list[str]:
        """Return the part on the screen, the open ones that follow, and the one before."""
        wanted = [self._record_id]
        place = self._place + 1
        while len(wanted) <= _AHEAD and (row := self._model.record_row(place)) is not None:
            if not self._model.is_done(place):
                wanted.append(row.id)
            place += 1
        before = self._model.record_row(self._place - 1)
        return wanted + ([before.id] if before else [])

    def _seek(self, place: int) -> None:
        """Show the first open row from `place` on; read further pages if need be."""
        for at in range(place, self._model.rowCount()):
            if not self._model.is_done(at):
                self.go(at)
                return
        if not self._model.is_complete:
            self._seeking = place
            self._model.fetchMore(QModelIndex())
            self.loading.emit()
            return
        self._wrap()

    def _wrap(self) -> None:
        queue = self._model.queue
        only_open = queue is not None and queue.query.reviewed is False
        for at in range(self._place if only_open else 0):
            if not self._model.is_done(at):
                self.go(at)
                self.wrapped.emit()
                return
        self._seeking = None
        self._record_id, self._part = "", None
        self.moved.emit()
        self.ended.emit(self._model.rowCount() == 0)

    def _on_grown(self) -> None:
        if self._seeking is not None:
            self._seek(self._seeking)
        else:
            self.moved.emit()
            if self._record_id:
                self._loader.want(self._wanted())

    def _on_loaded(self, record_id: str) -> None:
        part = self._loader.get(record_id)
        if record_id == self._record_id and part is not None:
            self._show(part)

    def _on_part_failed(self, record_id: str, sentence: str) -> None:
        if record_id == self._record_id:
            self.failed.emit(sentence)
            self._retry.start()

    def _on_list_failed(self, sentence: str) -> None:
        self._retry.start()

    def _on_retry(self) -> None:
        if self._model.is_loading:
            return
        if not self._model.is_complete:
            self._model.retry()
        if self._record_id and self._part is None:
            self._loader.want(self._wanted())
