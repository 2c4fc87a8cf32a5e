"""A figure over time: measurements, moving average, limits, alarms."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.quality.drift import Alarm
from app.quality.drift_words import local_time, number, unit_of
from app.quality.thinning import with_gaps
from app.ui import theme
from app.ui.screens.health_loading import Trend
from app.ui.widgets.plot_style import pen, plain_plot, set_axis_texts, set_plot_scale
from app.ui.widgets.time_axis import TimeAxis

_LONGEST_S = 3600.0
_CROWDED = 20
"""With more parts a span than this the range of the average is a band, its mean the line."""
_BAND = (0, 101, 163, 70)
_WORD = 0.18
"""Width of an alarm's words, of the chart's width."""


class TrendChart(QWidget):
    """Grey dots are measurements (of many parts their mean), the line is the moving average.

    The limits are dashed lines with their value; a triangle with the word and the time marks
    where an alarm began and which way it went.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self.trend: Trend | None = None
        self.plot = plain_plot()
        self.plot.setAxisItems({"bottom": TimeAxis()})
        self._style_bottom()
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addWidget(self.plot)

    def show_trend(self, trend: Trend) -> None:
        """Show a figure."""
        self.trend = trend
        self.plot.clear()
        self._draw_measurements(trend)
        if trend.chart is not None:
            self._draw_limits(trend)
            self._draw_level(trend)
            self._draw_alarms(trend.chart.alarms)
        self._fit(trend)
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self._scale = scale
        set_plot_scale(self.plot, scale)
        if self.trend is not None:
            self.show_trend(self.trend)

    def retranslate(self) -> None:
        """Name the axes anew; the marks are drawn with `show_trend`."""
        if self.trend is not None:
            set_axis_texts(self.plot, tr("Time"), unit_of(self.trend.figure), self._scale)

    def _style_bottom(self) -> None:
        axis = self.plot.getPlotItem().getAxis("bottom")
        axis.setPen(pg.mkPen(theme.COLOURS["faint"]))
        axis.setTextPen(pg.mkPen(theme.COLOURS["ink"]))
        set_plot_scale(self.plot, self._scale)
        self.plot.showGrid(x=True, y=True, alpha=0.15)

    def _draw_measurements(self, trend: Trend) -> None:
        bins = trend.bins
        brush = pg.mkBrush(theme.COLOURS["line"])
        size = round(4 * self._scale)
        self.plot.addItem(
            pg.ScatterPlotItem(bins.times, bins.middle, size=size, pen=None, brush=brush)
        )

    def _draw_level(self, trend: Trend) -> None:
        level = trend.level
        if level is None:
            return
        # First low, then high: both ends of the range of each span are on the line.
        times = np.repeat(level.times, 2)
        ends = np.column_stack([level.low, level.high]).ravel()
        pause = max(_LONGEST_S, (times[-1] - times[0]) / 100) if len(times) else _LONGEST_S
        is_band = len(times) > 0 and float(level.counts.mean()) > _CROWDED
        name = _BAND if is_band else theme.COLOURS["accent"]
        line = pg.PlotDataItem(*with_gaps(times, ends, pause), connect="finite")
        line.setPen(pg.mkPen(name, width=2.5))
        self.plot.addItem(line)
        if is_band:
            means = pg.PlotDataItem(
                *with_gaps(level.times, level.middle, pause), connect="finite", pen=pen("accent", 2)
            )
            self.plot.addItem(means)

    def _draw_limits(self, trend: Trend) -> None:
        chart = trend.chart
        if chart is None:
            return
        words = (
            (chart.high, tr("limit {value}"), Qt.PenStyle.DashLine, (1, 1)),
            (chart.centre, "", Qt.PenStyle.DotLine, (1, 1)),
            (chart.low, tr("limit {value}"), Qt.PenStyle.DashLine, (1, 0)),
        )
        for value, text, style, anchor in words:
            line = pg.InfiniteLine(value, angle=0, pen=pen("ink", 1.5, style))
            line.setZValue(20)
            self.plot.addItem(line)
            if text:
                word = text.format(value=number(trend.figure, value))
                options = {"color": theme.COLOURS["ink"], "anchors": [anchor, anchor]}
                label = pg.InfLineLabel(line, word, position=0.99, **options)
                label.setFont(theme.number_font(theme.px("small", self._scale), bold=True))
        if trend.baseline is not None:
            span = pg.LinearRegionItem(
                trend.baseline, movable=False, brush=pg.mkBrush(0, 101, 163, 22), pen=pen("faint")
            )
            span.setZValue(-20)
            self.plot.addItem(span, ignoreBounds=True)

    def _draw_alarms(self, alarms: tuple[Alarm, ...]) -> None:
        if not alarms:
            return
        marks = pg.ScatterPlotItem(
            [alarm.at for alarm in alarms],
            [alarm.value for alarm in alarms],
            symbol=["t1" if alarm.direction == "up" else "t" for alarm in alarms],
            size=round(18 * self._scale),
            pen=pen("ink", 1.5),
            brush=theme.COLOURS["ng"],
        )
        marks.setZValue(30)
        self.plot.addItem(marks)
        for alarm in self._apart(alarms):
            up = alarm.direction == "up"
            text = pg.TextItem(
                tr("ALARM {time}").format(time=local_time(alarm.at)),
                color="#FFFFFF",
                fill=theme.COLOURS["ng"],
                anchor=(0.5, 1.5 if up else -0.5),
            )
            text.setFont(theme.number_font(theme.px("small", self._scale), bold=True))
            text.setPos(alarm.at, alarm.value)
            text.setZValue(31)
            self.plot.addItem(text, ignoreBounds=True)

    def _apart(self, alarms: tuple[Alarm, ...]) -> list[Alarm]:
        """Return the alarms to name: the newest, and those whose words do not cover another's."""
        trend, named = self.trend, [alarms[-1]]
        if trend is not None:
            length = float(trend.bins.times[-1] - trend.bins.times[0])
            for alarm in reversed(alarms[:-1]):
                if named[-1].at - alarm.at > _WORD * length:
                    named.append(alarm)
        return named

    def _fit(self, trend: Trend) -> None:
        """Show limits and level with room around them; single measurements may lie outside."""
        times, chart, level = trend.bins.times, trend.chart, trend.level
        if chart is None or level is None:
            ends = trend.bins.middle
            room = 0.1
        else:
            ends = np.concatenate((level.low, level.high, [chart.low, chart.high]))
            room = 0.4
        low, high = float(np.min(ends)), float(np.max(ends))
        margin = max((high - low) * room, 1e-9)
        self.plot.setYRange(low - margin, high + margin, padding=0)
        # Room for the names of the limits, which would hide the newest parts.
        length = max(float(times[-1] - times[0]), 1.0)
        self.plot.setXRange(float(times[0]), float(times[-1]) + 0.12 * length, padding=0.01)
