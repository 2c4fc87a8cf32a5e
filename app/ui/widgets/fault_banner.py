"""What is wrong and what to do, across the top, until somebody has seen it."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.i18n import tr


class FaultBanner(QFrame):
    """One sentence and a button; hidden while nothing is wrong.

    Signals:
        acknowledged: The operator has seen it.
        override_wanted: Somebody wants to let production go on all the same.
    """

    acknowledged = pyqtSignal()
    override_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("faultBanner")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 4, 4)
        self._sign = QLabel("!")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QPushButton()
        self._button.setProperty("target", "large")
        self._button.setMinimumWidth(120)
        self._button.clicked.connect(self.acknowledged)
        self.override_button = QPushButton()
        self.override_button.setProperty("target", "large")
        self.override_button.setMinimumWidth(120)
        self.override_button.clicked.connect(self.override_wanted)
        self.override_button.hide()
        row.addWidget(self._sign)
        row.addSpacing(10)
        row.addWidget(self._text, 1)
        row.addWidget(self.override_button)
        row.addWidget(self._button)
        self.retranslate()
        self.show_fault("", False)

    @property
    def text(self) -> str:
        """The sentence shown, "" if none."""
        return self._text.text()

    @property
    def button(self) -> QPushButton:
        """The button that acknowledges."""
        return self._button

    def show_fault(self, sentence: str, seen: bool) -> None:
        """Show a fault, calmer once it was seen; "" hides the banner."""
        if self._text.text() != sentence:
            self._text.setText(sentence)
        self.setVisible(bool(sentence))
        self._button.setVisible(bool(sentence) and not seen)
        if self.property("quiet") != seen:
            self.setProperty("quiet", seen)
            for widget in (self, self._text, self._sign):
                style = widget.style()
                if style is not None:
                    style.unpolish(widget)
                    style.polish(widget)

    def show_override(self, possible: bool) -> None:
        """Offer to let production go on, or no longer."""
        self.override_button.setVisible(possible)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._button.setText(tr("Acknowledge"))
        self.override_button.setText(tr("Override…"))
        self.override_button.setToolTip(tr("Let production go on; a named person answers for it"))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)
