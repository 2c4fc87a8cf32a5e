"""The tab of the candidate: what checking it found, and how it compares."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.candidates.comparison import Comparison
from app.i18n import tr
from app.ui.widgets.change_strip import ChangeStrip
from app.ui.widgets.compare_facts import CompareFacts
from app.ui.widgets.compare_scatter import CompareScatter
from app.ui.widgets.panel import panel


class ComparePanel(QWidget):
    """Holds the widgets; whoever builds it connects the buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.sentence, self.obstacle = QLabel(), QLabel(), QLabel()
        self.progress, self.step, self.stop_button = QProgressBar(), QLabel(), QPushButton()
        self.again_button, self.choose_button = QPushButton(), QPushButton()
        self.limits_button = QPushButton()
        self.shadow_button, self.activate_button = QPushButton(), QPushButton()
        self.scatter, self.facts, self.strip = CompareScatter(), CompareFacts(), ChangeStrip()
        self.message = QLabel()
        self._stack, self._charts = QStackedWidget(), QWidget()
        self._has_candidate = False
        self._build()
        self.retranslate()
        self.show_progress("", 0, 0)
        self.show_problem("")

    def show_candidate(self, name: str, sentence: str, bad: bool = False) -> None:
        """Say which candidate it is and how it stands with it.

        Args:
            name: "" for none.
            sentence: Translated.
            bad: It cannot be used.
        """
        heading = tr("Candidate: {name}").format(name=name)
        self.name.setText(heading if name else tr("No candidate yet"))
        self.sentence.setText(f"▲ {sentence}" if bad else sentence)
        self._has_candidate = bool(name)

    def show_comparison(self, comparison: Comparison | None, message: str) -> None:
        """Show a comparison, or one sentence instead of it."""
        self.scatter.show_comparison(comparison)
        self.facts.show_comparison(comparison)
        self.message.setText(message)
        self.choose_button.setVisible(not self._has_candidate)
        self._stack.setCurrentIndex(0 if comparison is not None else 1)

    def show_progress(self, text: str, done: int, total: int) -> None:
        """Show how far it is.

        Args:
            text: What goes on, translated; "" hides the bar and the button that stops it.
            done: Steps done.
            total: Of so many; 0 if nobody knows.
        """
        for widget in (self.progress, self.step, self.stop_button):
            widget.setVisible(bool(text))
        self.again_button.setVisible(not text and self._has_candidate)
        self.step.setText(text)
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setAccessibleName(text)

    def show_problem(self, text: str) -> None:
        """Say why a button did or can do nothing; "" for nothing."""
        self.obstacle.setText(text)
        self.obstacle.setVisible(bool(text))

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size."""
        self.scatter.set_scale(scale)
        self.strip.set_scale(scale)
        self.facts.setMinimumWidth(round(400 * scale))
        self.progress.setFixedHeight(round(22 * scale))

    def retranslate(self) -> None:
        """Set the texts of the panel itself anew."""
        for button, text, tip in (
            (self.stop_button, tr("Cancel"), tr("Nothing changes")),
            (self.again_button, tr("Check again"), ""),
            (self.choose_button, tr("Choose a checkpoint"), ""),
            (self.limits_button, tr("Set limits and compare"), ""),
            (
                self.shadow_button,
                tr("Run in shadow"),
                tr("It judges the parts of the line too, without a say"),
            ),
            (
                self.activate_button,
                tr("Activate …"),
                tr("It judges from the next part on; asks for name and reason"),
            ),
        ):
            button.setText(text)
            button.setToolTip(tip)
        self.scatter.retranslate()
        self.facts.retranslate()

    def _build(self) -> None:
        self.name.setProperty("role", "large")
        self.message.setProperty("role", "large")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.obstacle.setObjectName("reviewNotice")
        self.obstacle.setProperty("alarm", True)
        self.obstacle.setMinimumHeight(40)
        for label in (self.sentence, self.message, self.obstacle, self.name):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.progress.setTextVisible(False)
        for button in (self.shadow_button, self.activate_button):
            button.setProperty("target", "large")
            button.setMinimumWidth(150)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._head())
        column.addWidget(self.obstacle)
        column.addWidget(self._stack, 1)
        self._stack.addWidget(self._body())
        self._stack.addWidget(self._empty())

    def _head(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("panel", True)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.name)
        texts.addWidget(self.sentence)
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 6, 10, 6)
        row.setSpacing(8)
        row.addLayout(texts, 3)
        working = QVBoxLayout()
        working.setSpacing(2)
        working.addWidget(self.step)
        working.addWidget(self.progress)
        row.addLayout(working, 2)
        for button in (
            self.stop_button, self.again_button, self.shadow_button, self.activate_button
        ):  # fmt: skip
            row.addWidget(button)
        return frame

    def _body(self) -> QWidget:
        above = QHBoxLayout()
        above.setSpacing(8)
        above.addWidget(panel(self.scatter), 3)
        above.addWidget(panel(self.facts), 2)
        column = QVBoxLayout(self._charts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(above, 1)
        column.addWidget(panel(self.strip))
        return self._charts

    def _empty(self) -> QWidget:
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setContentsMargins(60, 20, 60, 20)
        column.setSpacing(16)
        column.addStretch(1)
        column.addWidget(self.message)
        for button in (self.choose_button, self.limits_button):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return empty
