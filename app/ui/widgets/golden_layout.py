"""Where everything stands on the golden panel."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui import golden_words
from app.ui.verdict_look import Look
from app.ui.widgets.golden_chart import GoldenChart
from app.ui.widgets.golden_table import GoldenTable

_SIGN = 40
_CHART = 240


class GoldenLayout:
    """Builds the widgets into the panel and holds them."""

    def __init__(self, panel: QWidget) -> None:
        self.title, self.recipe = QLabel(), QLabel()
        self.sign, self.word, self.headline, self.facts = QLabel(), QLabel(), QLabel(), QLabel()
        self.notice, self.empty = QLabel(), QLabel()
        self._why = QFrame()
        self.check_button, self.add_button = QPushButton(), QPushButton()
        self.measure_button, self.retire_button = QPushButton(), QPushButton()
        self.required = QCheckBox()
        self.table, self.chart = GoldenTable(), GoldenChart()
        self._scale = 1.0
        self._look: Look | None = None
        self._obstacle = self._problem = ""
        self._build(panel)
        self.set_scale(1.0)

    def show_headline(self, look: Look, headline: str, facts: str) -> None:
        """Show how the whole set came out, and when and by what that was found."""
        if look is not self._look:
            self._look = look
            self._draw_sign()
        for label, text in ((self.word, tr(look.word)), (self.headline, headline)):
            if label.text() != text:
                label.setText(text)
        self.facts.setText(facts)

    def show_obstacle(self, sentence: str) -> None:
        """Show why nothing can be judged; "" if something can."""
        if sentence != self._obstacle:
            self._obstacle = sentence
            self._show_notice()

    def show_problem(self, sentence: str) -> None:
        """Show what has just failed until something works; "" for nothing."""
        self._problem = sentence
        self._show_notice()

    def show_empty(self, empty: bool) -> None:
        """Show, instead of the table, what a golden set is for."""
        self._why.setVisible(empty)
        self.table.setVisible(not empty)
        self.chart.setVisible(not empty)

    def allow(self, ready: bool, filled: bool, chosen: bool) -> None:
        """Say what can be pressed.

        Args:
            ready: Pictures can be judged now.
            filled: There are samples.
            chosen: One of them is chosen.
        """
        self.check_button.setEnabled(ready and filled)
        self.measure_button.setEnabled(ready and filled)
        self.add_button.setEnabled(ready)
        self.retire_button.setEnabled(chosen)

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size."""
        self._scale = scale
        self.table.set_scale(scale)
        self.chart.set_scale(scale)
        self.chart.setFixedHeight(round(_CHART * scale))
        self._draw_sign()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.title.setText(tr("Golden samples"))
        self.empty.setText(
            tr(
                "A golden sample is a picture whose verdict is certain. The set is judged when a "
                "shift starts and when recipe or checkpoint change; if a sample comes out "
                "otherwise, the machine has changed. Add two or three clear good parts and the "
                "defects that must never pass."
            )
        )
        for button, text, tip in (
            (self.check_button, tr("Check now"), tr("Judge all samples now")),
            (self.add_button, tr("Add sample…"), tr("Judge a picture and keep it in the set")),
            (
                self.measure_button,
                tr("Measure anew…"),
                tr("Take the scores of the checkpoint in force as the ones to compare with"),
            ),
            (self.retire_button, tr("Retire…"), tr("Use the chosen sample no longer")),
        ):
            button.setText(text)
            button.setToolTip(tip)
        self.required.setText(tr("Production waits until the samples are right"))
        self.required.setToolTip(tr("Makes a new version of the recipe"))
        self.table.retranslate()

    def _build(self, panel: QWidget) -> None:
        self.title.setProperty("role", "large")
        self.recipe.setProperty("role", "faint")
        self.facts.setProperty("role", "faint")
        self.word.setProperty("role", "large")
        for label in (self.headline, self.notice, self.empty, self.facts):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setObjectName("reviewNotice")
        self.notice.hide()
        self._explanation()
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._head())
        column.addLayout(self._buttons())
        column.addWidget(self.notice)
        column.addWidget(self._why, 1)
        column.addWidget(self.table, 1)
        column.addWidget(self.chart)

    def _explanation(self) -> None:
        self._why.setProperty("panel", True)
        inner = QVBoxLayout(self._why)
        inner.setContentsMargins(40, 40, 40, 40)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("role", "large")
        inner.addWidget(self.empty)

    def _head(self) -> QHBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(2)
        first = QHBoxLayout()
        first.addWidget(self.word)
        first.addSpacing(8)
        first.addWidget(self.headline, 1)
        texts.addLayout(first)
        texts.addWidget(self.facts)
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.recipe)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addLayout(names)
        row.addSpacing(10)
        row.addWidget(self.sign)
        row.addLayout(texts, 1)
        return row

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (
            self.check_button,
            self.add_button,
            self.measure_button,
            self.retire_button,
        ):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.required)
        return row

    def _draw_sign(self) -> None:
        if self._look is not None:
            self.sign.setPixmap(golden_words.sign(self._look, round(_SIGN * self._scale)))

    def _show_notice(self) -> None:
        sentence = self._problem or self._obstacle
        self.notice.setText(sentence)
        self.notice.setVisible(bool(sentence))
        self.notice.setProperty("alarm", bool(self._problem))
        style = self.notice.style()
        if style is not None:
            style.unpolish(self.notice)
            style.polish(self.notice)
