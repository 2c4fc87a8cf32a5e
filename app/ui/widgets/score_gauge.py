"""The score of the judged part against its limit, as a bar and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PyQt5.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt5.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt5.QtWidgets import QSizePolicy, QWidget

from app.i18n import tr
from app.ui import theme

# Where a typical good part and the limit stand on the bar: a good part shows some bar, so that
# the gauge is seen to work, and there is room to read how far beyond the limit a part is.
_TYPICAL_PLACE = 0.15
_LIMIT_PLACE = 2 / 3
_SMALLEST_PX = 13


@dataclass(frozen=True, slots=True)
class Reading:
    """What the gauge shows; raw units of the detector.

    Attributes:
        score: Image score; None if there is none.
        limit: From here on a part is NG.
        review: From here on a part is REVIEW; None without such a band.
        typical: Score of a typical good part; NaN if unknown, then 0 stands for it.
    """

    score: float | None
    limit: float
    review: float | None = None
    typical: float = math.nan

    def place(self, value: float) -> float:
        """Return where a score stands on the bar, 0 left .. 1 right, clipped."""
        low = self.typical if math.isfinite(self.typical) and self.typical < self.limit else 0.0
        span = self.limit - low
        if not math.isfinite(value) or span <= 0:
            return 0.0
        share = (value - low) / span
        return min(1.0, max(0.0, _TYPICAL_PLACE + share * (_LIMIT_PLACE - _TYPICAL_PLACE)))


class ScoreGauge(QWidget):
    """A bar from below a typical good part to well beyond the limit, with the limit marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._reading: Reading | None = None
        self._announce()

    @property
    def reading(self) -> Reading | None:
        """What is shown."""
        return self._reading

    def show_reading(self, reading: Reading | None) -> None:
        """Show a score and its limits; None while no limit is in force."""
        if reading != self._reading:
            self._reading = reading
            self._announce()
            self.update()

    def sizeHint(self) -> QSize:
        """Three lines: bar, ends of the bar, limit."""
        return QSize(300, round(self._line() * 3.7))

    def minimumSizeHint(self) -> QSize:
        """Return the height; the width may shrink."""
        return QSize(220, self.sizeHint().height())

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language or of the letters' size."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self._announce()
            self.update()
        if event is not None and event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def texts(self) -> tuple[str, str]:
        """Return the two lines: the score, and what the limit means."""
        if self._reading is None:
            return tr("Score: none"), tr("No limit in force: nothing can be judged")
        limit = f"{self._reading.limit:.3f}"
        meaning = tr("Limit {limit}: from here on a part is NG.").format(limit=limit)
        if self._reading.review is not None:
            review = f"{self._reading.review:.3f}"
            meaning = tr("From {review} on: check. From {limit} on: NG.").format(
                review=review, limit=limit
            )
        if self._reading.score is None:
            return tr("Score: none"), meaning
        return tr("Score {score}").format(score=f"{self._reading.score:.3f}"), meaning

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the score, the bar and the meaning of the limit."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = self._line()
        score, meaning = self.texts()
        painter.setPen(theme.colour("ink"))
        painter.setFont(theme.number_font(round(line * 0.95), bold=True))
        painter.drawText(
            QRectF(0, 0, self.width(), line * 1.25), Qt.AlignmentFlag.AlignVCenter, score
        )
        self._draw_bar(painter, QRectF(1, line * 1.4, self.width() - 2, line * 0.9))
        painter.setPen(theme.colour("faint"))
        painter.setFont(_fitting(meaning, round(line * 0.72), self.width()))
        box = QRectF(0, line * 2.5, self.width(), line * 1.1)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, meaning)
        painter.end()

    def _draw_bar(self, painter: QPainter, box: QRectF) -> None:
        painter.fillRect(box, theme.colour("field"))
        reading = self._reading
        if reading is not None and reading.score is not None:
            self._fill(painter, box, reading, reading.score)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawRect(box)
        if reading is not None:
            if reading.review is not None:
                self._tick(painter, box, reading.place(reading.review), 1.5)
            self._tick(painter, box, reading.place(reading.limit), 3.5)

    def _fill(self, painter: QPainter, box: QRectF, reading: Reading, score: float) -> None:
        """Fill up to the score; colour only from the limit on, below it stays grey."""
        full = QRectF(box)
        full.setWidth(box.width() * reading.place(score))
        name = "ng" if score >= reading.limit else "none"
        painter.fillRect(full, theme.colour(name))

    def _tick(self, painter: QPainter, box: QRectF, place: float, width: float) -> None:
        x = box.left() + box.width() * place
        painter.setPen(QPen(theme.colour("ink"), width))
        painter.drawLine(QPointF(x, box.top() - 5), QPointF(x, box.bottom() + 1))
        painter.setBrush(theme.colour("ink"))
        painter.setPen(Qt.PenStyle.NoPen)
        half = width * 2
        top = box.top() - 4
        painter.drawPolygon(
            QPolygonF(
                [QPointF(x - half, top - half), QPointF(x + half, top - half), QPointF(x, top)]
            )
        )

    def _line(self) -> int:
        return self.fontMetrics().height() + 5

    def _announce(self) -> None:
        self.setAccessibleName(". ".join(self.texts()))


def _fitting(text: str, size_px: int, width: int) -> QFont:
    """Return a font of a size in pixels, or a smaller one in which the text fits a width."""
    while size_px > _SMALLEST_PX:
        font = theme.number_font(size_px)
        if QFontMetricsF(font).horizontalAdvance(text) <= width:
            return font
        size_px -= 1
    return theme.number_font(_SMALLEST_PX)
