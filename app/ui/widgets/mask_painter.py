"""A mask that is being drawn, as it looks above the picture."""

from __future__ import annotations

import math
from typing import Protocol

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.review.mask_drawing import Point
from app.review.mask_sketch import MaskSketch, Tool

GRIP_PX = 12.0
_INK = QColor("#FFFFFF")
_EDGE = QColor("#000000")
_FILL = QColor(86, 180, 233, 70)  # sky blue of the colour-blind-safe Okabe-Ito palette
_PAINT = QColor(86, 180, 233, 160)
_HATCH = QColor(0, 0, 0, 130)
_RUBBED = QColor(0, 0, 0, 150)
_LINES = ((_EDGE, 4.0), (_INK, 1.8))


class View(Protocol):
    """What is needed of the widget that shows the picture."""

    def to_picture(self, point: QPointF) -> QPointF:
        """Return the frame pixel under a widget pixel."""

    def to_widget(self, point: QPointF) -> QPointF:
        """Return the widget pixel over a frame pixel."""

    def pan(self, dx: float, dy: float) -> None:
        """Move what is seen by widget pixels."""


def px_per_frame_px(view: View) -> float:
    """Return the widget pixels that one pixel of the frame takes."""
    step = view.to_widget(QPointF(1, 0)) - view.to_widget(QPointF(0, 0))
    return max(1e-6, math.hypot(step.x(), step.y()))


def paint_sketch(painter: QPainter, sketch: MaskSketch, view: View) -> None:
    """Draw mask, open outline or stroke, points and pointer in pixels of the widget."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    for outline in sketch.outlines:
        points = [_over(view, point) for point in outline]
        path.addPolygon(QPolygonF([*points, points[0]]))
    painter.fillPath(path, QBrush(_FILL))
    painter.fillPath(path, QBrush(_HATCH, Qt.BrushStyle.BDiagPattern))
    opened = QPolygonF([_over(view, point) for point in (*sketch.points, sketch.here)])
    for ink, width in _LINES:
        painter.setPen(QPen(ink, width))
        painter.drawPath(path)
        if sketch.points:
            painter.drawPolyline(opened)
    _paint_stroke(painter, sketch, view)
    if sketch.tool is Tool.POLYGON:
        _paint_grips(painter, sketch, view)
    _paint_pointer(painter, sketch, view)


def _paint_stroke(painter: QPainter, sketch: MaskSketch, view: View) -> None:
    if not sketch.stroke:
        return
    ink = _RUBBED if sketch.tool is Tool.ERASER else _PAINT
    width = px_per_frame_px(view) * sketch.brush_px
    pen = QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    path = QPainterPath(_over(view, sketch.stroke[0]))
    for point in sketch.stroke:
        # A line of no length would not be drawn.
        path.lineTo(_over(view, point) + QPointF(0.01, 0))
    painter.drawPath(path)


def _paint_grips(painter: QPainter, sketch: MaskSketch, view: View) -> None:
    painter.setPen(QPen(_EDGE, 1.5))
    painter.setBrush(QBrush(_INK))
    for number, outline in enumerate(sketch.outlines):
        last: QPointF | None = None
        for point, place in enumerate(outline):
            at, is_held = _over(view, place), (number, point) == sketch.held
            # Where points lie close together, every one of them would hide the line.
            if is_held or last is None or _apart(at, last) > GRIP_PX:
                side = 12.0 if is_held else 7.0
                painter.drawRect(QRectF(at.x() - side / 2, at.y() - side / 2, side, side))
                last = at
    for corner in sketch.points:
        painter.drawEllipse(_over(view, corner), 4.0, 4.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_pointer(painter: QPainter, sketch: MaskSketch, view: View) -> None:
    at = _over(view, sketch.here)
    radius = px_per_frame_px(view) * sketch.brush_px / 2
    dashed = sketch.tool is Tool.ERASER
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    for ink, width in ((_EDGE, 3.5), (_INK, 1.5)):
        painter.setPen(QPen(ink, width, style))
        if sketch.tool is not Tool.POLYGON:
            painter.drawEllipse(at, radius, radius)
        painter.setPen(QPen(ink, width))
        painter.drawLine(at - QPointF(8, 0), at + QPointF(8, 0))
        painter.drawLine(at - QPointF(0, 8), at + QPointF(0, 8))


def _over(view: View, point: Point) -> QPointF:
    """Return the widget pixel over the middle of a frame pixel."""
    return view.to_widget(QPointF(point[0] + 0.5, point[1] + 0.5))


def _apart(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())
