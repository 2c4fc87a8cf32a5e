"""Lets a named person answer for production though golden samples have moved."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.golden.check import GoldenCheck
from app.golden.wording import sentence, what
from app.i18n import tr
from app.ui.widgets.signature_fields import SignatureFields

_LINES = 6


class OverrideDialog(QDialog):
    """Says what moved, asks for name and reason; nothing holds without both.

    Signals:
        overridden: Production shall go on. args: who, why; neither is empty.
    """

    overridden = pyqtSignal(str, str)

    def __init__(self, check: GoldenCheck, by: str = "", parent: QWidget | None = None) -> None:
        """Build the dialog.

        Args:
            check: The check that blocks production.
            by: Name to begin with.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Let production go on"))
        self.setMinimumWidth(620)
        self.facts = QLabel(_facts(check))
        self.fields = SignatureFields(by, tr("For instance: every part is checked by hand"))
        self.by, self.reason = self.fields.by, self.fields.reason
        self.go_button, self.keep_button = QPushButton(), QPushButton()
        self._build()
        self.by.textChanged.connect(self._check)
        self.reason.textChanged.connect(self._check)
        self.go_button.clicked.connect(self._on_go)
        self.keep_button.clicked.connect(self.reject)
        self.fields.focus_first()
        self._check()

    def _build(self) -> None:
        heading = QLabel(tr("The machine may judge wrongly. Who answers for going on, and why?"))
        heading.setProperty("role", "large")
        note = QLabel(tr("It is recorded, stays on the screen, and ends with the next check."))
        note.setProperty("role", "faint")
        for label in (heading, self.facts, note):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.go_button.setText(tr("Let production go on"))
        self.keep_button.setText(tr("Keep it blocked"))
        self.keep_button.setDefault(True)
        self.go_button.setAutoDefault(False)
        buttons = QHBoxLayout()
        for button in (self.keep_button, self.go_button):
            button.setProperty("target", "large")
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(14)
        for part in (heading, self.facts):
            column.addWidget(part)
        column.addLayout(self.fields)
        column.addWidget(note)
        column.addLayout(buttons)

    def _check(self) -> None:
        self.go_button.setEnabled(self.fields.is_complete)

    def _on_go(self) -> None:
        by, reason = self.fields.values()
        self.accept()
        self.overridden.emit(by, reason)


def _facts(check: GoldenCheck) -> str:
    """Return what moved, a line a sample."""
    failed = check.failed
    if not failed:
        return sentence(check)
    lines = [f"• {sample.name}: {what(sample)}" for sample in failed[:_LINES]]
    if len(failed) > _LINES:
        lines.append(tr("… and {count} more").format(count=len(failed) - _LINES))
    return "\n".join(lines)
