"""Kinds of defects by how often they occur."""

from __future__ import annotations

import pyqtgraph as pg
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.quality.pareto import Bar
from app.ui import theme
from app.ui.widgets.plot_style import pen, plain_plot, set_axis_texts, set_plot_scale

_MOST = 12
_LETTERS = 24


class ParetoChart(QWidget):
    """One bar a kind, the most frequent on top; behind it count and shares."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self.bars: tuple[Bar, ...] = ()
        self.plot = plain_plot()
        self.plot.showGrid(x=True, y=False, alpha=0.15)
        self.plot.invertY(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.addWidget(self.plot)

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        """Show kinds, the twelve most frequent and the rest as one."""
        self.bars = bars
        self.plot.clear()
        shown = list(_shortened(bars))
        whole = sum(bar.count for bar in bars)
        if whole:
            counts = [bar.count for bar in shown]
            self._draw(shown, whole)
            self.plot.setXRange(0, 1.45 * max(counts), padding=0.01)
        # few bars are not drawn as thick as a hand
        self.plot.setYRange(-0.6, max(len(shown), 6) - 0.4, padding=0)
        ticks = [(place, _short(bar.name) or tr("(not named)")) for place, bar in enumerate(shown)]
        self.plot.getPlotItem().getAxis("left").setTicks([ticks, []])
        set_axis_texts(self.plot, tr("Defective parts"), "", self._scale)

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self._scale = scale
        set_plot_scale(self.plot, scale)
        self.show_bars(self.bars)

    def _draw(self, shown: list[Bar], whole: int) -> None:
        for place, bar in enumerate(shown):
            # What nobody named is an outline: it is no kind.
            brush = theme.COLOURS["accent"] if bar.name else theme.COLOURS["field"]
            item = pg.BarGraphItem(
                x0=0, width=bar.count, y=place, height=0.66, brush=brush, pen=pen("accent", 1.5)
            )
            self.plot.addItem(item)
            text = pg.TextItem(
                tr("{count}   {share} %   together {together} %").format(
                    count=f"{bar.count:,}",
                    share=f"{100 * bar.count / whole:.1f}",
                    together=f"{100 * bar.cumulative_share:.0f}",
                ),
                color=theme.COLOURS["ink"],
                anchor=(0, 0.5),
            )
            text.setFont(theme.number_font(theme.px("body", self._scale)))
            text.setPos(bar.count, place)
            self.plot.addItem(text, ignoreBounds=True)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _shortened(bars: tuple[Bar, ...]) -> tuple[Bar, ...]:
    if len(bars) <= _MOST:
        return bars
    head, tail = bars[: _MOST - 1], bars[_MOST - 1 :]
    rest = tr("{count} other kinds").format(count=len(tail))
    return (*head, Bar(rest, sum(bar.count for bar in tail), 1.0))
