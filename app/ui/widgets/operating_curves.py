"""ROC and precision-recall curve with the working point on them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import tr
from app.quality.working_point import Curves
from app.ui import theme
from app.ui.widgets.plot_style import pen, plain_plot, set_axis_texts, set_plot_scale

# Percent of false calls: good machines live far below 1 %, so the axis has decades.
_TICKS = (0.01, 0.1, 1, 10, 100)
_LEAST = 0.003


def _decades(percent: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return where percentages lie on the axis of the false calls; 0 stands at its start."""
    return np.asarray(np.log10(np.maximum(percent, _LEAST)), np.float64)


class _Curve(QWidget):
    """One curve, percent against percent, with a dot and a title."""

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel()
        self.title.setProperty("role", "faint")
        self.plot = plain_plot()
        self.plot.setXRange(0, 100, padding=0.06)
        self.plot.setYRange(0, 100, padding=0.05)
        self.line = self.plot.plot(pen=pen("accent", 2))
        self.dot = pg.ScatterPlotItem(
            size=15, symbol="d", brush=theme.COLOURS["ng"], pen=pen("ink", 1.5)
        )
        self.plot.addItem(self.dot)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 4, 2)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.plot, 1)

    def show_dot(self, across: float, up: float) -> None:
        """Place the working point, percent; NaN hides it."""
        known = math.isfinite(across) and math.isfinite(up)
        self.dot.setData([across] if known else [], [up] if known else [])


class OperatingCurves(QWidget):
    """Both curves side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self._curves: Curves | None = None
        self.roc, self.pr = _Curve(), _Curve()
        chance = np.geomspace(_LEAST, 100, 60)
        dashed = pen("line", 1, Qt.PenStyle.DashLine)
        self.roc.plot.plot(_decades(chance), chance, pen=dashed)
        self.roc.plot.setXRange(math.log10(_LEAST), 2, padding=0.05)
        ticks = [(math.log10(value), f"{value:g}") for value in _TICKS]
        self.roc.plot.getPlotItem().getAxis("bottom").setTicks([ticks, []])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.roc)
        row.addWidget(self.pr)
        self.retranslate()

    def show_curves(self, curves: Curves | None) -> None:
        """Show other curves; None where one kind of parts is missing."""
        self._curves = curves
        empty = np.empty(0)
        across, up = (empty, empty) if curves is None else (curves.false_calls, curves.recall)
        self.roc.line.setData(_decades(100 * across), 100 * up)
        precision = empty if curves is None else curves.precision
        known = np.isfinite(precision)
        self.pr.line.setData(100 * up[known], 100 * precision[known])
        self.retranslate()

    def show_point(self, false_calls: float, escapes: float, precision: float) -> None:
        """Place the working point, shares 0..1; NaN where they are not known."""
        shown = self._curves is not None
        caught = 100 * (1 - escapes) if shown else math.nan
        self.roc.show_dot(float(_decades(100 * false_calls)), caught)
        self.pr.show_dot(caught, 100 * precision)

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self._scale = scale
        for curve in (self.roc, self.pr):
            set_plot_scale(curve.plot, scale)
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        caught = tr("Defects found, %")
        set_axis_texts(self.roc.plot, tr("False calls among good parts, %"), caught, self._scale)
        set_axis_texts(self.pr.plot, caught, tr("Defective among NG, %"), self._scale)
        self.pr.title.setText(tr("Precision and recall; the diamond is the limit"))
        if self._curves is None:
            self.roc.title.setText(tr("ROC: needs good and defective parts"))
        else:
            text = tr("ROC, area {area}; the diamond is the limit")
            self.roc.title.setText(text.format(area=f"{self._curves.auroc:.4f}"))
