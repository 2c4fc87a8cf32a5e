"""Plots in the palette of the program: calm, no mouse zoom, letters as large as the rest."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PyQt5.QtCore import Qt
from PyQt5.QtGui import QPen

from app.ui import theme

_SMALL = "small"


def plain_plot() -> pg.PlotWidget:
    """Return an empty plot that moves only when the program says so."""
    plot = pg.PlotWidget(background=theme.COLOURS["field"])
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(False, False)
    plot.setAntialiasing(True)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
    item = plot.getPlotItem()
    for side in ("left", "bottom"):
        axis = item.getAxis(side)
        axis.setPen(pg.mkPen(theme.COLOURS["faint"]))
        axis.setTextPen(pg.mkPen(theme.COLOURS["ink"]))
        # Scores below 1 would get an automatic "(x0.001)".
        axis.enableAutoSIPrefix(False)
    plot.showGrid(x=True, y=True, alpha=0.15)
    return plot


def set_plot_scale(plot: pg.PlotWidget, scale: float) -> None:
    """Fit the letters of the axes to the window's size."""
    font = theme.number_font(theme.px(_SMALL, scale))
    for side in ("left", "bottom"):
        plot.getPlotItem().getAxis(side).setStyle(tickFont=font)


def set_axis_texts(plot: pg.PlotWidget, bottom: str, left: str, scale: float) -> None:
    """Name the axes (translated, with units)."""
    style = {"color": theme.COLOURS["ink"], "font-size": f"{theme.px(_SMALL, scale)}px"}
    plot.getPlotItem().setLabel("bottom", bottom, **style)
    plot.getPlotItem().setLabel("left", left, **style)


def pen(name: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen of a colour of the palette, width in pixels."""
    made: Any = pg.mkPen(theme.COLOURS[name], width=width, style=style)
    return QPen(made)
