"""Scores of the same pictures by two checkpoints, with both limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.candidates.comparison import Comparison, Pair
from app.i18n import tr
from app.ui import theme
from app.ui.widgets.plot_style import pen, plain_plot, set_axis_texts, set_plot_scale

# Scores far beyond the limit say no more than "far beyond": they stand at the edge.
_LOW, _HIGH, _LEAST_HIGH = -1.0, 4.0, 1.5
_MARGIN = 0.08


class CompareScatter(QWidget):
    """One mark a picture: across by the checkpoint in force, up by the candidate.

    Both axes run from a typical good part (0) to the NG limit (1), so that detectors with
    other units can be compared. A dot: same verdict. A diamond: another one. A star: golden.

    Signals:
        opened: A mark was pressed. arg: the `Pair`.
    """

    opened = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self._names = ("", "")
        self._left_out = self._beyond = 0
        self.legend = QLabel()
        self.legend.setProperty("role", "faint")
        self.legend.setWordWrap(True)
        self.plot = plain_plot()
        dashed = pen("ng", 2, Qt.PenStyle.DashLine)
        self.limits = (
            pg.InfiniteLine(pos=1.0, angle=90, pen=dashed),
            pg.InfiniteLine(pos=1.0, angle=0, pen=dashed),
        )
        for line in self.limits:
            self.plot.addItem(line)
        self.plot.addItem(pg.InfiniteLine(pos=(0, 0), angle=45, pen=pen("line", 1)))
        self.same = self._marks("o", 9, "none")
        self.golden = self._marks("star", 16, "accent")
        self.other = self._marks("d", 14, "ng")
        self._corners = [pg.TextItem(color=theme.COLOURS["faint"], anchor=at) for at in _ANCHORS]
        for corner in self._corners:
            self.plot.addItem(corner, ignoreBounds=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.plot, 1)
        column.addWidget(self.legend)
        self.set_scale(1.0)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show the pictures of a comparison; None for an empty plot."""
        pairs = () if comparison is None else comparison.pairs
        drawn = [pair for pair in pairs if _is_drawn(pair)]
        self._left_out = len(pairs) - len(drawn)
        self._names = (
            ("", "") if comparison is None else (comparison.current.name, comparison.candidate.name)
        )
        self._fit(drawn)
        differing = [pair for pair in drawn if pair.differs]
        alike = [pair for pair in drawn if not pair.differs]
        self._put(self.other, differing)
        self._put(self.golden, [pair for pair in alike if pair.kind == "golden"])
        self._put(self.same, [pair for pair in alike if pair.kind != "golden"])
        self.retranslate()

    def set_scale(self, scale: float) -> None:
        """Fit letters and marks to the window's size."""
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
        for corner, text in zip(
            self._corners, (tr("only the candidate says NG"), tr("only the one in force says NG")),
            strict=True,
        ):  # fmt: skip
            corner.setText(text if self._names[0] else "")
        legend = tr(
            "● same verdict   ◆ other verdict   ★ golden sample   dashed: both NG limits, "
            "0 is a typical good part. Press a mark to see the picture."
        )
        notes = [legend]
        if self._beyond:
            notes.append(tr("{count} beyond the edge stand on it.").format(count=self._beyond))
        if self._left_out:
            notes.append(tr("{count} without a score are not drawn.").format(count=self._left_out))
        self.legend.setText(" ".join(notes))

    def _marks(self, symbol: str, size: int, colour: str) -> Any:
        brush = theme.colour(colour)
        brush.setAlpha(170)
        marks = pg.ScatterPlotItem(
            size=size, symbol=symbol, brush=brush, pen=pen("ink", 1), hoverable=True
        )
        marks.sigClicked.connect(self._on_clicked)
        self.plot.addItem(marks)
        return marks

    def _fit(self, pairs: Sequence[Pair]) -> None:
        """Choose the span of both axes: the scores, as far as they say something."""
        shares = _shares(pairs)
        self._beyond = 0
        low, high = 0.0, _LEAST_HIGH
        if len(shares):
            low = max(_LOW, min(0.0, float(shares.min())))
            high = min(_HIGH, max(_LEAST_HIGH, float(shares.max())))
            self._beyond = int(((shares < low) | (shares > high)).any(axis=1).sum())
        self._span = (low, high)
        edge = _MARGIN * (high - low)
        for place in (self.plot.setXRange, self.plot.setYRange):
            place(low - edge, high + edge, padding=0)
        self._corners[0].setPos(low - edge, high + edge)
        self._corners[1].setPos(high + edge, low - edge)

    def _put(self, marks: Any, pairs: Sequence[Pair]) -> None:
        shares = np.clip(_shares(pairs), *self._span)
        marks.setData(x=shares[:, 0], y=shares[:, 1], data=np.array([*pairs, None], object)[:-1])

    def _on_clicked(self, _: object, points: Sequence[Any], *__: object) -> None:
        if len(points):
            self.opened.emit(points[0].data())


_ANCHORS = ((0, 0), (1, 1))


def _is_drawn(pair: Pair) -> bool:
    return pair.current.share is not None and pair.candidate.share is not None


def _shares(pairs: Sequence[Pair]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return (N, 2): both scores of each picture, 0 typical, 1 the NG limit."""
    values = [(pair.current.share, pair.candidate.share) for pair in pairs]
    return np.array(values, np.float64).reshape(-1, 2)
