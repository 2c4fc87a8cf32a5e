"""What every screen of the quality staff is."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, pyqtSignal
from PyQt5.QtWidgets import QWidget

from app.ui.qa_desk import QaDesk


class Page(QWidget):
    """One screen behind the bar at the top.

    Signals:
        record_wanted: A part shall be opened in Review. arg: its record id.

    Args:
        desk: What it works with.
        parent: Window that it belongs to.
    """

    record_wanted = pyqtSignal(str)

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self.desk = desk

    def title(self) -> str:
        """Return its name on the bar, in the language in use."""
        raise NotImplementedError

    def entered(self) -> None:
        """Bring the screen up to date: it is shown from now on."""

    def left(self) -> None:
        """Rest: it is no longer shown."""

    def show_record(self, record_id: str) -> None:
        """Show one part, on a screen that shows single parts; call after `entered`."""

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size.

        Args:
            scale: Factor for letters and targets, 1.0 for 1280x800.
        """

    def retranslate(self) -> None:
        """Set all texts anew."""

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
