"""A picture of the really running window, for the README and for tests."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QObject, QTimer, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app import log
from app.inspection.verdict import Verdict
from app.ui.screens.live import LiveScreen

_PERIOD_MS = 50
# A few NG parts fill the strip, so that the picture shows what a shift looks like.
_PARTS_FIRST = 4


class Screenshot(QObject):
    """Takes one picture: of the live screen when it shows NG parts, else at the end.

    The live screen is worth a picture while an NG part is on it and the strip is well filled.
    """

    def __init__(self, window: QWidget, file: Path | None, live: LiveScreen | None) -> None:
        """Begin to look.

        Args:
            window: Of which the picture is taken.
            file: PNG file; None for no picture.
            live: The live screen if that is what the picture shall show.
        """
        super().__init__(window)
        self._window = window
        self._file = file
        self._live = live
        self._taken = file is None
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self._on_time)
        if file is not None and live is not None:
            self._timer.start()

    def finish(self) -> None:
        """Take the picture now if it was not taken yet; for the end of the program."""
        self._timer.stop()
        if not self._taken:
            self._take()

    @pyqtSlot()
    def _on_time(self) -> None:
        if self._live is None:
            return
        record = self._live.shown_record()
        filled = len(self._live.layout_.strip.thumbnails) >= _PARTS_FIRST
        if record is not None and record.verdict is Verdict.NG and filled:
            self._timer.stop()
            self._take()

    def _take(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._window.grab().save(str(self._file), "PNG"):
            self._taken = True
        else:
            log.ui.error("the picture of the window cannot be written to %s", self._file)
