"""A picture of the really running window, for the README and for tests."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QObject, QTimer, pyqtSlot

from app import log
from app.inspection.verdict import Verdict
from app.ui.main_window import MainWindow

_PERIOD_MS = 50
# A few NG parts fill the strip, so that the picture shows what a shift looks like.
_PARTS_FIRST = 4


class Screenshot(QObject):
    """Takes one picture while an NG part is on the screen and the strip is well filled."""

    def __init__(self, window: MainWindow, file: Path) -> None:
        super().__init__(window)
        self._window = window
        self._file = file
        self._taken = False
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self._on_time)
        self._timer.start()

    def finish(self) -> None:
        """Take the picture now if it was not taken yet; for the end of the program."""
        self._timer.stop()
        if not self._taken:
            self._take()

    @pyqtSlot()
    def _on_time(self) -> None:
        record = self._window.live.shown_record()
        filled = len(self._window.live.layout_.strip.thumbnails) >= _PARTS_FIRST
        if record is not None and record.verdict is Verdict.NG and filled:
            self._timer.stop()
            self._take()

    def _take(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._window.grab().save(str(self._file), "PNG"):
            self._taken = True
        else:
            log.ui.error("the picture of the window cannot be written to %s", self._file)
