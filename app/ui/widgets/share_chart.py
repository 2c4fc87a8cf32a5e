"""The NG rate of lots or shifts with its limits: a p-chart."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.ui import theme
from app.ui.screens.health_loading import Shares
from app.ui.widgets.plot_style import pen, plain_plot, set_axis_texts, set_plot_scale

_SHOWN = 80
_NAMED = 6
_LETTERS = 14


class ShareChart(QWidget):
    """Dots are groups, the stairs their limits; what breaks a rule is a square with its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self._bottom = ""
        self.shares: Shares | None = None
        self.first = 0
        self.plot = plain_plot()
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addWidget(self.plot)

    def show_shares(self, shares: Shares, bottom: str) -> None:
        """Show groups, the newest 80 at most.

        Args:
            shares: The groups and their chart.
            bottom: What a group is (translated).
        """
        self.shares, self._bottom = shares, bottom
        self.first = max(0, len(shares.groups) - _SHOWN)
        self.plot.clear()
        self._draw_limits(shares)
        self._draw_groups(shares)
        self._fit(shares)
        set_axis_texts(self.plot, bottom, tr("NG rate, % of the judged parts"), self._scale)

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self._scale = scale
        set_plot_scale(self.plot, scale)
        if self.shares is not None:
            self.show_shares(self.shares, self._bottom)

    def _draw_limits(self, shares: Shares) -> None:
        chart = shares.chart
        edges = np.arange(len(chart.high) - self.first + 1) - 0.5
        for values in (chart.high, chart.low):
            stairs = pg.PlotDataItem(
                edges,
                100 * values[self.first :],
                stepMode="center",
                pen=pen("ink", 1.5, Qt.PenStyle.DashLine),
            )
            self.plot.addItem(stairs)
        centre = pg.InfiniteLine(
            100 * chart.centre,
            angle=0,
            pen=pen("ink", 1.5, Qt.PenStyle.DotLine),
            label=tr("as usual {share} %").format(share=f"{100 * chart.centre:.2f}"),
            labelOpts={
                "position": 0.995,
                "anchors": [(1, 1), (1, 1)],
                "color": theme.COLOURS["ink"],
                "fill": pg.mkColor(theme.COLOURS["field"]),
            },
        )
        centre.label.setFont(theme.number_font(theme.px("small", self._scale), bold=True))
        self.plot.addItem(centre)

    def _draw_groups(self, shares: Shares) -> None:
        chart = shares.chart
        places = np.arange(len(chart.shares) - self.first)
        values, broken = 100 * chart.shares[self.first :], chart.broken[self.first :]
        line = pg.PlotDataItem(places, values, pen=pen("line", 1.5))
        line.setZValue(-5)
        self.plot.addItem(line)
        out = np.array([bool(rules) for rules in broken], np.bool_)
        for which, symbol, size, name in ((~out, "o", 8, "accent"), (out, "s", 14, "ng")):
            dots = pg.ScatterPlotItem(
                places[which],
                values[which],
                symbol=symbol,
                size=round(size * self._scale),
                pen=pen("ink", 1),
                brush=theme.COLOURS[name],
            )
            dots.setZValue(10)
            self.plot.addItem(dots)
        beyond = [place for place in places if "beyond-limit" in broken[place]]
        for place in beyond[-_NAMED:]:
            text = pg.TextItem(
                shares.groups[self.first + place].name, color="#FFFFFF", fill=theme.COLOURS["ng"]
            )
            above = values[place] > 100 * chart.centre
            # Names stay inside the chart at its ends.
            text.setAnchor((place / max(1, len(places) - 1), 1.6 if above else -0.6))
            text.setFont(theme.number_font(theme.px("small", self._scale), bold=True))
            text.setPos(float(place), float(values[place]))
            text.setZValue(11)
            self.plot.addItem(text, ignoreBounds=True)

    def _fit(self, shares: Shares) -> None:
        chart = shares.chart
        shown = slice(self.first, None)
        top = 100 * max(
            float(np.nanmax(chart.shares[shown], initial=0.0)),
            float(np.max(chart.high[shown], initial=0.0)),
            0.001,
        )
        count = len(chart.shares) - self.first
        self.plot.setYRange(-0.12 * top, 1.2 * top, padding=0)
        # Room for the words at the middle line, which would hide the newest groups.
        self.plot.setXRange(-0.6, max(0.6, count - 0.4) + 0.12 * count, padding=0.01)
        every = max(1, -(-count // 8))
        names = [
            (place, _short(shares.groups[self.first + place].name))
            for place in range(0, count, every)
        ]
        self.plot.getPlotItem().getAxis("bottom").setTicks([names, []])


def _short(name: str) -> str:
    """Return a name that leaves room for its neighbours; lots differ at their end."""
    return name if len(name) <= _LETTERS else f"…{name[1 - _LETTERS :]}"
