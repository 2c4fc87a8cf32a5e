"""The labelling screen in a window of its own, for the command line."""

from __future__ import annotations

from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QTimer, pyqtSlot
from PyQt5.QtGui import QCloseEvent, QResizeEvent
from PyQt5.QtWidgets import QApplication, QMainWindow, QShortcut, QWidget

from app import i18n
from app.errors import ExpectedError
from app.i18n import tr
from app.labelling.place import Opened
from app.station import tasks
from app.ui import icons, start, theme
from app.ui.language import Language, next_language
from app.ui.screens.label import LabelScreen
from app.ui.screenshot import Screenshot

_SIZE = (1280, 800)


class LabelWindow(QMainWindow):
    """A window that holds the labelling screen; closing it keeps every label.

    Args:
        opened: What is labelled.
        by: Who labels.
        parent: Normally none.
    """

    def __init__(self, opened: Opened, by: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self.screen_ = LabelScreen(by, self)
        self.screen_.left.connect(self._on_left)
        self.setCentralWidget(self.screen_)
        self.setWindowIcon(icons.icon("station"))
        self.setWindowTitle(f"{tr('Label pictures')}: {opened.place.folder}")
        self.setMinimumSize(1024, 640)
        self.resize(*_SIZE)
        self.screen_.open(opened.place, opened)

    @pyqtSlot(str)
    def _on_left(self, _: str) -> None:
        self.close()

    @pyqtSlot()
    def close_soon(self) -> None:
        """Close, for a timer."""
        self.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close once every label is on the disk; else say why not, and close at the next try."""
        try:
            self.screen_.rest()
        except ExpectedError as error:
            if not self.screen_.property("warned") and event is not None:
                self.screen_.setProperty("warned", True)
                self.screen_._say(str(error))
                event.ignore()
                return
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use larger letters and buttons in a larger window."""
        super().resizeEvent(event)
        scale = theme.scale_for(self.width(), self.height())
        app = QApplication.instance()
        if scale != self._scale and isinstance(app, QApplication):
            self._scale = scale
            app.setStyleSheet(theme.style_sheet(scale))
            self.screen_.set_scale(scale)


def show_label_window(
    opened: Opened,
    by: str = "",
    quit_after_s: float | None = None,
    screenshot: Path | None = None,
) -> None:
    """Show the window until it is closed.

    Args:
        opened: What is labelled.
        by: Who labels.
        quit_after_s: Close after this time; None to run until closed.
        screenshot: PNG file for a picture of the window, taken on closing.

    Raises:
        UsageError: There is no display.
    """
    app = start.application()
    language = Language(app)
    language.use(i18n.language())
    window = LabelWindow(opened, by)
    QShortcut("Ctrl+L", window).activated.connect(lambda: language.use(next_language()))
    camera = Screenshot(window, screenshot, None)
    window.show()
    if quit_after_s is not None:
        QTimer.singleShot(round(quit_after_s * 1000), window.close_soon)
    try:
        app.exec()
    finally:
        camera.finish()
        tasks.wait_all(10.0)
        language.close()
        sip.delete(window)
