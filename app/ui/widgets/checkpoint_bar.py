"""The line at the top that always says what judges now, and takes it back by one press."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.widgets.checkpoint_table import short_name


class InForceBar(QFrame):
    """One sentence, what is known of it, news of a change, and the button back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.sentence, self.details, self.news = QLabel(), QLabel(), QLabel()
        self.back_button = QPushButton()
        self.back_button.setProperty("target", "large")
        self.sentence.setProperty("role", "large")
        self.details.setProperty("role", "faint")
        self.news.setObjectName("reviewNotice")
        self.news.setMinimumHeight(40)
        for label in (self.sentence, self.details, self.news):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.sentence)
        texts.addWidget(self.details)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 10, 6)
        row.setSpacing(10)
        row.addLayout(texts, 3)
        row.addWidget(self.news, 2)
        row.addWidget(self.back_button)
        self.show_news("")
        self.show_previous("")

    def show_sentence(self, sentence: str, details: str) -> None:
        """Say what judges, and since when, by whom and why (translated)."""
        for label, text in ((self.sentence, sentence), (self.details, details)):
            if label.text() != text:
                label.setText(text)
        self.details.setVisible(bool(details))

    def show_news(self, text: str, alarm: bool = False) -> None:
        """Say how a change of checkpoint goes or went; "" for nothing."""
        if text == self.news.text() and alarm == bool(self.news.property("alarm")):
            return
        self.news.setText(text)
        self.news.setVisible(bool(text))
        self.news.setProperty("alarm", alarm)
        style = self.news.style()
        if style is not None:
            style.unpolish(self.news)
            style.polish(self.news)

    def show_previous(self, name: str) -> None:
        """Offer the way back; "" if nothing judged before, which the button then says."""
        text = tr("Nothing to roll back to")
        if name:
            text = tr("Roll back to {name}").format(name=short_name(name))
        if self.back_button.text() != text:
            self.back_button.setText(text)
        self.back_button.setEnabled(bool(name))
        self.back_button.setToolTip(
            f"{name}\n{tr('The checkpoint before judges again; asks for name and reason')}"
            if name
            else ""
        )
