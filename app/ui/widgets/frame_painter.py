"""Regions, exclusions, anchor and scale as they look above the picture."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QPointF, QRectF, Qt
from PyQt5.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.i18n import tr
from app.inspection.recipe_parts import Point
from app.ui import theme
from app.ui.widgets.frame_geometry import grips
from app.ui.widgets.frame_new import outline_from
from app.ui.widgets.frame_shapes import Kind, ScaleLine, Shapes, Target
from app.ui.widgets.frame_sketch import FrameSketch
from app.ui.widgets.frame_tools import Tool
from app.ui.widgets.mask_painter import View, px_per_frame_px

GRIP_PX = 16.0
_INK, _EDGE = QColor("#FFFFFF"), QColor("#000000")
_CHOSEN = QColor(86, 180, 233)  # sky blue of the colour-blind-safe Okabe-Ito palette
_UNJUDGED = QColor(16, 20, 24, 145)
_EXCLUDED, _HATCH = QColor(16, 20, 24, 110), QColor(240, 228, 66, 210)
_PAINT = QColor(240, 228, 66, 150)
_PLATE = QColor(16, 20, 24, 215)
_SOLID, _DASHED = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine


def paint_shapes(painter: QPainter, sketch: FrameSketch, view: View, area: QRectF) -> None:
    """Draw the shapes, what is open, and the grips of what is selected.

    Args:
        painter: Where to draw, in pixels of the widget.
        sketch: The shapes; `sketch.size` is the size of the picture.
        view: Shows the picture.
        area: The widget; names stay inside.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shapes = sketch.shapes
    _dim_unjudged(painter, shapes, view, sketch.size)
    for target in shapes.targets:
        _paint(painter, shapes, target, view, target == sketch.selected)
    for target in shapes.targets:
        if target.kind is not Kind.EXCLUSION or _has_room(shapes, target, view):
            place = _label_place(shapes, target, view)
            _label(painter, _name(shapes, target), place, area)
    if sketch.selected is not None:
        _paint_grips(painter, shapes.outline(sketch.selected), sketch.grip, view)
    _paint_open(painter, sketch, view, area)


def scale_words(line: ScaleLine) -> str:
    """Return what a scale line says: its length and the scale that follows."""
    if line.mm_per_px is None:
        return tr("Length?")
    text = tr("{length:g} mm = {px:.0f} px, {scale:.4g} mm per pixel")
    return text.format(length=line.length_mm, px=line.length_px, scale=line.mm_per_px)


def _dim_unjudged(painter: QPainter, shapes: Shapes, view: View, size: tuple[int, int]) -> None:
    """Darken what no region holds; without regions everything is judged."""
    if not shapes.regions:
        return
    whole = QRectF(_over(view, (0, 0)), _over(view, (size[0], size[1])))
    rest = QPainterPath()
    rest.addRect(whole)
    for region in shapes.regions:
        hole = QPainterPath()
        hole.addPolygon(_polygon(view, region.polygon))
        hole.closeSubpath()
        rest = rest.subtracted(hole)
    painter.fillPath(rest, _UNJUDGED)


