"""Reads the source picture of the tile under the cursor, away from the window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtGui import QImage

from app.labelling.place import TileRow
from app.labelling.source_view import Box, source_view
from app.station import tasks
from app.station.messages import sentence_of
from app.ui import images

_SIDE_PX = 900


@dataclass(frozen=True, slots=True, eq=False)
class ShownSource:
    """A source picture to be drawn.

    Attributes:
        name: Of the tile's file.
        image: The picture; None if it cannot be shown.
        box: (x, y, width, height) of the tile, pixels of the image.
        problem: Why it cannot be shown, one sentence; "" if it can.
    """

    name: str
    image: QImage | None
    box: Box
    problem: str


class LabelSource(QObject):
    """One at a time; of several wishes the last one counts.

    Signals:
        arrived: It was read. arg: `ShownSource`.
        failed: It cannot be read through a fault. arg: a sentence.
    """

    arrived = pyqtSignal(object)
    failed = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folders: tuple[Path, ...] = ()
        self._wanted: TileRow | None = None
        self._busy = False

    def set_folders(self, folders: tuple[Path, ...]) -> None:
        """Say where the sources lie, by their numbers."""
        self._folders = folders

    def ask(self, row: TileRow | None) -> None:
        """Read the source of a tile; None forgets what was asked."""
        self._wanted = row
        self._begin()

    def _begin(self) -> None:
        if self._busy or self._wanted is None:
            return
        row, self._wanted, self._busy = self._wanted, None, True
        tasks.run(partial(_read, self._folders, row), self._on_read, self._on_failed)

    def _on_read(self, found: ShownSource) -> None:
        if not sip.isdeleted(self):
            self._busy = False
            self.arrived.emit(found)
            self._begin()

    def _on_failed(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self._busy = False
            self.failed.emit(sentence_of(error))


def _read(folders: tuple[Path, ...], row: TileRow) -> ShownSource:
    view = source_view(folders, row, _SIDE_PX)
    image = None if view.image is None else images.base_image(view.image)
    return ShownSource(view.name, image, view.box, view.problem)
