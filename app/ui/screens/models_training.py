"""Stands in until the training panel is there."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QWidget

from app.ui.qa_desk import QaDesk


class TrainingPanel(QWidget):
    """Stand-in.

    Signals:
        epoch_chosen: A checkpoint shall be tried. arg: Path.
    """

    epoch_chosen = pyqtSignal(object)

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)

    def set_scale(self, scale: float) -> None:
        """Nothing to fit."""
