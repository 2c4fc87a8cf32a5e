"""One rate in large words: what it is, how many of 1,000, how sure that is."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget


class RateCard(QFrame):
    """A name, a large number with its unit, and a line below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self.number = QLabel(), QLabel()
        self._unit, self.detail = QLabel(), QLabel()
        self._name.setProperty("role", "large")
        self.number.setProperty("role", "number")
        self.detail.setProperty("role", "faint")
        self.detail.setWordWrap(True)
        for label in (self._name, self.number, self._unit, self.detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
        large = QHBoxLayout()
        large.setSpacing(8)
        large.addWidget(self._name, 1)
        large.addWidget(self.number)
        large.addWidget(self._unit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(0)
        column.addLayout(large)
        column.addWidget(self.detail)

    def show_rate(self, name: str, number: str, unit: str, detail: str) -> None:
        """Show a rate; all texts are translated and carry their units."""
        self._name.setText(name)
        self.number.setText(number)
        self._unit.setText(unit)
        self.detail.setText(detail)
        self.setAccessibleName(f"{name}: {number} {unit}. {detail}")
