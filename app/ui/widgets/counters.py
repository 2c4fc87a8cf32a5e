"""How many parts of the lot got which verdict, and the yield."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import QEvent, QRectF, QSize
from PyQt5.QtGui import QPainter, QPaintEvent
from PyQt5.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from app.i18n import tr
from app.inspection.verdict import Verdict
from app.ui import theme
from app.ui.verdict_look import LOOKS
from app.ui.widgets import verdict_sign


@dataclass(frozen=True, slots=True)
class Counts:
    """Parts since the last reset.

    Attributes:
        ok: Parts judged OK; the others likewise.
        yield_percent: OK of all parts, percent; None before the first part.
    """

    ok: int = 0
    ng: int = 0
    review: int = 0
    error: int = 0
    yield_percent: float | None = None

    def of(self, verdict: Verdict) -> int:
        """Return the number of one verdict."""
        return {
            Verdict.OK: self.ok,
            Verdict.NG: self.ng,
            Verdict.REVIEW: self.review,
            Verdict.ERROR: self.error,
        }[verdict]


class Sign(QWidget):
    """A small verdict sign beside a number, in the verdict's colour."""

    def __init__(self, verdict: Verdict, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = LOOKS[verdict]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Be as high as a line of text."""
        side = round(self.fontMetrics().height() * 1.15)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the sign."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        ground = theme.colour("ink" if self._look.colour == "review" else "field")
        verdict_sign.draw(painter, self._look, box, theme.colour(self._look.colour), ground)
        painter.end()


class Counters(QWidget):
    """Four numbers with sign and word, and the yield."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts = Counts()
        self._words: dict[Verdict, QLabel] = {}
        self._numbers: dict[Verdict, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(6)
        for column, verdict in enumerate(Verdict):
            self._add(grid, column * 2, verdict)
        self._yield_word, self._yield = self._labels(grid, 2 * len(Verdict))
        grid.addWidget(self._yield_word, 0, 2 * len(Verdict), 1, 2)
        for column in range(0, 2 * len(Verdict) + 1, 2):
            grid.setColumnStretch(column + 1, 1)
        self.retranslate()
        self.show_counts(self._counts)

    @property
    def counts(self) -> Counts:
        """What is shown."""
        return self._counts

    def show_counts(self, counts: Counts) -> None:
        """Show new numbers."""
        self._counts = counts
        for verdict, label in self._numbers.items():
            label.setText(f"{counts.of(verdict):d}")
        known = counts.yield_percent is not None
        self._yield.setText(f"{counts.yield_percent:.1f} %" if known else "–")

    def retranslate(self) -> None:
        """Set all texts anew."""
        for verdict, label in self._words.items():
            label.setText(tr(LOOKS[verdict].word))
        self._yield_word.setText(tr("Yield"))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _add(self, grid: QGridLayout, column: int, verdict: Verdict) -> None:
        self._words[verdict], self._numbers[verdict] = self._labels(grid, column)
        grid.addWidget(Sign(verdict), 0, column)
        grid.addWidget(self._words[verdict], 0, column + 1)

    def _labels(self, grid: QGridLayout, column: int) -> tuple[QLabel, QLabel]:
        word, number = QLabel(), QLabel("0")
        word.setProperty("role", "faint")
        number.setProperty("role", "number")
        grid.addWidget(number, 1, column, 1, 2)
        return word, number
