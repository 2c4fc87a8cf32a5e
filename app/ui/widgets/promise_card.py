"""Which promise is wanted, the limit that keeps it, or why there is none."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.quality.promise import percent

_SHARES = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
_CONFIDENCES = (0.9, 0.95, 0.99)


class PromiseCard(QFrame):
    """Two choices, a button and a few sentences.

    Signals:
        changed: Another promise is wanted.
        use_wanted: The suggested limit is to be taken.
    """

    changed = pyqtSignal()
    use_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._title.setProperty("role", "large")
        self._share_name, self._confidence_name = QLabel(), QLabel()
        self.share, self.confidence = QComboBox(), QComboBox()
        for box, values in ((self.share, _SHARES), (self.confidence, _CONFIDENCES)):
            for value in values:
                box.addItem(percent(value), value)
        self.share.setCurrentIndex(_SHARES.index(0.01))
        self.confidence.setCurrentIndex(_CONFIDENCES.index(0.95))
        self.share.currentIndexChanged.connect(self._on_chosen)
        self.confidence.currentIndexChanged.connect(self._on_chosen)
        self.use = QPushButton()
        self.use.clicked.connect(self.use_wanted)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._share_name)
        row.addWidget(self.share)
        row.addWidget(self._confidence_name)
        row.addWidget(self.confidence)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addLayout(row)
        column.addWidget(self.text)
        column.addWidget(self.use)
        self.retranslate()

    @property
    def wanted(self) -> tuple[float, float]:
        """Share of false calls and confidence that are wanted."""
        return float(self.share.currentData()), float(self.confidence.currentData())

    def show_suggestion(self, limit: str, text: str) -> None:
        """Show a suggestion.

        Args:
            limit: The suggested limit as text, "" if there is none.
            text: Promise or refusal, and what is known of escapes (translated).
        """
        self.use.setEnabled(bool(limit))
        self.use.setText(
            tr("Take the suggested limit {limit}").format(limit=limit)
            if limit
            else tr("No limit can be suggested")
        )
        self.text.setText(text)

    def retranslate(self) -> None:
        """Set the texts of the card itself anew; `show_suggestion` sets the rest."""
        self._title.setText(tr("Suggestion with a promise"))
        self._share_name.setText(tr("False calls at most"))
        self._confidence_name.setText(tr("confidence"))
        self.share.setAccessibleName(tr("False calls at most"))
        self.confidence.setAccessibleName(tr("confidence"))

    def _on_chosen(self, _: int) -> None:
        self.changed.emit()
