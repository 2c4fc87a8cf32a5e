"""What every screen of the quality staff is."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, pyqtSignal
from PyQt5.QtWidgets import QWidget

from app.ui.qa_desk import QaDesk


class Page(QWidget):
    """One screen behind the bar at the top.

    Signals:
        parts_wanted: Parts shall be opened in Review. arg: their record ids, the first to begin
            with.

    Args:
        desk: What it works with.
        parent: Window that it belongs to.
    """

    parts_wanted = pyqtSignal(object)

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

    def show_parts(self, record_ids: Sequence[str]) -> None:
        """Go through these parts, on a screen that shows parts; call after `entered`."""

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
