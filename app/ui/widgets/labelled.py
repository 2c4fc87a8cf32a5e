"""A field with its name above it."""

from __future__ import annotations

from PyQt5.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget


class Labelled(QWidget):
    """Puts a small name above a field.

    Args:
        field: What is named; it is shown below the name.
        stretch: Whether it may grow with the window.
    """

    def __init__(self, field: QWidget, stretch: bool = True) -> None:
        super().__init__()
        self._name = QLabel()
        self._name.setProperty("role", "faint")
        self._name.setBuddy(field)
        self._field = field
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self._name)
        column.addWidget(field)
        wide = QSizePolicy.Policy.Expanding if stretch else QSizePolicy.Policy.Fixed
        self.setSizePolicy(wide, QSizePolicy.Policy.Fixed)

    def set_name(self, text: str) -> None:
        """Set the name (translated); screen readers read it too."""
        self._name.setText(text)
        self._field.setAccessibleName(text)
