"""Teach a product: from a camera to a recipe that judges, step by step."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QWidget

from app.ui.qa_desk import QaDesk


class TeachFlow(QWidget):
    """The guided flow; what was done so far is kept on disk.

    Args:
        desk: What it works with.
        parent: Screen that it belongs to.

    Signals:
        finished: A recipe was saved. arg: its name.
        left: The person leaves; a draft stays.
    """

    finished = pyqtSignal(str)
    left = pyqtSignal()

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
