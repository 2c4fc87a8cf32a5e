"""One picture of the grid with what was said of it: frame, sign and word, not colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import QRect, QRectF, Qt
from PyQt5.QtGui import QColor, QImage, QPainter, QPen

from app.i18n import tr
from app.labelling.journal import DEFECTIVE, GOOD, SKIP
from app.ui import theme
from app.ui.verdict_look import Look, Mark, Shape
from app.ui.widgets import verdict_sign

_GOOD = Look("", "", "ok", "#FFFFFF", Shape.CIRCLE, Mark.CHECK)
_DEFECTIVE = Look("", "", "ng", "#FFFFFF", Shape.OCTAGON, Mark.CROSS)
_SKIP = Look("", "", "none", "#FFFFFF", Shape.SQUARE, Mark.QUESTION)

_MARGIN = 3
_FRAME = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """What is drawn.

    Attributes:
        image: The picture; None while it is being read.
        state: What was said of it, as in `app.labelling.journal`.
        is_current: The cursor stands on it.
        is_marked: An answer goes for it too.
        is_broken: Its file cannot be read.
    """

    image: QImage | None
    state: str
    is_current: bool = False
    is_marked: bool = False
    is_broken: bool = False


def look_of(state: str) -> Look | None:
    """Return how a state looks, None while nothing was said."""
    if not state:
        return None
    return {GOOD: _GOOD, SKIP: _SKIP}.get(state, _DEFECTIVE)


def draw_cell(painter: QPainter, box: QRect, cell: Cell, *, has_focus: bool) -> None:
    """Draw a cell.

    Args:
        painter: Where to draw; its pen, brush and font are left changed.
        box: Where the cell lies.
        cell: What it shows.
        has_focus: The keyboard works on the grid.
    """
    area = box.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
    mark = theme.colour("accent" if has_focus else "faint")
    if cell.is_marked:
        painter.fillRect(box, mark)
    painter.fillRect(area, theme.colour("ground"))
    inner = area.adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME)
    if cell.image is not None:
        size = cell.image.size().scaled(inner.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(inner.center())
        painter.drawImage(target, cell.image)
    else:
        _draw_missing(painter, inner, is_broken=cell.is_broken)
    look = look_of(cell.state)
    if look is not None:
        _frame(painter, area, theme.colour(look.colour), _FRAME)
        _draw_word(painter, inner, look, cell.state)
    if cell.is_current:
        _frame(painter, box, mark, _MARGIN + 3)


def _frame(painter: QPainter, box: QRect, colour: QColor, width: int) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(pen)
    half = width / 2
    painter.drawRect(QRectF(box).adjusted(half, half, -half, -half))


def _draw_word(painter: QPainter, box: QRect, look: Look, state: str) -> None:
    """Draw the sign, and the kind of defect where it has a name."""
    side = max(18, min(34, box.width() // 4))
    sign = QRectF(box.left() + 2, box.top() + 2, side, side)
    verdict_sign.draw(painter, look, sign, theme.colour(look.colour), QColor(look.ink))
    if state in (GOOD, SKIP, DEFECTIVE):
        return
    painter.setFont(theme.number_font(max(12, side // 2), bold=True))
    metrics = painter.fontMetrics()
    strip = QRect(box.left(), box.bottom() - metrics.height(), box.width(), metrics.height() + 1)
    painter.fillRect(strip, theme.colour(look.colour))
    painter.setPen(QColor(look.ink))
    text = metrics.elidedText(state, Qt.TextElideMode.ElideRight, strip.width() - 6)
    painter.drawText(strip, int(Qt.AlignmentFlag.AlignCenter), text)


def _draw_missing(painter: QPainter, box: QRect, *, is_broken: bool) -> None:
    painter.setPen(theme.colour("on_ground"))
    painter.setFont(theme.number_font(13))
    text = tr("Cannot be read") if is_broken else "…"
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), text)
