"""The curves of a training: losses and figures, an epoch a point that can be picked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PyQt5.QtCore import QPointF, Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from app.jobs.epochs import EpochPoint
from app.ui import theme
from app.ui.training_words import FIGURES
from app.ui.widgets.plot_style import pen, plain_plot, set_axis_texts, set_plot_scale

_SOLID, _DASH, _DOT = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine
# name -> (colour, line, shape, how the line is written in the legend)
_LOSSES = {"total": ("accent", _SOLID, "o", "●─"), "validation": ("ng", _DASH, "t", "▼╌")}
_FIGURES = {
    "image_auroc": ("accent", _SOLID, "o", "●─"),
    "pixel_auroc": ("ok", _DASH, "s", "■╌"),
    "f1_max": ("error", _DOT, "d", "◆┈"),
}
_CROWDED = 60


class TrainingCurves(QWidget):
    """Two plots over the epochs; colour, line and shape tell the curves apart.

    Signals:
        picked: A person pointed at an epoch. arg: its number.
    """

    picked = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self._points: tuple[EpochPoint, ...] = ()
        self._chosen, self._best, self._most = 0, 0, 0
        self.losses, self.figures = plain_plot(), plain_plot()
        self._legends = (QLabel(), QLabel())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for legend, plot in zip(self._legends, (self.losses, self.figures), strict=True):
            legend.setTextFormat(Qt.TextFormat.RichText)
            legend.setProperty("role", "faint")
            # A long legend must not keep the window from becoming small.
            legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(legend)
            column.addWidget(plot, 1)
            row.addLayout(column, 1)
            plot.scene().sigMouseClicked.connect(
                lambda event, plot=plot: self._on_clicked(plot, event.scenePos())
            )
        self.retranslate()

    def show_points(self, points: Sequence[EpochPoint], best: int, chosen: int, most: int) -> None:
        """Show a run.

        Args:
            points: Its epochs so far.
            best: Number of the best one, 0 for none.
            chosen: Number of the one that is looked at, 0 for none.
            most: Epochs that it trains at most; 0 if that is not known.
        """
        self._points = tuple(points)
        self._best, self._chosen, self._most = best, chosen, most
        self._draw()

    def set_scale(self, scale: float) -> None:
        """Fit letters to the window's size."""
        self._scale = scale
        for plot in (self.losses, self.figures):
            set_plot_scale(plot, scale)
        self.retranslate()
        self._draw()

    def retranslate(self) -> None:
        """Name axes and curves anew."""
        set_axis_texts(self.losses, tr("Epoch"), tr("Loss, lower is better"), self._scale)
        set_axis_texts(self.figures, tr("Epoch"), tr("Figure, 1 is best"), self._scale)
        losses = {"total": tr("learned pictures"), "validation": tr("pictures kept back")}
        figures = {key: tr(text) for key, text in FIGURES.items()}
        for legend, names, looks in zip(
            self._legends, (losses, figures), (_LOSSES, _FIGURES), strict=True
        ):
            parts = [
                f'<span style="color:{theme.COLOURS[looks[key][0]]}">{looks[key][3]}</span> {name}'
                for key, name in names.items()
            ]
            legend.setText(" &nbsp;".join(parts))

    def _draw(self) -> None:
        for plot, looks in ((self.losses, _LOSSES), (self.figures, _FIGURES)):
            plot.clear()
            values = [self._curve(plot, key, look) for key, look in looks.items()]
            self._mark(plot)
            self._fit(plot, np.concatenate(values) if values else np.empty(0))
        self.figures.setYRange(0.0, 1.05, padding=0)

    def _curve(
        self, plot: pg.PlotWidget, key: str, look: tuple[str, Qt.PenStyle, str, str]
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        colour, line, shape, _ = look
        pairs = [
            (point.number, value)
            for point in self._points
            if (value := (point.losses if plot is self.losses else point.figures).get(key))
            is not None
        ]
        found = np.array(pairs, np.float64).reshape(-1, 2)
        if len(found):
            size = round((8 if len(found) <= _CROWDED else 4) * self._scale)
            plot.plot(
                found[:, 0],
                found[:, 1],
                pen=pen(colour, 2.0 * self._scale, line),
                symbol=shape,
                symbolSize=size,
                symbolBrush=pg.mkBrush(theme.COLOURS[colour]),
                symbolPen=None,
            )
        return found[:, 1]

    def _mark(self, plot: pg.PlotWidget) -> None:
        """Draw a line through the best and the chosen epoch, with its word."""
        # Losses fall and figures rise: the words stand where no curve is.
        high, low = (0.92, 0.78) if plot is self.losses else (0.22, 0.08)
        marks = [(self._best, tr("best"), _DASH, high), (self._chosen, tr("chosen"), _SOLID, low)]
        if self._best == self._chosen:
            marks = [(self._best, tr("best, chosen"), _SOLID, high)]
        for number, word, line, height in marks:
            if number:
                last = number > max((self._most or len(self._points)), 2) * 0.7
                plot.addItem(
                    pg.InfiniteLine(
                        number,
                        pen=pen("ink", 1.5, line),
                        label=word,
                        labelOpts={
                            "position": height,
                            "color": theme.COLOURS["ink"],
                            "fill": pg.mkBrush(theme.COLOURS["field"]),
                            "anchors": [(1, 0.5), (1, 0.5)] if last else [(0, 0.5), (0, 0.5)],
                        },
                    )
                )

    def _fit(
        self, plot: pg.PlotWidget, values: np.ndarray[tuple[int], np.dtype[np.float64]]
    ) -> None:
        last = self._points[-1].number if self._points else 1
        most = min(self._most or 10, max(2 * last, 10))
        plot.setXRange(0.5, max(most, last) + 0.5, padding=0.01)
        if len(values):
            plot.setYRange(0.0, float(values.max()) * 1.1 or 1.0, padding=0)

    def _on_clicked(self, plot: pg.PlotWidget, at: QPointF) -> None:
        if self._points and plot.getPlotItem().sceneBoundingRect().contains(at):
            x = plot.getPlotItem().vb.mapSceneToView(at).x()
            self.picked.emit(min(self._points, key=lambda point: abs(point.number - x)).number)
