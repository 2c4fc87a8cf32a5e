"""The picture of the judged part with its heatmap and the contours of its regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt5.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PyQt5.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt5.QtWidgets import QSizePolicy, QWidget

from app.i18n import N_, tr
from app.ui import theme

Contour = Sequence[tuple[float, float]]

NO_PICTURE = N_("No picture yet")
PART_WITHOUT_PICTURE = N_("No picture of this part")


@dataclass(frozen=True, slots=True)
class Picture:
    """What is shown: everything belongs to one judged part.

    Attributes:
        base: The picture.
        overlay: Heatmap, transparent where normal; None if there is none.
        overlay_box: Where the heatmap lies, (x, y, width, height) pixels of `base`.
        contours: Outlines of the regions, (x, y) pixels of `base`, largest region first.
        judged: Outlines of what the recipe has judged, dashed; empty for one box.
        excluded: Outlines of what it leaves out, dotted.
        note: Stands below the heatmap while it is shown, an English source text; "" for none.
    """

    base: QImage
    overlay: QImage | None = None
    overlay_box: tuple[int, int, int, int] = (0, 0, 0, 0)
    contours: tuple[Contour, ...] = ()
    judged: tuple[Contour, ...] = ()
    excluded: tuple[Contour, ...] = ()
    note: str = ""


class ImageView(QWidget):
    """Shows one picture as large as fits, never distorted.

    The overlay is drawn ready-made, so opacity and switching cost no computation. A picture
    that no longer shows what is before the camera is greyed and says so.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 150)
        self._picture: Picture | None = None
        self._grey: QImage | None = None
        self._stale = ""
        self._placeholder = NO_PICTURE
        self._opacity = 0.7
        self._overlay_visible = True
        self._contours_visible = True

    @property
    def picture(self) -> Picture | None:
        """The picture shown."""
        return self._picture

    @property
    def stale(self) -> str:
        """Why the picture is not current, "" while it is."""
        return self._stale

    def sizeHint(self) -> QSize:
        """Prefer a size with room to see a defect."""
        return QSize(720, 576)

    def show_picture(self, picture: Picture | None) -> None:
        """Show a picture, or the placeholder text for None."""
        self._picture = picture
        self._grey = None
        self.update()

    def set_placeholder(self, text: str) -> None:
        """Say this while there is no picture; `text` is an English source text."""
        self._placeholder = text
        self.update()

    def set_stale(self, reason: str) -> None:
        """Grey the picture and write `reason` (translated) over it; "" makes it live again."""
        if reason != self._stale:
            self._stale = reason
            self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set how strongly the heatmap covers the picture, 0 .. 1."""
        self._opacity = min(1.0, max(0.0, opacity))
        self.update()

    def set_overlay_visible(self, visible: bool) -> None:
        """Show or hide the heatmap."""
        self._overlay_visible = visible
        self.update()

    def set_contours_visible(self, visible: bool) -> None:
        """Show or hide the outlines of the regions."""
        self._contours_visible = visible
        self.update()

    def target(self) -> QRect:
        """Return where the picture is drawn, widget pixels; empty without a picture."""
        if self._picture is None or self._picture.base.isNull():
            return QRect()
        size = self._picture.base.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        corner = self.rect().center() - QRect(0, 0, size.width(), size.height()).center()
        return QRect(corner, size)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw picture, heatmap, outlines, and what is wrong with them."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("ground"))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._picture is None:
            self._write(painter, tr(self._placeholder))
        elif self._stale:
            painter.drawImage(self.target(), self._greyed(self._picture.base))
            painter.fillRect(self.target(), QColor(42, 46, 50, 120))
            self._write(painter, self._stale)
        else:
            self._draw(painter, self._picture)
        painter.end()

    def _draw(self, painter: QPainter, picture: Picture) -> None:
        target = self.target()
        factor = target.width() / picture.base.width()
        painter.drawImage(target, picture.base)
        if picture.overlay is not None and self._overlay_visible:
            painter.setOpacity(self._opacity)
            painter.drawImage(_placed(picture.overlay_box, target, factor), picture.overlay)
            painter.setOpacity(1.0)
            draw_note(painter, target, tr(picture.note) if picture.note else "")
        if self._contours_visible:
            self._draw_outlines(painter, picture, QPointF(target.topLeft()), factor)

    def _draw_outlines(
        self, painter: QPainter, picture: Picture, origin: QPointF, factor: float
    ) -> None:
        def outline(contour: Contour) -> QPolygonF:
            return QPolygonF([origin + QPointF(x, y) * factor for x, y in contour])

        for contours, style in (
            (picture.judged, Qt.PenStyle.DashLine),
            (picture.excluded, Qt.PenStyle.DotLine),
        ):
            for contour in contours:
                for ink, width, line in (
                    (QColor(0, 0, 0, 120), 2.6, Qt.PenStyle.SolidLine),
                    (QColor(255, 255, 255, 210), 1.4, style),
                ):
                    painter.setPen(QPen(ink, width, line))
                    painter.drawPolygon(outline(contour))
        for number, contour in enumerate(picture.contours, start=1):
            draw_contour(painter, outline(contour), str(number), self.rect())

    def _greyed(self, base: QImage) -> QImage:
        if self._grey is None:
            self._grey = base.convertToFormat(QImage.Format.Format_Grayscale8)
        return self._grey

    def _write(self, painter: QPainter, text: str) -> None:
        """Write a large text on a dark plate across the middle."""
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        area = self.rect().adjusted(16, 16, -16, -16)
        painter.setFont(theme.number_font(max(20, min(self.width() // 18, 54)), bold=True))
        plate = painter.boundingRect(area, flags, text).adjusted(-24, -16, 24, 16)
        painter.fillRect(plate & self.rect(), QColor(20, 24, 28, 215))
        painter.setPen(theme.colour("on_ground"))
        painter.drawText(area, flags, text)


def draw_contour(painter: QPainter, outline: QPolygonF, number: str, area: QRect) -> None:
    """Draw one outline, white on black so that it shows on any ground, with its number.

    Args:
        painter: Where to draw, in pixels of the widget.
        outline: The closed line.
        number: Stands at its upper right corner.
        area: The number stays inside.
    """
    for ink, width in ((Qt.GlobalColor.black, 4.0), (Qt.GlobalColor.white, 1.8)):
        painter.setPen(QPen(QColor(ink), width))
        painter.drawPolygon(outline)
    painter.setFont(theme.number_font(max(14, area.height() // 36), bold=True))
    metrics = painter.fontMetrics()
    size = QSize(metrics.horizontalAdvance(number) + 10, metrics.height() + 2)
    corner = outline.boundingRect().topRight()
    box = QRectF(corner.x() + 4, corner.y() - size.height(), size.width(), size.height())
    box.moveLeft(min(box.left(), area.right() + 1 - box.width()))
    box.moveTop(max(box.top(), area.top()))
    painter.fillRect(box, QColor(Qt.GlobalColor.black))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, number)


def draw_note(painter: QPainter, area: QRect, note: str) -> None:
    """Draw a translated note on a dark plate along the lower edge of an area; nothing for ""."""
    if not note:
        return
    flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
    painter.setFont(theme.number_font(max(13, min(area.height() // 30, 22)), bold=True))
    found = painter.boundingRect(area.adjusted(12, 0, -12, 0), flags, note)
    plate = QRect(area.left(), 0, area.width(), round(found.height()) + 8)
    plate.moveBottom(area.bottom())
    painter.fillRect(plate, QColor(20, 24, 28, 215))
    painter.setPen(theme.colour("on_ground"))
    painter.drawText(plate.adjusted(12, 0, -12, 0), flags, note)


def _placed(box: tuple[int, int, int, int], target: QRect, factor: float) -> QRectF:
    """Return a box of the picture in pixels of the widget."""
    x, y, width, height = (value * factor for value in box)
    return QRectF(target.left() + x, target.top() + y, width, height)
