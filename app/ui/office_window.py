"""The window of an office PC: the screens of the quality staff, without a camera."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QCloseEvent, QResizeEvent
from PyQt5.QtWidgets import QApplication, QMainWindow, QPushButton, QShortcut, QWidget

from app.i18n import N_, tr
from app.ui import icons, theme
from app.ui.language import next_language
from app.ui.page_stack import PageStack
from app.ui.pages import PAGES
from app.ui.qa_desk import QaDesk

_TITLE = N_("AD-CLIP Station: quality office")


class OfficeWindow(QMainWindow):
    """The pages on the plant's records; nothing is inspected here.

    Signals:
        language_wanted: Another language is wanted. arg: its code.
    """

    language_wanted = pyqtSignal(str)

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        """Build the window on a desk whose station is None."""
        super().__init__(parent)
        self._scale = 1.0
        self.pages = PageStack(desk, None, self)
        self._language = QPushButton()
        self._language.setProperty("role", "page")
        self._language.clicked.connect(self._on_language)
        QShortcut("Ctrl+L", self).activated.connect(self._on_language)
        row = self.pages.bar.layout()
        if row is not None:
            row.addWidget(self._language)
        self.setCentralWidget(self.pages)
        self.setWindowIcon(icons.icon("station"))
        self.setMinimumSize(1024, 640)
        self.resize(desk.keeper.settings.window_width_px, desk.keeper.settings.window_height_px)
        self._retranslate()
        self.pages.show_page(PAGES[0].key)

    def remembered(self) -> dict[str, object]:
        """Return what the next start should find as it is now, by name in the settings."""
        size = self.normalGeometry().size() if self.isVisible() else self.size()
        return {"window_width_px": size.width(), "window_height_px": size.height()}

    def close_for_good(self) -> None:
        """Close; there is nothing to ask."""
        self.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Let the page that is shown rest first."""
        self.pages.leave()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use larger letters and buttons in a larger window."""
        super().resizeEvent(event)
        scale = theme.scale_for(self.width(), self.height())
        app = QApplication.instance()
        if scale != self._scale and isinstance(app, QApplication):
            self._scale = scale
            app.setStyleSheet(theme.style_sheet(scale))
            self.pages.set_scale(scale)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self._retranslate()

    def _retranslate(self) -> None:
        self.setWindowTitle(tr(_TITLE))
        self.pages.bar.retranslate()
        self._language.setText(tr("한국어"))
        self._language.setToolTip(f"{tr('Change the language')} (Ctrl+L)")

    @pyqtSlot()
    def _on_language(self) -> None:
        self.language_wanted.emit(next_language())
