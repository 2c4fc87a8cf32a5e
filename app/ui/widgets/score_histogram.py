"""Scores of good and defective parts, with limits that are moved by mouse or keys."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pyqtgraph as pg
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QFocusEvent, QKeyEvent
from PyQt5.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.i18n import tr
from app.quality.histogram import Histogram
from app.ui import theme
from app.ui.widgets.plot_style import pen, plain_plot, set_axis_texts, set_plot_scale

_STEPS = 500
_FAST = 10
NG, REVIEW = "ng", "review"


class ScoreHistogram(QWidget):
    """Good parts as filled bars upwards, defective ones as outlines downwards; two limits.

    Left and Right move the limit in hand, with Shift ten steps at once; Space takes the other
    limit in hand, Home goes back to the limits in force.

    Signals:
        moved: A limit was moved by the user. args: "ng" or "review", the new limit.
        back_wanted: The limits in force are wanted again.
    """

    moved = pyqtSignal(str, float)
    back_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scale = 1.0
        self._counted: Histogram | None = None
        self.in_hand = NG
        self.plot = plain_plot()
        self.plot.setMinimumHeight(180)
        self._bars: list[pg.BarGraphItem] = []
        self._names = {kind: pg.TextItem(color=theme.COLOURS["ink"]) for kind in ("good", "bad")}
        for text in self._names.values():
            self.plot.addItem(text, ignoreBounds=True)
        self._in_force = pg.InfiniteLine(pen=pen("faint", 1.5, Qt.PenStyle.DotLine))
        self.plot.addItem(self._in_force, ignoreBounds=True)
        self.lines = {NG: self._line(NG), REVIEW: self._line(REVIEW)}
        self._hint = QLabel()
        self._hint.setProperty("role", "faint")
        self._hint.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(2)
        column.addWidget(self.plot, 1)
        column.addWidget(self._hint)
        self.retranslate()

    def show_scores(self, counted: Histogram | None) -> None:
        """Show other parts; None for none."""
        self._counted = counted
        for bar in self._bars:
            self.plot.removeItem(bar)
        self._bars = []
        if counted is not None:
            self._draw(counted)
        self._place_names()

    def show_limits(
        self, limit: float, review: float | None, in_force: float | None = None
    ) -> None:
        """Place the limits, raw unit; a review limit of None hides its line."""
        for key, value in ((NG, limit), (REVIEW, review)):
            line = self.lines[key]
            line.blockSignals(True)
            line.setVisible(value is not None)
            if value is not None:
                line.setValue(value)
            line.blockSignals(False)
        if review is None:
            self.in_hand = NG
        self._in_force.setVisible(in_force is not None)
        if in_force is not None:
            self._in_force.setValue(in_force)
        self._show_labels()

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self._scale = scale
        set_plot_scale(self.plot, scale)
        self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        left = tr("Parts in production (estimated)")
        set_axis_texts(self.plot, tr("Score, raw unit"), left, self._scale)
        font = theme.number_font(theme.px("small", self._scale), bold=True)
        for key, text in (("good", tr("▲ Good parts")), ("bad", tr("▼ Defective parts"))):
            self._names[key].setText(text)
            self._names[key].setFont(font)
        self._hint.setText(
            tr(
                "← → move the limit, with Shift faster; Space takes the other one in hand. "
                "Dotted: the limit in force, Home goes back to it."
            )
        )
        self.setAccessibleName(tr("Scores of the reviewed parts, with the limits"))
        self._show_labels()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move the limit in hand."""
        if event is None:
            return
        direction = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if direction and self._counted is not None:
            fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._step(direction * (_FAST if fast else 1))
        elif event.key() == Qt.Key.Key_Space and self.lines[REVIEW].isVisible():
            self.in_hand = REVIEW if self.in_hand == NG else NG
            self._show_labels()
        elif event.key() == Qt.Key.Key_Home:
            self.back_wanted.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show which limit the keys move."""
        super().focusInEvent(event)
        self._show_labels()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Show that the keys move none."""
        super().focusOutEvent(event)
        self._show_labels()

    def _step(self, steps: int) -> None:
        counted = self._counted
        if counted is None:
            return
        width = float(counted.edges[-1] - counted.edges[0]) / _STEPS
        self.moved.emit(self.in_hand, float(self.lines[self.in_hand].value()) + steps * width)

    def _line(self, key: str) -> pg.InfiniteLine:
        dashed = Qt.PenStyle.DashLine if key == REVIEW else Qt.PenStyle.SolidLine
        line = pg.InfiniteLine(
            movable=True,
            pen=pen("ink", 2.5, dashed),
            hoverPen=pen("accent", 4, dashed),
            label="",
            labelOpts={
                "position": 0.94 if key == NG else 0.82,
                "color": theme.COLOURS["on_ground"],
                "fill": theme.COLOURS["ground"],
                "movable": False,
            },
        )
        self.plot.addItem(line, ignoreBounds=True)
        line.sigPositionChanged.connect(partial(self._on_dragged, key))
        line.sigDragged.connect(lambda _: self.setFocus())
        return line

    def _on_dragged(self, key: str, line: pg.InfiniteLine) -> None:
        self.in_hand = key
        self.moved.emit(key, float(line.value()))

    def _draw(self, counted: Histogram) -> None:
        edges = counted.edges
        middles, width = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
        good, bad = np.log10(1 + counted.good), np.log10(1 + counted.defective)
        # Filled upwards, outlines downwards: told apart without any colour.
        pale = pg.mkColor(theme.COLOURS["ng"])
        pale.setAlpha(50)
        self._bars = [
            pg.BarGraphItem(
                x=middles, height=good, width=width, brush=theme.COLOURS["accent"], pen=None
            ),
            pg.BarGraphItem(x=middles, height=-bad, width=width, brush=pale, pen=pen("ng", 1.5)),
        ]
        for bar in self._bars:
            bar.setZValue(-10)
            self.plot.addItem(bar)
        highest, lowest = max(1.0, float(good.max())), max(1.0, float(bad.max()))
        self.plot.setXRange(float(edges[0]), float(edges[-1]), padding=0.02)
        self.plot.setYRange(-lowest * 1.15, highest * 1.25, padding=0)
        self._set_ticks(highest, lowest)

    def _set_ticks(self, highest: float, lowest: float) -> None:
        """Name the decades: the axis is log10(1 + parts), mirrored."""
        ticks = [(0.0, "0")]
        for power in range(math.ceil(max(highest, lowest))):
            place, text = math.log10(1 + 10**power), f"{10**power:,}"
            ticks += [(place, text)] if place <= highest else []
            ticks += [(-place, text)] if place <= lowest else []
        self.plot.getPlotItem().getAxis("left").setTicks([ticks, []])

    def _place_names(self) -> None:
        counted = self._counted
        for text in self._names.values():
            text.setVisible(counted is not None)
        if counted is None:
            return
        low, high = self.plot.viewRange()[1]
        left = float(self.plot.viewRange()[0][0])
        self._names["good"].setPos(left, high)
        self._names["good"].setAnchor((0, 0))
        self._names["bad"].setPos(left, low)
        self._names["bad"].setAnchor((0, 1))

    def _show_labels(self) -> None:
        if not hasattr(self, "lines"):
            return
        font = theme.number_font(theme.px("small", self._scale), bold=True)
        words = {NG: tr("NG from {limit}"), REVIEW: tr("REVIEW from {limit}")}
        for key, line in self.lines.items():
            text = words[key].format(limit=f"{line.value():.4g}")
            held = self.hasFocus() and key == self.in_hand
            line.label.setFormat(f"◀ {text} ▶" if held else text)
            line.label.setFont(font)
