"""The tab of the shadow: agreement so far, and the parts on which the two differ."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.station.shadow_status import Disagreement
from app.ui.widgets.compare_plot import ScorePlot
from app.ui.widgets.shadow_table import DisagreementModel, DisagreementTable


class ShadowPanel(QWidget):
    """Holds the widgets; whoever builds it connects the buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state, self.sentence, self.obstacle = QLabel(), QLabel(), QLabel()
        self.number, self.number_of, self.interval = QLabel(), QLabel(), QLabel()
        self.skipped, self.speed, self.plot = QLabel(), QLabel(), ScorePlot()
        self.stop_button, self.promote_button = QPushButton(), QPushButton()
        self.choose_button = QPushButton()
        self.heading, self.empty = QLabel(), QLabel()
        self.model = DisagreementModel(self)
        self.table = DisagreementTable(self.model)
        self.review_button, self.large_button = QPushButton(), QPushButton()
        self._card = self._left()
        self._build()
        self.retranslate()
        self.show_problem("")
        self.set_scale(1.0)

    @property
    def chosen(self) -> Disagreement | None:
        """The part that is chosen in the list."""
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def show_state(self, state: str, sentence: str) -> None:
        """Say what the shadow does, translated."""
        self.state.setText(state)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def show_figures(
        self, share: str, number_of: str, interval: str, skipped: str, speed: str
    ) -> None:
        """Show the agreement so far; every argument is translated text, "" for none."""
        for label, text in (
            (self.number, share),
            (self.number_of, number_of),
            (self.interval, interval),
            (self.skipped, skipped),
            (self.speed, speed),
        ):
            label.setText(text)
            label.setVisible(bool(text))

    def show_list(self, heading: str, empty: str) -> None:
        """Say what the list shows, or why it is empty."""
        self.heading.setText(heading)
        self.heading.setVisible(bool(heading))
        self.empty.setText(empty)
        has_rows = self.model.rowCount() > 0
        self.table.setVisible(has_rows)
        self.empty.setVisible(not has_rows)
        self.review_button.setVisible(has_rows)
        self.large_button.setVisible(has_rows)

    def show_problem(self, text: str) -> None:
        """Say why a button did nothing; "" for nothing."""
        self.obstacle.setText(text)
        self.obstacle.setVisible(bool(text))

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size."""
        self.table.set_scale(scale)
        self.plot.set_scale(scale)
        self._card.setFixedWidth(round(400 * scale))

    def retranslate(self) -> None:
        """Set the texts of the panel itself anew."""
        for button, text, tip in (
            (self.choose_button, tr("Choose a checkpoint"), ""),
            (self.stop_button, tr("Stop the shadow"), tr("The line goes on as it is")),
            (
                self.promote_button,
                tr("Promote …"),
                tr("The candidate judges from the next part on; asks for name and reason"),
            ),
            (
                self.review_button,
                tr("Open in Review"),
                tr("Decide what these parts are, from the chosen one on"),
            ),
            (self.large_button, tr("Show large"), ""),
        ):
            button.setText(text)
            button.setToolTip(tip)
        self.plot.retranslate()
        self.table.setAccessibleName(tr("Parts on which the candidate found otherwise"))
        last = self.model.columnCount() - 1
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)

    def _left(self) -> QFrame:
        card = QFrame()
        card.setProperty("panel", True)
        self.state.setProperty("role", "large")
        self.number.setProperty("role", "number")
        for label in (self.skipped, self.speed):
            label.setProperty("role", "faint")
        self.obstacle.setObjectName("reviewNotice")
        self.obstacle.setProperty("alarm", True)
        self.obstacle.setMinimumHeight(40)
        column = QVBoxLayout(card)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        for label in (
            self.state, self.sentence, self.number, self.number_of, self.interval, self.skipped,
            self.speed,
        ):  # fmt: skip
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        column.addWidget(self.choose_button)
        column.addWidget(self.plot, 1)
        column.addStretch(0)
        self.obstacle.setWordWrap(True)
        column.addWidget(self.obstacle)
        for button in (self.promote_button, self.stop_button):
            button.setProperty("target", "large")
            column.addWidget(button)
        return card

    def _build(self) -> None:
        self.heading.setProperty("role", "large")
        self.heading.setWordWrap(True)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        right = QFrame()
        right.setProperty("panel", True)
        column = QVBoxLayout(right)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addStretch(1)
        below.addWidget(self.large_button)
        below.addWidget(self.review_button)
        column.addLayout(below)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 8, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self._card)
        whole.addWidget(right, 1)
