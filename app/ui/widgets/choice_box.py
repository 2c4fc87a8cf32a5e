"""A box to choose from that gives the keyboard back once the choice is made."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QWheelEvent
from PyQt5.QtWidgets import QComboBox, QSizePolicy, QWidget


class ChoiceBox(QComboBox):
    """Arrows change the choice and stay; Enter, Esc and a choice from the open list leave.

    Signals:
        left: The user is done choosing.
    """

    left = pyqtSignal()

    def __init__(self, letters: int, parent: QWidget | None = None) -> None:
        """Build an empty box.

        Args:
            letters: So many are to be read at least.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        adjust = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.setSizeAdjustPolicy(adjust)
        self.setMinimumContentsLength(letters)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaxVisibleItems(20)

    def hidePopup(self) -> None:
        """Close the list; whoever opened it has chosen or does not want to."""
        super().hidePopup()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Choose, or leave."""
        if event is None:
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            event.accept()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Choose nothing by a wheel that was meant for something else."""
        if event is not None:
            event.ignore()
