"""Where everything stands on the health screen."""

from __future__ import annotations

from PyQt5.QtCore import QSignalBlocker, QSize, Qt
from PyQt5.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.quality.baseline import FIGURES
from app.ui import theme
from app.ui.screens.health_words import GOLDEN, KINDS, NG_RATE, entry_name
from app.ui.widgets.labelled import Labelled
from app.ui.widgets.pareto_chart import ParetoChart
from app.ui.widgets.share_chart import ShareChart
from app.ui.widgets.trend_chart import TrendChart

PERIODS: tuple[int | None, ...] = (1, 7, 30, 90, None)
ENTRIES = (*FIGURES, NG_RATE, KINDS, GOLDEN)


class HealthLayout:
    """Builds the widgets of the health screen into a page and holds them.

    Args:
        page: The page.
        golden: What is shown of the golden samples.
    """

    def __init__(self, page: QWidget, golden: QWidget) -> None:
        self.recipe, self.checkpoint, self.period = QComboBox(), QComboBox(), QComboBox()
        self.group = QComboBox()
        self.reload, self.choose = QPushButton(), QPushButton()
        self.entries = QListWidget()
        self.heading, self.said, self.baseline = QLabel(), QLabel(), QLabel()
        self.trend, self.shares, self.kinds = TrendChart(), ShareChart(), ParetoChart()
        self.golden, self.message = golden, QLabel()
        self._charts, self._stack = QStackedWidget(), QStackedWidget()
        self._names = [Labelled(box) for box in (self.recipe, self.checkpoint, self.period)]
        self._scale = 1.0
        self._build(page)
        self.set_scale(1.0)
        self.retranslate()

    @property
    def entry(self) -> str:
        """The entry that is shown."""
        return ENTRIES[max(0, self.entries.currentRow())]

    def show_entry(self, key: str) -> None:
        """Show the chart that belongs to an entry."""
        chart = {NG_RATE: self.shares, KINDS: self.kinds}.get(key, self.trend)
        self._charts.setCurrentWidget(chart)
        self.group.setVisible(key == NG_RATE)
        self.baseline.setVisible(key in FIGURES)
        self._stack.setCurrentIndex(2 if key == GOLDEN else 0)

    def show_message(self, text: str) -> None:
        """Show one sentence instead of the charts, but not instead of the golden samples."""
        self.message.setText(text)
        if self.entry != GOLDEN:
            self._stack.setCurrentIndex(1 if text else 0)

    def set_state(self, key: str, state: str, alarm: bool) -> None:
        """Say how it stands with an entry.

        Args:
            key: Of `ENTRIES`.
            state: One line (translated), "" for none.
            alarm: Whether it has to be looked at.
        """
        item = self.entries.item(ENTRIES.index(key))
        if item is None:
            return
        name = entry_name(key)
        item.setText(f"{name}\n{state}" if state else name)
        font = theme.number_font(theme.px("body", self._scale), bold=alarm)
        item.setFont(font)
        item.setForeground(theme.colour("ng" if alarm else "ink"))

    def say(self, heading: str, text: str) -> None:
        """Say what the chart shows."""
        self.heading.setText(heading)
        self.said.setText(text)

    def set_scale(self, scale: float) -> None:
        """Fit the sizes that no style sheet knows."""
        self._scale = scale
        for chart in (self.trend, self.shares, self.kinds):
            chart.set_scale(scale)
        self.entries.setFixedWidth(round(250 * scale))
        for row in range(self.entries.count()):
            item = self.entries.item(row)
            if item is not None:
                item.setSizeHint(QSize(0, round(52 * scale)))
                item.setFont(theme.number_font(theme.px("body", scale), item.font().bold()))
        for box, width in ((self.recipe, 120), (self.checkpoint, 180), (self.period, 120)):
            box.setMinimumWidth(round(width * scale))

    def retranslate(self) -> None:
        """Set the texts of the layout itself anew."""
        texts = (tr("Recipe"), tr("Checkpoint"), tr("Records of"))
        for name, text in zip(self._names, texts, strict=True):
            name.set_name(text)
        for index, days in enumerate(PERIODS):
            if days is None:
                text = tr("all time")
            elif days == 1:
                text = tr("the last 24 hours")
            else:
                text = tr("the last {days} days").format(days=days)
            self.period.setItemText(index, text)
        with QSignalBlocker(self.group):
            self.group.setItemText(0, tr("by lot"))
            self.group.setItemText(1, tr("by shift"))
        self.group.setAccessibleName(tr("Groups of the NG rate"))
        self.entries.setAccessibleName(tr("Charts"))
        self.reload.setText(tr("Read again"))
        self.choose.setText(tr("Choose a baseline …"))
        for key in ENTRIES:
            self.set_state(key, "", alarm=False)

    def _build(self, page: QWidget) -> None:
        for days in PERIODS:
            self.period.addItem("", days)
        self.period.setCurrentIndex(PERIODS.index(7))
        for key in ("lot", "shift"):
            self.group.addItem("", key)
        whole = QVBoxLayout(page)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(8)
        whole.addLayout(self._chooser())
        body = QHBoxLayout()
        body.setSpacing(8)
        body.addWidget(self._list())
        body.addWidget(self._stack, 1)
        whole.addLayout(body, 1)
        self._stack.addWidget(self._panel())
        self.message.setProperty("role", "large")
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self._stack.addWidget(self.message)
        self._stack.addWidget(self.golden)

    def _chooser(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for name, share in zip(self._names, (2, 4, 2), strict=True):
            row.addWidget(name, share)
        row.addWidget(self.reload, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(2)
        row.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignBottom)
        return row

    def _list(self) -> QListWidget:
        for _ in ENTRIES:
            self.entries.addItem(QListWidgetItem())
        self.entries.setObjectName("healthEntries")
        self.entries.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.entries.setCurrentRow(0)
        return self.entries

    def _panel(self) -> QFrame:
        panel = QFrame()
        panel.setProperty("panel", True)
        column = QVBoxLayout(panel)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        top = QHBoxLayout()
        self.heading.setProperty("role", "large")
        top.addWidget(self.heading, 1)
        top.addWidget(self.group)
        column.addLayout(top)
        for chart in (self.trend, self.shares, self.kinds):
            self._charts.addWidget(chart)
        column.addWidget(self._charts, 1)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self.said)
        self.baseline.setProperty("role", "faint")
        self.baseline.setWordWrap(True)
        column.addWidget(self.baseline)
        return panel
