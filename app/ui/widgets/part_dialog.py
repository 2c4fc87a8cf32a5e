"""One stored NG part, large, with its facts."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.widgets.image_view import ImageView, Picture

Facts = tuple[tuple[str, str], ...]


class PartDialog(QDialog):
    """Shows one part; it does not follow the line.

    Signals:
        false_call: The operator says that the part is good. arg: its record id.
    """

    false_call = pyqtSignal(str)

    def __init__(self, record_id: str, facts: Facts, parent: QWidget | None = None) -> None:
        """Build the dialog.

        Args:
            record_id: Which part.
            facts: (English name, value) in the order shown.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._record_id = record_id
        self._facts = facts
        self.view = ImageView()
        self._names = [QLabel() for _ in facts]
        form = QFormLayout()
        for label, (_, value) in zip(self._names, facts, strict=True):
            label.setProperty("role", "faint")
            text = QLabel(value)
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(label, text)
        self.false_call_button = QPushButton()
        self.close_button = QPushButton()
        side = QVBoxLayout()
        side.addLayout(form)
        side.addStretch(1)
        for button in (self.false_call_button, self.close_button):
            button.setProperty("target", "large")
            side.addWidget(button)
        row = QHBoxLayout(self)
        row.addWidget(self.view, 3)
        row.addLayout(side, 1)
        self.false_call_button.clicked.connect(self._on_false_call)
        self.close_button.clicked.connect(self.accept)
        self.close_button.setDefault(True)
        self.close_button.setFocus()
        self.retranslate()

    @property
    def record_id(self) -> str:
        """Which part is shown."""
        return self._record_id

    def show_picture(self, picture: Picture) -> None:
        """Show the part."""
        self.view.show_picture(picture)

    def show_false_call(self) -> None:
        """Say that the part is marked; it cannot be marked twice."""
        self.false_call_button.setEnabled(False)
        self.false_call_button.setText(tr("Marked as false call"))

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.setWindowTitle(tr("NG part"))
        marked = not self.false_call_button.isEnabled()
        self.false_call_button.setText(tr("Marked as false call") if marked else tr("False call"))
        self.false_call_button.setToolTip(tr("The part is good: mark the verdict as wrong"))
        self.close_button.setText(tr("Close"))
        for label, (name, _) in zip(self._names, self._facts, strict=True):
            label.setText(tr(name))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _on_false_call(self) -> None:
        self.false_call.emit(self._record_id)
        self.show_false_call()
