"""A text field that gives the keyboard back."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QLineEdit


class TextField(QLineEdit):
    """Enter and Esc end the typing; no other widget sees them.

    A plain field hands Enter on to its parents, where it would decide the part on the screen.

    Signals:
        left: The user is done typing.
    """

    left = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Type, or leave."""
        if event is None:
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            event.accept()
            self.left.emit()
        else:
            super().keyPressEvent(event)
