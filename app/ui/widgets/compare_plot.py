"""Scores of the same parts by two checkpoints as marks, with both limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.ui import theme
from app.ui.widgets.plot_style import pen, plain_plot, set_axis_texts, set_plot_scale

# Scores far beyond the limit say no more than "far beyond": they stand at the edge.
_LOW, _HIGH, _LEAST_HIGH = -1.0, 4.0, 1.5
_USUAL = 0.97
_MARGIN = 0.08
_LOOKS = {"same": ("o", 9, "none"), "golden": ("star", 16, "accent"), "other": ("d", 14, "ng")}


@dataclass(frozen=True, slots=True)
class Mark:
    """One part.

    Attributes:
        across: Score by the checkpoint in force; 0 is a typical good part, 1 its NG limit.
        up: Score by the candidate on its own such scale.
        look: "other" if the verdicts differ, "golden" for a golden sample, else "same".
        part: What is announced when the mark is pressed.
    """

    across: float
    up: float
    look: Literal["same", "golden", "other"]
    part: object


class ScorePlot(QWidget):
    """One mark a part; the dashed lines are the limits, the thin one is agreement.

    Signals:
        opened: A mark was pressed. arg: its part.
    """

    opened = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self._names = ("", "")
        self.beyond = 0
        self.plot = plain_plot()
        dashed = pen("ng", 2, Qt.PenStyle.DashLine)
        self.limits = tuple(pg.InfiniteLine(pos=1.0, angle=turn, pen=dashed) for turn in (90, 0))
        for line in self.limits:
            self.plot.addItem(line)
        self.plot.addItem(pg.InfiniteLine(pos=(0, 0), angle=45, pen=pen("line", 1)))
        self.marks = {look: self._items(*style) for look, style in _LOOKS.items()}
        faint = theme.COLOURS["faint"]
        self._corners = [pg.TextItem(color=faint, anchor=at) for at in ((0, 0), (1, 1))]
        for corner in self._corners:
            self.plot.addItem(corner, ignoreBounds=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.show_marks((), ("", ""))

    def show_marks(self, marks: Sequence[Mark], names: tuple[str, str]) -> None:
        """Show other parts.

        Args:
            marks: The parts.
            names: Of the checkpoint in force and the candidate.
        """
        self._names = names
        self._fit(_places(marks))
        for look, items in self.marks.items():
            chosen = [mark for mark in marks if mark.look == look]
            places = np.clip(_places(chosen), *self._span)
            parts = np.array([*(mark.part for mark in chosen), None], object)[:-1]
            items.setData(x=places[:, 0], y=places[:, 1], data=parts)
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self._scale = scale
        set_plot_scale(self.plot, scale)
        for corner in self._corners:
            corner.setFont(theme.number_font(theme.px("small", scale)))
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        current, candidate = self._names
        across = tr("{name}, in force (1 is its NG limit)").format(name=current or "–")
        up = tr("{name}, candidate").format(name=candidate or "–")
        set_axis_texts(self.plot, across, up, self._scale)
        corners = (tr("only the candidate says NG"), tr("only the one in force says NG"))
        for corner, text in zip(self._corners, corners, strict=True):
            corner.setText(text if current else "")

    def _items(self, symbol: str, size: int, colour: str) -> Any:
        brush = theme.colour(colour)
        brush.setAlpha(170)
        items = pg.ScatterPlotItem(size=size, symbol=symbol, brush=brush, pen=pen("ink", 1))
        items.sigClicked.connect(self._on_clicked)
        self.plot.addItem(items)
        return items

    def _fit(self, places: npt.NDArray[np.float64]) -> None:
        """Choose the span of both axes: where nearly all scores lie, and both limits."""
        low, high = 0.0, _LEAST_HIGH
        if len(places):
            low = max(_LOW, min(0.0, float(places.min())))
            usual = 1.1 * float(np.quantile(places.max(axis=1), _USUAL))
            high = min(_HIGH, max(_LEAST_HIGH, usual))
        self.beyond = int(((places < low) | (places > high)).any(axis=1).sum())
        self._span = (low, high)
        edge = _MARGIN * (high - low)
        for place in (self.plot.setXRange, self.plot.setYRange):
            place(low - edge, high + edge, padding=0)
        self._corners[0].setPos(low - edge, high + edge)
        self._corners[1].setPos(high + edge, low - edge)

    def _on_clicked(self, _: object, points: Sequence[Any], *__: object) -> None:
        if len(points):
            self.opened.emit(points[0].data())


def _places(marks: Sequence[Mark]) -> npt.NDArray[np.float64]:
    """Return (N, 2): both scores of each part."""
    return np.array([(mark.across, mark.up) for mark in marks], np.float64).reshape(-1, 2)
