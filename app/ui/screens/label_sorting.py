"""Sorting labelled pictures into the data set, away from the window."""

from __future__ import annotations

import threading

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal

from app.i18n import tr
from app.labelling.outbox import LabelOutbox
from app.labelling.place import (
    ArrangingCancelled,
    LabelPlace,
    TileCounts,
    TileRow,
    make_data_set,
    open_rows,
)
from app.station import tasks
from app.station.messages import sentence_of

_STEP = 50


class LabelSorting(QObject):
    """One sorting at a time.

    Signals:
        progressed: How far it is. args: files done, files in all.
        done: All are where they belong. args: `TileCounts`, the rows by name as they are now.
        failed: It could not be done; the labels are kept. arg: a sentence.
    """

    progressed = pyqtSignal(int, int)
    done = pyqtSignal(object, object)
    failed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop = threading.Event()
        self.is_busy = False

    def begin(self, place: LabelPlace, outbox: LabelOutbox) -> None:
        """Write what waits, then sort; nothing happens while one goes on."""
        if self.is_busy:
            return
        self.is_busy = True
        self._stop.clear()
        tasks.run(_Job(self, place, outbox, self._stop).run, self._on_done, self._on_failed)

    def stop(self) -> None:
        """Stop between two files; the next sorting goes on."""
        self._stop.set()

    def _on_done(self, found: tuple[TileCounts, dict[str, TileRow]]) -> None:
        if not sip.isdeleted(self):
            self.is_busy = False
            self.done.emit(*found)

    def _on_failed(self, error: Exception) -> None:
        if sip.isdeleted(self):
            return
        self.is_busy = False
        stopped = isinstance(error, ArrangingCancelled)
        self.failed.emit(tr("Sorting was stopped.") if stopped else sentence_of(error))


class _Job:
    """One sorting, on a pool thread."""

    def __init__(
        self, sorting: LabelSorting, place: LabelPlace, outbox: LabelOutbox, stop: threading.Event
    ) -> None:
        self._sorting, self._place, self._outbox, self._stop = sorting, place, outbox, stop

    def run(self) -> tuple[TileCounts, dict[str, TileRow]]:
        self._outbox.deliver()
        counts = make_data_set(self._place, self._progress, self._stop.is_set)
        return counts, open_rows(self._place)

    def _progress(self, done: int, total: int) -> None:
        if (done % _STEP == 0 or done == total) and not sip.isdeleted(self._sorting):
            self._sorting.progressed.emit(done, total)