def _paint(painter: QPainter, shapes: Shapes, target: Target, view: View, chosen: bool) -> None:
    outline = _polygon(view, shapes.outline(target))
    if target.kind is Kind.SCALE:
        _paint_scale(painter, outline, chosen)
        return
    if target.kind is Kind.EXCLUSION:
        painter.setPen(Qt.PenStyle.NoPen)
        for brush in (QBrush(_EXCLUDED), QBrush(_HATCH, Qt.BrushStyle.BDiagPattern)):
            painter.setBrush(brush)
            painter.drawPolygon(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    _lines(painter, outline, chosen, _DASHED if target.kind is Kind.ANCHOR else _SOLID)
    if target.kind is Kind.ANCHOR:
        _paint_cross(painter, outline.boundingRect().center(), 9.0)


def _paint_scale(painter: QPainter, ends: QPolygonF, chosen: bool) -> None:
    start, end = ends.at(0), ends.at(1)
    along = end - start
    length = max(1.0, (along.x() ** 2 + along.y() ** 2) ** 0.5)
    across = QPointF(-along.y(), along.x()) * (11.0 / length)
    for ink, width in ((_EDGE, 5.0), (_CHOSEN if chosen else _INK, 2.4)):
        painter.setPen(QPen(ink, width))
        painter.drawLine(start, end)
        for place in (start, end):
            painter.drawLine(place - across, place + across)


def _lines(
    painter: QPainter, outline: QPolygonF, chosen: bool, style: Qt.PenStyle = _SOLID
) -> None:
    """Draw a closed line, light on black so that it shows on any ground."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wide = 3.0 if chosen else 2.0
    painter.setPen(QPen(_EDGE, wide + 2.4))
    painter.drawPolygon(outline)
    painter.setPen(QPen(_CHOSEN if chosen else _INK, wide, style))
    painter.drawPolygon(outline)


def _paint_grips(painter: QPainter, outline: Sequence[Point], held: int | None, view: View) -> None:
    painter.setPen(QPen(_EDGE, 2.0))
    last: QPointF | None = None
    for number, place in enumerate(grips(tuple(outline))):
        at = _over(view, place)
        # Where corners lie close together, as along a brush stroke, all grips would hide it.
        if number != held and last is not None and (at - last).manhattanLength() < 1.5 * GRIP_PX:
            continue
        last = at
        painter.setBrush(QBrush(_CHOSEN if number == held else _INK))
        wide = GRIP_PX + 4 if number == held else GRIP_PX
        painter.drawRect(QRectF(at.x() - wide / 2, at.y() - wide / 2, wide, wide))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_open(painter: QPainter, sketch: FrameSketch, view: View, area: QRectF) -> None:
    """Draw what has been begun and not ended, and the pointer of the drawing tools."""
    if sketch.tool is Tool.LOOK:
        return
    if sketch.stroke:
        _paint_stroke(painter, sketch, view)
    if sketch.points:
        _paint_points(painter, sketch, view, area)
    at = _over(view, sketch.cross)
    if sketch.tool is Tool.BRUSH:
        radius = px_per_frame_px(view) * (sketch.radius + 0.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in ((_EDGE, 3.5), (_INK, 1.5)):
            painter.setPen(QPen(ink, width))
            painter.drawEllipse(at, radius, radius)
    _paint_cross(painter, at, 12.0)


def _paint_points(painter: QPainter, sketch: FrameSketch, view: View, area: QRectF) -> None:
    corners = (*sketch.points, sketch.cross)
    boxed = sketch.tool in (Tool.RECTANGLE, Tool.ANCHOR) or (
        sketch.tool is Tool.EXCLUSION and sketch.is_dragging
    )
    outline = outline_from(Tool.RECTANGLE, corners) if boxed and len(corners) == 2 else None
    line = _polygon(view, corners)
    if outline is not None:
        _lines(painter, _polygon(view, outline), True, _DASHED)
    else:
        for ink, width in ((_EDGE, 5.0), (_CHOSEN, 2.4)):
            painter.setPen(QPen(ink, width))
            painter.drawPolyline(line)
    painter.setPen(QPen(_EDGE, 2.0))
    painter.setBrush(QBrush(_INK))
    for corner in sketch.points:
        # The first one is larger: a click on it closes the outline.
        radius = 8.0 if corner is sketch.points[0] and len(sketch.points) > 2 else 5.0
        painter.drawEllipse(_over(view, corner), radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(corners) == 2:
        dx, dy = (abs(corners[1][axis] - corners[0][axis]) for axis in (0, 1))
        size = f"{dx:.0f} × {dy:.0f} px" if outline else f"{(dx * dx + dy * dy) ** 0.5:.0f} px"
        _label(painter, size, _over(view, sketch.cross) + QPointF(18, 18), area)


def _paint_stroke(painter: QPainter, sketch: FrameSketch, view: View) -> None:
    width = px_per_frame_px(view) * (2 * sketch.radius + 1)
    pen = QPen(_PAINT, width, _SOLID, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    path = QPainterPath(_over(view, sketch.stroke[0]))
    for point in sketch.stroke:
        # A line of no length would not be drawn.
        path.lineTo(_over(view, point) + QPointF(0.01, 0))
    painter.drawPath(path)


def _paint_cross(painter: QPainter, at: QPointF, reach: float) -> None:
    for ink, width in ((_EDGE, 4.0), (_INK, 1.6)):
        painter.setPen(QPen(ink, width))
        painter.drawLine(at - QPointF(reach, 0), at + QPointF(reach, 0))
        painter.drawLine(at - QPointF(0, reach), at + QPointF(0, reach))


def _name(shapes: Shapes, target: Target) -> str:
    if target.kind is Kind.REGION:
        return shapes.regions[target.number].name
    if target.kind is Kind.EXCLUSION:
        return tr("Excluded")
    if target.kind is Kind.ANCHOR or shapes.scale_line is None:
        return tr("Anchor")
    return scale_words(shapes.scale_line)


def _has_room(shapes: Shapes, target: Target, view: View) -> bool:
    """Tell whether a label hides only a little of a shape, whose hatching says it already."""
    box = _polygon(view, shapes.outline(target)).boundingRect()
    return box.width() > 130 and box.height() > 70


def _label_place(shapes: Shapes, target: Target, view: View) -> QPointF:
    outline = _polygon(view, shapes.outline(target))
    if target.kind is Kind.SCALE:
        return outline.boundingRect().center() + QPointF(10, 10)
    if target.kind is Kind.ANCHOR:
        return outline.boundingRect().topLeft() - QPointF(0, GRIP_PX + 14)
    # Beside the grip of the corner, so that neither hides the other.
    return outline.boundingRect().topLeft() + QPointF(GRIP_PX, GRIP_PX / 2 + 2)


def _label(painter: QPainter, text: str, place: QPointF, area: QRectF) -> None:
    """Write a text on a dark plate, inside the area."""
    painter.setFont(theme.number_font(15, bold=True))
    metrics = painter.fontMetrics()
    box = QRectF(place.x(), place.y(), metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
    box.moveLeft(max(area.left(), min(box.left(), area.right() - box.width())))
    box.moveTop(max(area.top(), min(box.top(), area.bottom() - box.height())))
    painter.fillRect(box, _PLATE)
    painter.setPen(_INK)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _polygon(view: View, outline: Sequence[Point]) -> QPolygonF:
    return QPolygonF([_over(view, point) for point in outline])


def _over(view: View, point: Point) -> QPointF:
    return view.to_widget(QPointF(*point))
