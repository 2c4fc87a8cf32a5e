"""The bar at the top: which screen is shown, and what the line does meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.i18n import tr


class PageBar(QFrame):
    """One button per screen; at the right end the state of the line in one word or two.

    Signals:
        chosen: A screen is wanted. arg: its key.
    """

    chosen = pyqtSignal(str)

    def __init__(self, names: Sequence[tuple[str, str, str]], parent: QWidget | None = None):
        """Build the bar.

        Args:
            names: (key, English source text, shortcut) of each screen, in order.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setObjectName("pageBar")
        self._names = {key: (text, shortcut) for key, text, shortcut in names}
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(6)
        for key in self._names:
            button = QPushButton()
            button.setObjectName(f"page-{key}")
            button.setCheckable(True)
            button.setProperty("role", "page")
            button.clicked.connect(partial(self._on_clicked, key))
            self.buttons[key] = button
            row.addWidget(button)
        row.addStretch(1)
        self.line = QLabel()
        self.line.setObjectName("lineChip")
        self.line.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self.line.hide()
        row.addWidget(self.line)
        self.retranslate()

    def show_page(self, key: str) -> None:
        """Mark the button of the screen that is shown."""
        for name, button in self.buttons.items():
            button.setChecked(name == key)

    def show_line(self, text: str, colour: str, ink: str) -> None:
        """Show what the line does.

        Args:
            text: Translated; "" hides the place.
            colour: "#RRGGBB" of the ground.
            ink: "#RRGGBB" of the letters.
        """
        self.line.setVisible(bool(text))
        if self.line.text() != text:
            self.line.setText(text)
        sheet = f"background: {colour}; color: {ink};"
        if self.line.styleSheet() != sheet:
            self.line.setStyleSheet(sheet)

    def retranslate(self) -> None:
        """Set all texts anew."""
        for key, button in self.buttons.items():
            text, shortcut = self._names[key]
            button.setText(tr(text))
            button.setToolTip(f"{tr(text)} ({shortcut})")
        self.line.setToolTip(tr("The line goes on while you work here"))

    def _on_clicked(self, key: str, checked: bool = False) -> None:
        # a click on the screen that is shown would switch its button off
        self.buttons[key].setChecked(True)
        self.chosen.emit(key)
