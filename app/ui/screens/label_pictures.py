"""The pictures that are in sight, read away from the window; what is wanted last comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtGui import QImage

from app.labelling.pictures import small_picture
from app.labelling.place import LabelPlace, TileRow
from app.station import tasks
from app.station.messages import sentence_of
from app.ui import images

_BATCH = 12

Read = tuple[str, QImage | None, str]


class LabelPictures(QObject):
    """Reads a few pictures at a time, so that scrolling on never waits for what went by.

    Signals:
        arrived: A picture was read. args: its name, a QImage or None, why there is none.
        failed: Pictures cannot be read through a fault. arg: a sentence.
    """

    arrived = pyqtSignal(str, object, str)
    failed = pyqtSignal(str)

    def __init__(self, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._place: LabelPlace | None = None
        self._rows: Mapping[str, TileRow] = {}
        self._wanted: list[str] = []
        self._busy = False

    def set_rows(self, place: LabelPlace, rows: Mapping[str, TileRow]) -> None:
        """Say where the pictures lie."""
        self._place, self._rows = place, rows

    def ask(self, names: Sequence[str]) -> None:
        """Read these pictures, in this order; what was asked for before is forgotten."""
        self._wanted = list(names)
        self._begin()

    def _begin(self) -> None:
        if self._busy or not self._wanted or self._place is None:
            return
        batch, self._wanted = self._wanted[:_BATCH], self._wanted[_BATCH:]
        rows = [self._rows[name] for name in batch if name in self._rows]
        self._busy = True
        job = partial(_read, self._place, rows, self._side)
        tasks.run(job, self._on_read, self._on_failed)

    def _on_read(self, found: list[Read]) -> None:
        if sip.isdeleted(self):
            return
        self._busy = False
        for name, image, problem in found:
            self.arrived.emit(name, image, problem)
        self._begin()

    def _on_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self._busy, self._wanted = False, []
            self.failed.emit(sentence_of(error))


def _read(place: LabelPlace, rows: Sequence[TileRow], side: int) -> list[Read]:
    found: list[Read] = []
    for row in rows:
        small = small_picture(place, row, side)
        image = None if small.image is None else images.base_image(small.image)
        found.append((row.name, image, small.problem))
    return found
