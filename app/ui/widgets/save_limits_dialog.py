"""Who sets the limits and why: nothing is saved without both."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr


class SaveLimitsDialog(QDialog):
    """Shows what is saved and asks for name and reason."""

    def __init__(self, summary: str, author: str, parent: QWidget | None = None) -> None:
        """Build the dialog.

        Args:
            summary: What is saved, a few lines (translated).
            author: Name to begin with.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("Save limits as a new recipe version"))
        self.setMinimumWidth(560)
        text = QLabel(summary)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        self.author, self.reason = QLineEdit(author), QLineEdit()
        self.author.setMaxLength(80)
        self.reason.setMaxLength(500)
        self.reason.setPlaceholderText(tr("For instance: too many false calls on lot 14"))
        form = QFormLayout()
        form.addRow(QLabel(tr("Who sets the limits")), self.author)
        form.addRow(QLabel(tr("Why they are set")), self.reason)
        self.missing = QLabel()
        self.missing.setProperty("role", "faint")
        self.save_button, cancel = QPushButton(tr("Save the limits")), QPushButton(tr("Cancel"))
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(self.missing, 1)
        buttons.addWidget(self.save_button)
        buttons.addWidget(cancel)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(text)
        column.addLayout(form)
        column.addLayout(buttons)
        self.author.textChanged.connect(self._check)
        self.reason.textChanged.connect(self._check)
        (self.reason if author else self.author).setFocus()
        self._check()

    def _check(self) -> None:
        complete = bool(self.author.text().strip() and self.reason.text().strip())
        self.save_button.setEnabled(complete)
        self.missing.setText("" if complete else tr("Name and reason are needed."))
