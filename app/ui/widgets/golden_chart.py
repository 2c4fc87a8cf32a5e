"""One golden sample's score over the checks, with what it may move."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PyQt5.QtCore import QEvent, Qt
from PyQt5.QtGui import QColor
from PyQt5.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.golden.wording import number
from app.i18n import tr
from app.inspection.golden import GoldenSample
from app.ui import theme
from app.ui.golden_shelf import Point
from app.ui.widgets import plot_style

_TICKS = 5


class GoldenChart(QWidget):
    """Circles are right, crosses are not; a line joins checks by one checkpoint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._title.setProperty("role", "faint")
        self._title.setWordWrap(True)
        self.plot = plot_style.plain_plot()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self.plot, 1)
        self._sample: GoldenSample | None = None
        self._points: tuple[Point, ...] = ()
        self._scale = 1.0
        self.set_scale(1.0)

    @property
    def title(self) -> str:
        """What is said above the chart."""
        return self._title.text()

    def show_history(self, sample: GoldenSample | None, points: Sequence[Point]) -> None:
        """Show a sample's history; None for no sample."""
        self._sample, self._points = sample, tuple(points)
        self._draw()

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self._scale = scale
        plot_style.set_plot_scale(self.plot, scale)
        self._draw()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        self.plot.clear()
        plot_style.set_axis_texts(
            self.plot, tr("Check, the newest on the right"), tr("Score (raw unit)"), self._scale
        )
        sample, points = self._sample, self._points
        if sample is None:
            self._title.setText(tr("Choose a sample to see its scores over the checks."))
            return
        if not points:
            self._title.setText(tr("{name} was in no check yet.").format(name=sample.name))
        else:
            text = tr("{name}: score in each check. Circle: right, cross: not; band: allowed.")
            self._title.setText(text.format(name=sample.name))
        self._draw_band(sample)
        self._draw_limit(points[-1].limit if points else None)
        self._draw_points(points)
        self._draw_ticks(points)
        self._set_range(sample, points)

    def _draw_band(self, sample: GoldenSample) -> None:
        low, high = sample.score - sample.tolerance, sample.score + sample.tolerance
        ground = QColor(theme.COLOURS["ok"])
        ground.setAlpha(45)
        band = pg.LinearRegionItem(
            (low, high), "horizontal", brush=ground, pen=plot_style.pen("ok"), movable=False
        )
        band.setZValue(-10)
        self.plot.addItem(band)
        middle = plot_style.pen("ok", 1, Qt.PenStyle.DashLine)
        self.plot.addItem(pg.InfiniteLine(sample.score, 0, middle))

    def _draw_limit(self, limit: float | None) -> None:
        if limit is None:
            return
        line = pg.InfiniteLine(
            limit,
            0,
            plot_style.pen("ng", 2),
            label=tr("NG limit {limit}").format(limit=number(limit)),
            labelOpts={
                "position": 0.06,
                "color": theme.COLOURS["ink"],
                "anchors": [(0, 1), (0, 1)],
            },
        )
        self.plot.addItem(line)

    def _draw_points(self, points: Sequence[Point]) -> None:
        begin = 0
        for end in range(1, len(points) + 1):
            last = end == len(points)
            if last or points[end].checkpoint_sha256 != points[begin].checkpoint_sha256:
                xs = list(range(begin, end))
                scores = [points[x].score for x in xs]
                self.plot.plot(xs, scores, pen=plot_style.pen("faint", 1.5))
                begin = end
        for passed, symbol, colour in ((True, "o", "ok"), (False, "x", "ng")):
            xs = [x for x, point in enumerate(points) if point.passed is passed]
            self.plot.plot(
                xs,
                [points[x].score for x in xs],
                pen=None,
                symbol=symbol,
                symbolSize=round((9 if passed else 14) * self._scale),
                symbolBrush=theme.COLOURS[colour],
                symbolPen=plot_style.pen(colour),
            )

    def _draw_ticks(self, points: Sequence[Point]) -> None:
        every = max(1, -(-len(points) // _TICKS))
        ticks = [
            (x, points[x].at.astimezone().strftime("%m-%d %H:%M"))
            for x in range(len(points) - 1, -1, -every)
        ]
        self.plot.getPlotItem().getAxis("bottom").setTicks([ticks])

    def _set_range(self, sample: GoldenSample, points: Sequence[Point]) -> None:
        values = [point.score for point in points]
        values += [sample.score - 2 * sample.tolerance, sample.score + 2 * sample.tolerance]
        self.plot.setYRange(min(values), max(values), padding=0.08)
        last = max(1, len(points) - 1)
        # Room for half a label at either end, or the axis leaves it out.
        self.plot.setXRange(-0.07 * last, 1.07 * last, padding=0)
