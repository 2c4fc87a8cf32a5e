"""Scores of the pictures that were not learned from, beside the limit, which can be moved."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PyQt5.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt5.QtWidgets import QSizePolicy, QWidget

from app.i18n import tr
from app.teaching.outcome import Tried
from app.ui import theme

_ROW, _SIDE, _STEPS = 34, 96, 100


class TeachScores(QWidget):
    """Two rows of signs, good parts round, defective ones as triangles, and the limit.

    Drag the limit, or move it with the arrows; click a sign to see its picture.

    Signals:
        limit_moved: The person moves the limit. arg: raw unit.
        picked: A sign was clicked. arg: number among those shown.
    """

    limit_moved = pyqtSignal(float)
    picked = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tried: tuple[Tried, ...] = ()
        self._limit, self._selected, self._scale = math.nan, -1, 1.0
        self._range = (0.0, 1.0)
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def show_scores(self, tried: Sequence[Tried], limit: float, selected: int) -> None:
        """Show these with the limit; the axis stays while only the limit moves."""
        found = tuple(tried)
        if found != self._tried or not self._range[0] < limit < self._range[1]:
            self._range = _range_of(found, limit)
        self._tried, self._limit, self._selected = found, limit, selected
        self.setAccessibleName(tr("NG from a score of {limit}").format(limit=f"{limit:.4g}"))
        self.update()

    def set_scale(self, scale: float) -> None:
        """Fit letters and rows to the window's size."""
        self._scale = scale
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Ask for two rows and an axis."""
        return QSize(400, round(3.2 * _ROW * self._scale))

    def minimumSizeHint(self) -> QSize:
        """Never clip a row."""
        return QSize(300, self.sizeHint().height())

    # -- drawing -------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw rows, signs, axis and limit."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.number_font(theme.px("small", self._scale)))
        row = _ROW * self._scale
        for number, text in enumerate((tr("Good"), tr("Defective"))):
            painter.setPen(theme.colour("ink"))
            area = QRectF(4, number * row, _SIDE * self._scale - 8, row)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(area, int(flags), text)
            painter.setPen(QPen(theme.colour("line"), 1))
            middle = (number + 0.5) * row
            painter.drawLine(QPointF(self._left(), middle), QPointF(self.width() - 12.0, middle))
        for number, one in enumerate(self._tried):
            if one.score is not None:
                self._draw_sign(painter, number, one)
        self._draw_limit(painter, row)
        painter.end()

    def _draw_sign(self, painter: QPainter, number: int, one: Tried) -> None:
        at, size = self._place(one), (8 if number == self._selected else 5) * self._scale
        is_ng = one.score is not None and one.score >= self._limit
        painter.setBrush(theme.colour("ng" if is_ng else "ok"))
        chosen = number == self._selected
        painter.setPen(QPen(theme.colour("ink"), 2) if chosen else QPen(theme.colour("field"), 1))
        if one.is_defective:
            tip = QPolygonF(
                [
                    QPointF(at.x(), at.y() - size - 1),
                    QPointF(at.x() + size + 1, at.y() + size),
                    QPointF(at.x() - size - 1, at.y() + size),
                ]
            )
            painter.drawPolygon(tip)
        else:
            painter.drawEllipse(at, size, size)

    def _draw_limit(self, painter: QPainter, row: float) -> None:
        if not math.isfinite(self._limit):
            return
        x = self._x(self._limit)
        focused = self.hasFocus()
        painter.setPen(QPen(theme.colour("accent" if focused else "ink"), 3))
        painter.drawLine(QPointF(x, 0), QPointF(x, 2 * row + 6))
        painter.setPen(theme.colour("ink"))
        wide = 150 * self._scale
        flags = Qt.AlignmentFlag.AlignVCenter
        word = QRectF(x - wide - 6, 2 * row + 4, wide, row)
        painter.drawText(word, int(flags | Qt.AlignmentFlag.AlignRight), tr("◀ OK"))
        word = QRectF(x + 6, 2 * row + 4, wide, row)
        text = tr("NG ▶ from {limit}").format(limit=f"{self._limit:.4g}")
        painter.drawText(word, int(flags | Qt.AlignmentFlag.AlignLeft), text)

    # -- events --------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take the limit, or a sign."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        number = self._sign_at(QPointF(event.pos()))
        if number >= 0:
            self.picked.emit(number)
            return
        self._dragging = True
        self.limit_moved.emit(self._value(event.pos().x()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag the limit."""
        if event is not None and self._dragging:
            self.limit_moved.emit(self._value(event.pos().x()))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let it go."""
        self._dragging = False

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move the limit with the arrows."""
        if event is None:
            return
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        move = moves.get(Qt.Key(event.key()))
        if move is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
            return
        low, high = self._range
        self.limit_moved.emit(self._limit + move * (high - low) / _STEPS)

    # -- places --------------------------------------------------------------------------

    def _left(self) -> float:
        return _SIDE * self._scale

    def _x(self, score: float) -> float:
        low, high = self._range
        return self._left() + (score - low) / (high - low) * (self.width() - 12 - self._left())

    def _value(self, x: float) -> float:
        low, high = self._range
        share = (x - self._left()) / max(1.0, self.width() - 12 - self._left())
        return low + min(1.0, max(0.0, share)) * (high - low)

    def _place(self, one: Tried) -> QPointF:
        row = _ROW * self._scale
        assert one.score is not None
        return QPointF(self._x(one.score), (1.5 if one.is_defective else 0.5) * row)

    def _sign_at(self, at: QPointF) -> int:
        reach = 12 * self._scale
        places = [
            ((self._place(one) - at).manhattanLength(), number)
            for number, one in enumerate(self._tried)
            if one.score is not None
        ]
        distance, number = min(places, default=(math.inf, -1))
        return number if distance <= reach else -1


def _range_of(tried: Sequence[Tried], limit: float) -> tuple[float, float]:
    values = [one.score for one in tried if one.score is not None and math.isfinite(one.score)]
    values += [limit] if math.isfinite(limit) else []
    low, high = min(values, default=0.0), max(values, default=1.0)
    space = 0.08 * (high - low) or 1.0
    return low - space, high + space
