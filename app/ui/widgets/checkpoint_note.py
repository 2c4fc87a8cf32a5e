"""A few lines that people write about a checkpoint."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr

_LONGEST = 2000


class NoteField(QWidget):
    """Shows a note; what is typed is kept when the field is left or the button pressed.

    Signals:
        written: The note has changed. arg: the text.
    """

    written = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = ""
        self._name = QLabel()
        self._name.setProperty("role", "faint")
        self.field, self.keep_button = QPlainTextEdit(), QPushButton()
        self._name.setBuddy(self.field)
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(72)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._on_edited)
        self.keep_button.clicked.connect(self.keep)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._name, 1)
        row.addWidget(self.keep_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.field)
        self.retranslate()
        self._on_edited()

    @property
    def is_edited(self) -> bool:
        """Whether something was typed that is not kept yet."""
        return self.field.toPlainText().strip() != self._kept

    def show_note(self, text: str) -> None:
        """Show a note that is kept already."""
        self._kept = text.strip()
        if self.field.toPlainText() != text:
            self.field.setPlainText(text)
        self._on_edited()

    def keep(self) -> None:
        """Keep what was typed."""
        if self.is_edited:
            self._kept = self.field.toPlainText().strip()[:_LONGEST]
            self.written.emit(self._kept)
        self._on_edited()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._name.setText(tr("Note"))
        self.field.setAccessibleName(tr("Note"))
        self.field.setPlaceholderText(tr("For instance: trained with the new lamp"))
        self.keep_button.setText(tr("Keep note"))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Keep the note when the field is left."""
        if watched is self.field and event is not None and event.type() == QEvent.Type.FocusOut:
            self.keep()
        return super().eventFilter(watched, event)

    def _on_edited(self) -> None:
        self.keep_button.setVisible(self.is_edited)
