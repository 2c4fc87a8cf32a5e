"""Where everything stands on the limits screen."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.widgets.change_strip import ChangeStrip
from app.ui.widgets.cost_card import CostCard
from app.ui.widgets.labelled import Labelled
from app.ui.widgets.limit_fields import LimitFields
from app.ui.widgets.operating_curves import OperatingCurves
from app.ui.widgets.panel import panel
from app.ui.widgets.promise_card import PromiseCard
from app.ui.widgets.rate_card import RateCard
from app.ui.widgets.score_histogram import ScoreHistogram

PERIODS: tuple[int | None, ...] = (7, 30, 90, None)


class LimitsLayout:
    """Builds the widgets of the limits screen into a page and holds them."""

    def __init__(self, page: QWidget) -> None:
        self.recipe, self.checkpoint, self.period = QComboBox(), QComboBox(), QComboBox()
        self.reload, self.summary = QPushButton(), QLabel()
        self.summary.setProperty("role", "faint")
        self.summary.setWordWrap(True)
        self.histogram, self.curves = ScoreHistogram(), OperatingCurves()
        self.fields = LimitFields()
        self.false_calls, self.escapes, self.review = RateCard(), RateCard(), RateCard()
        self.costs, self.promise = CostCard(), PromiseCard()
        self.changes, self.notes = ChangeStrip(), QLabel()
        self.save, self.use, self.saved = QPushButton(), QPushButton(), QLabel()
        self.message = QLabel()
        self.tabs, self._stack = QTabWidget(), QStackedWidget()
        self._names = [Labelled(box) for box in (self.recipe, self.checkpoint, self.period)]
        self._build(page)
        self.set_scale(1.0)
        self.retranslate()

    def show_message(self, text: str) -> None:
        """Show one sentence instead of the charts; "" shows the charts."""
        self.message.setText(text)
        self._stack.setCurrentIndex(1 if text else 0)
        self.save.setEnabled(not text)

    def show_notes(self, notes: tuple[str, ...]) -> None:
        """Show what one should know before believing the numbers."""
        bullet = "\n\n".join(f"• {note}" for note in notes)
        self.notes.setText(bullet or tr("Nothing speaks against these numbers."))
        name = tr("Notes") if not notes else tr("Notes ({count})").format(count=len(notes))
        self.tabs.setTabText(2, name)

    def show_saved(self, text: str, can_use: bool) -> None:
        """Show what was saved, and whether the line can take it over."""
        self.saved.setText(text)
        self._saved_line.setVisible(bool(text))
        self.use.setVisible(can_use)

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        self.histogram.set_scale(scale)
        self.curves.set_scale(scale)
        self.changes.set_scale(scale)
        self._column.setFixedWidth(round(470 * scale))
        for box, width in ((self.recipe, 200), (self.checkpoint, 250), (self.period, 150)):
            box.setMinimumWidth(round(width * scale))

    def retranslate(self) -> None:
        """Set the texts of the layout itself anew."""
        texts = (tr("Recipe"), tr("Checkpoint"), tr("Records of"))
        for name, text in zip(self._names, texts, strict=True):
            name.set_name(text)
        for index, days in enumerate(PERIODS):
            text = tr("all time") if days is None else tr("the last {days} days").format(days=days)
            self.period.setItemText(index, text)
        self.reload.setText(tr("Read again"))
        self.save.setText(tr("Save as new recipe version …"))
        self.use.setText(tr("Use it on the line now"))
        self.tabs.setTabText(0, tr("What would change"))
        self.tabs.setTabText(1, tr("ROC and precision"))
        for card in (self.histogram, self.curves, self.fields, self.costs, self.promise):
            card.retranslate()

    def _build(self, page: QWidget) -> None:
        for days in PERIODS:
            self.period.addItem("", days)
        self.period.setCurrentIndex(PERIODS.index(30))
        whole = QVBoxLayout(page)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(8)
        whole.addLayout(self._chooser())
        whole.addWidget(self._notice())
        whole.addWidget(self._stack, 1)
        charts = QWidget()
        body = QHBoxLayout(charts)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(8)
        body.addLayout(self._left(), 1)
        body.addWidget(self._right())
        self._stack.addWidget(charts)
        self.message.setProperty("role", "large")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self._stack.addWidget(self.message)

    def _chooser(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for name in self._names:
            row.addWidget(name)
        row.addWidget(self.reload, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.summary, 1, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.save, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def _notice(self) -> QFrame:
        """Return the line that says what was saved."""
        self._saved_line = QFrame()
        self._saved_line.setProperty("panel", True)
        row = QHBoxLayout(self._saved_line)
        row.setContentsMargins(12, 4, 8, 4)
        self.saved.setProperty("role", "large")
        self.saved.setWordWrap(True)
        row.addWidget(self.saved, 1)
        row.addWidget(self.use)
        self.show_saved("", can_use=False)
        return self._saved_line

    def _left(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(panel(self.histogram), 3)
        self.notes.setWordWrap(True)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.notes.setContentsMargins(12, 10, 12, 10)
        notes = QScrollArea()
        notes.setWidget(self.notes)
        notes.setWidgetResizable(True)
        notes.setFrameShape(QFrame.Shape.NoFrame)
        for widget in (self.changes, self.curves, notes):
            self.tabs.addTab(widget, "")
        self.tabs.setDocumentMode(True)
        column.addWidget(self.tabs, 2)
        return column

    def _right(self) -> QScrollArea:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(panel(self.fields, self.false_calls, self.escapes, self.review))
        column.addWidget(panel(self.promise))
        column.addWidget(panel(self.costs))
        column.addStretch(1)
        # Large letters on a small screen must not push anything out of reach.
        self._column = QScrollArea()
        self._column.setWidget(inner)
        self._column.setWidgetResizable(True)
        self._column.setFrameShape(QFrame.Shape.NoFrame)
        self._column.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return self._column
