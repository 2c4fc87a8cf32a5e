"""The signs of the verdicts, painted: circle, octagon, triangle, square and their marks."""

from __future__ import annotations

import math

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.ui import theme
from app.ui.verdict_look import Look, Mark, Shape


def outline(shape: Shape, box: QRectF) -> QPainterPath:
    """Return a verdict's outline inside a square box; empty for `Shape.NONE`."""
    path = QPainterPath()
    if shape is Shape.CIRCLE:
        path.addEllipse(box)
    elif shape is Shape.OCTAGON:
        path.addPolygon(_regular(8, box, math.pi / 8))
        path.closeSubpath()
    elif shape is Shape.TRIANGLE:
        corners = [
            QPointF(box.center().x(), box.top()),
            box.bottomRight(),
            box.bottomLeft(),
        ]
        path.addPolygon(QPolygonF(corners))
        path.closeSubpath()
    elif shape is Shape.SQUARE:
        path.addRect(box)
    return path


def draw(painter: QPainter, look: Look, box: QRectF, ink: QColor, ground: QColor) -> None:
    """Draw a verdict's sign: the outline filled with `ink`, the mark in `ground`.

    Args:
        painter: Where to draw; its pen and brush are left changed.
        look: Which sign.
        box: Square in the painter's pixels.
        ink: Colour of the outline.
        ground: Colour of the mark; of the ink itself if there is no outline.
    """
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawPath(outline(look.shape, box))
    _draw_mark(painter, look.mark, box, ink if look.shape is Shape.NONE else ground)


def _regular(corners: int, box: QRectF, turn: float) -> QPolygonF:
    radius = box.width() / 2 / math.cos(math.pi / corners)
    angles = [turn + 2 * math.pi * corner / corners for corner in range(corners)]
    return QPolygonF(
        [box.center() + QPointF(math.cos(angle), math.sin(angle)) * radius for angle in angles]
    )


def _draw_mark(painter: QPainter, mark: Mark, box: QRectF, ink: QColor) -> None:
    side = box.width()
    pen = QPen(ink, side * 0.13, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap)
    painter.setPen(pen)

    def at(x: float, y: float) -> QPointF:
        return box.topLeft() + QPointF(x, y) * side

    if mark is Mark.CHECK:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([at(0.27, 0.53), at(0.44, 0.70), at(0.74, 0.33)]))
    elif mark is Mark.CROSS:
        painter.drawLine(at(0.3, 0.3), at(0.7, 0.7))
        painter.drawLine(at(0.7, 0.3), at(0.3, 0.7))
    elif mark is Mark.PAUSE:
        painter.drawLine(at(0.33, 0.25), at(0.33, 0.75))
        painter.drawLine(at(0.67, 0.25), at(0.67, 0.75))
    elif mark in (Mark.QUESTION, Mark.EXCLAMATION):
        painter.setFont(theme.number_font(round(side * 0.62), bold=True))
        lower = 0.14 if mark is Mark.QUESTION else 0.0
        area = box.adjusted(0, side * lower, 0, side * lower / 2)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, mark.value)
