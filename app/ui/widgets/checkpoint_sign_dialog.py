"""Who changes what judges, and why: nothing happens without both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.widgets.signature_fields import SignatureFields

_BESIDE = 2


class SignDialog(QDialog):
    """Says what will happen, asks for name and reason; a reason can be one press.

    Signals:
        signed: It shall happen. args: who, why; neither is empty.
    """

    signed = pyqtSignal(str, str)

    def __init__(
        self,
        title: str,
        facts: str,
        reasons: Sequence[str],
        by: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Build the dialog.

        Args:
            title: What is done, on the window and on the button (translated).
            facts: What comes of it, a few sentences (translated).
            reasons: Usual reasons, a button each (translated).
            by: Name to begin with.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(620)
        self.facts = QLabel(facts)
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.fields = SignatureFields(by, tr("Press a reason below or write one"))
        self.by, self.reason = self.fields.by, self.fields.reason
        self.reasons = [QPushButton(text) for text in reasons]
        self.missing = QLabel()
        self.missing.setProperty("role", "faint")
        self.do_button, self.leave_button = QPushButton(title), QPushButton(tr("Cancel"))
        self._build()
        self.by.textChanged.connect(self._check)
        self.reason.textChanged.connect(self._check)
        self.do_button.clicked.connect(self._on_do)
        self.leave_button.clicked.connect(self.reject)
        self.fields.focus_first()
        self._check()

    def _build(self) -> None:
        usual = QGridLayout()
        usual.setSpacing(8)
        for number, button in enumerate(self.reasons):
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._on_reason, button.text()))
            usual.addWidget(button, number // _BESIDE, number % _BESIDE)
        self.do_button.setDefault(True)
        self.leave_button.setAutoDefault(False)
        buttons = QHBoxLayout()
        for button in (self.leave_button, self.do_button):
            button.setProperty("target", "large")
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(14)
        column.addWidget(self.facts)
        column.addLayout(self.fields)
        column.addLayout(usual)
        column.addWidget(self.missing)
        column.addLayout(buttons)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Be high enough for all lines of the facts, however large the letters are."""
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(layout.totalHeightForWidth(self.width()))

    def _check(self) -> None:
        complete = self.fields.is_complete
        self.do_button.setEnabled(complete)
        kept = tr("Name and reason are recorded with the time.")
        self.missing.setText(kept if complete else tr("Name and reason are needed."))

    def _on_reason(self, text: str, _: bool = False) -> None:
        self.reason.setText(text)
        (self.do_button if self.by.text().strip() else self.by).setFocus()

    def _on_do(self) -> None:
        by, why = self.fields.values()
        self.accept()
        self.signed.emit(by, why)
