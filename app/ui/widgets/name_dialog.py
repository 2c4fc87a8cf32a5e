"""Asks for one name."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr


class NameDialog(QDialog):
    """One field; Enter takes the name, Esc leaves.

    Signals:
        named: A name was given. arg: it, never empty.
    """

    named = pyqtSignal(str)

    def __init__(
        self, title: str, question: str, name: str = "", parent: QWidget | None = None
    ) -> None:
        """Build the dialog.

        Args:
            title: Of the window, translated.
            question: What the name is for, translated.
            name: To begin with.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(440)
        asked = QLabel(question)
        asked.setWordWrap(True)
        self.field = QLineEdit(name)
        self.field.setMaxLength(80)
        self.field.setAccessibleName(title)
        self.field.selectAll()
        self.take_button, self.leave_button = (
            QPushButton(tr("Save")),
            QPushButton(tr("Cancel")),
        )
        self.take_button.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.leave_button)
        buttons.addWidget(self.take_button)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(asked)
        column.addWidget(self.field)
        column.addLayout(buttons)
        self.field.textChanged.connect(self._on_edited)
        self.take_button.clicked.connect(self._on_taken)
        self.leave_button.clicked.connect(self.reject)
        self._on_edited()

    def _name(self) -> str:
        return " ".join(self.field.text().split())

    def _on_edited(self) -> None:
        self.take_button.setEnabled(bool(self._name()))

    def _on_taken(self) -> None:
        name = self._name()
        self.accept()
        self.named.emit(name)
