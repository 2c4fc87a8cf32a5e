"""Product and lot: what is inspected, and to which lot it is counted."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.i18n import tr


class LotFields(QWidget):
    """The product to read, the lot to read and to change.

    Signals:
        lot_entered: Another lot was confirmed. arg: its name.
    """

    lot_entered = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._product_name, self.product = QLabel(), QLabel("–")
        self._lot_name, self.lot = QLabel(), QLineEdit()
        self.set_button = QPushButton()
        self.product.setProperty("role", "large")
        self.product.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._product_name, self._lot_name):
            label.setProperty("role", "faint")
        self.lot.setMaxLength(80)
        self.lot.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.lot.setMinimumWidth(150)
        self._current = ""
        for widget in (self._product_name, self.product):
            row.addWidget(widget)
        row.addSpacing(18)
        for widget in (self._lot_name, self.lot, self.set_button):
            row.addWidget(widget)
        self.lot.textEdited.connect(self._on_edited)
        self.lot.returnPressed.connect(self._on_confirmed)
        self.set_button.clicked.connect(self._on_confirmed)
        self.retranslate()
        self._mark()

    def show_product(self, text: str) -> None:
        """Show what is inspected."""
        if self.product.text() != text:
            self.product.setText(text)
            self.product.setToolTip(text)

    def show_lot(self, lot: str) -> None:
        """Show the lot in force; what is being typed stays."""
        if lot != self._current:
            was_pending = self.pending
            self._current = lot
            if not was_pending:
                self.lot.setText(lot)
            self._mark()

    @property
    def pending(self) -> bool:
        """True while a lot is typed but not confirmed."""
        return self.lot.text().strip() != self._current

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._product_name.setText(tr("Product"))
        self._lot_name.setText(tr("Lot"))
        self.lot.setPlaceholderText(tr("no lot"))
        self.lot.setToolTip(tr("Parts are counted and stored under this lot"))
        self.set_button.setText(tr("Use lot"))
        self.set_button.setToolTip(tr("From the next part on; the counters show the new lot"))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _on_edited(self) -> None:
        self._mark()

    def _on_confirmed(self) -> None:
        if self.pending:
            self._current = self.lot.text().strip()
            self.lot.setText(self._current)
            self.lot_entered.emit(self._current)
        self.lot.clearFocus()
        self._mark()

    def _mark(self) -> None:
        """Show a typed but not yet used lot as such, so that nobody takes it for the lot."""
        self.set_button.setEnabled(self.pending)
        if self.lot.property("pending") != self.pending:
            self.lot.setProperty("pending", self.pending)
            style = self.lot.style()
            if style is not None:
                style.unpolish(self.lot)
                style.polish(self.lot)
