"""A picture at any magnification; what is seen of it stays from picture to picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PyQt5.QtCore import QPoint, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt5.QtGui import (
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PyQt5.QtWidgets import QSizePolicy, QWidget

from app.i18n import tr
from app.ui import theme
from app.ui.widgets.image_view import draw_contour, draw_note

Contour = Sequence[tuple[float, float]]

SMALLEST, LARGEST = 0.02, 32.0
_WHEEL_STEP = 1.25
# From here on single pixels are to be seen as they are.
_HARD_PIXELS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class ZoomPicture:
    """One part, everything in pixels of the whole frame.

    Attributes:
        levels: The frame, then halves of it: drawing the one that fits loses no fine line.
        overlay: Heatmap, transparent where normal; None if there is none.
        overlay_box: Where the heatmap lies, (x, y, width, height) frame pixels.
        contours: Outlines of the regions, (x, y) frame pixels, largest region first.
        note: Stands below the heatmap while it is shown, an English source text; "" for none.
    """

    levels: tuple[QImage, ...]
    overlay: QImage | None = None
    overlay_box: tuple[float, float, float, float] = (0, 0, 0, 0)
    contours: tuple[Contour, ...] = ()
    note: str = ""

    @property
    def size(self) -> QSize:
        """Width and height of the frame, pixels."""
        return self.levels[0].size()

    @property
    def bytes_held(self) -> int:
        """Memory that the pictures take."""
        overlay = self.overlay.sizeInBytes() if self.overlay is not None else 0
        return overlay + sum(int(level.sizeInBytes()) for level in self.levels)


class Layer(Protocol):
    """Something drawn above picture and heatmap, as the mask that is being painted."""

    def paint(self, painter: QPainter, view: ZoomView) -> None:
        """Draw in pixels of the widget; `ZoomView.to_widget` and `transform` lead there."""


class ZoomView(QWidget):
    """Shows a part fitted, 1:1, 8:1 or between; wheel, mouse and calls move it.

    Another widget may draw on it (`add_layer`) and take its mouse by an event filter.

    Signals:
        view_changed: Magnification or place changed.
    """

    view_changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)
        self._picture: ZoomPicture | None = None
        self._message = ""
        self._zoom: float | None = None  # screen pixels per frame pixel; None fits
        self._centre = QPointF()
        self._layers: list[Layer] = []
        self._grabbed: QPoint | None = None
        self._opacity, self._heat_on, self._contours_on, self._raw = 0.7, True, True, False

    # -- what is shown -------------------------------------------------------------------

    @property
    def picture(self) -> ZoomPicture | None:
        """The picture shown."""
        return self._picture

    @property
    def message(self) -> str:
        """The sentence that stands in place of a picture."""
        return self._message

    @property
    def is_raw(self) -> bool:
        """Whether the bare picture is shown."""
        return self._raw

    @property
    def heat_is_on(self) -> bool:
        """Whether the heatmap is shown unless the bare picture is."""
        return self._heat_on

    @property
    def contours_are_on(self) -> bool:
        """Whether the outlines are shown unless the bare picture is."""
        return self._contours_on

    def show_picture(self, picture: ZoomPicture | None, message: str = "") -> None:
        """Show a picture with the view of the last one, or a translated sentence for None."""
        self._picture, self._message = picture, message
        if picture is not None and self._centre.isNull():
            self._centre = QPointF(picture.size.width() / 2, picture.size.height() / 2)
        self._keep_inside()
        self.setAccessibleName(message)
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set how strongly the heatmap covers the picture, 0 .. 1."""
        self._opacity = min(1.0, max(0.0, opacity))
        self.update()

    def set_heat_on(self, on: bool) -> None:
        """Show or hide the heatmap."""
        self._heat_on = on
        self.update()

    def set_contours_on(self, on: bool) -> None:
        """Show or hide the outlines of the regions."""
        self._contours_on = on
        self.update()

    def set_raw(self, raw: bool) -> None:
        """Show the bare picture while True, without heatmap, outlines and layers."""
        if raw != self._raw:
            self._raw = raw
            self.update()

    def add_layer(self, layer: Layer) -> None:
        """Draw something above the picture from now on."""
        if layer not in self._layers:
            self._layers.append(layer)
        self.update()

    def remove_layer(self, layer: Layer) -> None:
        """Draw it no longer."""
        if layer in self._layers:
            self._layers.remove(layer)
        self.update()

    # -- what part of it -----------------------------------------------------------------

    @property
    def fits(self) -> bool:
        """Whether the whole picture is shown as large as fits."""
        return self._zoom is None

    @property
    def magnification(self) -> float:
        """Screen pixels per frame pixel; 1.0 without a picture."""
        if self._zoom is not None:
            return self._zoom
        if self._picture is None:
            return 1.0
        ratio = self.devicePixelRatioF()
        size = self._picture.size
        return float(min(self.width() / size.width(), self.height() / size.height()) * ratio)

    @property
    def centre(self) -> QPointF:
        """The frame pixel in the middle of the view."""
        return QPointF(self._centre)

    def fit(self) -> None:
        """Show the whole picture, also the next ones."""
        self._zoom = None
        self._changed()

    def zoom_to(self, magnification: float, at: QPointF | None = None) -> None:
        """Set the magnification; the place under `at` (widget pixels) stays where it is."""
        anchor = QPointF(self.rect().center()) if at is None else at
        before = self.to_picture(anchor)
        self._zoom = min(LARGEST, max(SMALLEST, magnification))
        after = self.to_picture(anchor)
        self._centre += before - after
        self._changed()

    def look_at(self, point: QPointF) -> None:
        """Move a frame pixel to the middle."""
        self._centre = QPointF(point)
        self._changed()

    def pan(self, dx: float, dy: float) -> None:
        """Move what is seen by so many widget pixels to the right and down."""
        factor = self._factor()
        self._centre += QPointF(dx / factor, dy / factor)
        self._changed()

    def transform(self) -> QTransform:
        """Return the way from frame pixels to widget pixels."""
        factor = self._factor()
        centre = self._middle()
        return QTransform(
            factor, 0, 0, factor,
            self.width() / 2 - centre.x() * factor, self.height() / 2 - centre.y() * factor,
        )  # fmt: skip

    def to_picture(self, point: QPointF) -> QPointF:
        """Return the frame pixel under a widget pixel; it may lie outside the frame."""
        return self.transform().inverted()[0].map(point)

    def to_widget(self, point: QPointF) -> QPointF:
        """Return the widget pixel over a frame pixel."""
        return self.transform().map(point)

    # -- events --------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Prefer a size with room to see a defect."""
        return QSize(720, 576)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the picture in sight."""
        super().resizeEvent(event)
        self._changed()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Magnify around the pointer."""
        if event is None or self._picture is None or not event.angleDelta().y():
            return
        steps = event.angleDelta().y() / 120
        self.zoom_to(self.magnification * _WHEEL_STEP**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take hold of the picture."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._grabbed = event.pos()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Move the picture with the pointer."""
        if event is not None and self._grabbed is not None:
            moved = self._grabbed - event.pos()
            self._grabbed = event.pos()
            self.pan(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let the picture go."""
        self._grabbed = None

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw picture, heatmap, outlines and layers."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("ground"))
        if self._picture is None:
            self._write(painter)
        else:
            self._draw(painter, self._picture)
        painter.end()

    # -- the rest ------------------------------------------------------------------------

    def _factor(self) -> float:
        """Return widget pixels per frame pixel."""
        return self.magnification / float(self.devicePixelRatioF())

    def _middle(self) -> QPointF:
        if self._zoom is None and self._picture is not None:
            return QPointF(self._picture.size.width() / 2, self._picture.size.height() / 2)
        return self._centre

    def _changed(self) -> None:
        self._keep_inside()
        self.update()
        self.view_changed.emit()

    def _keep_inside(self) -> None:
        """Show no more ground than needed: a picture larger than the view fills it."""
        if self._picture is None or self._zoom is None:
            return
        factor, size = self._factor(), self._picture.size
        x = _kept(self._centre.x(), size.width(), self.width() / factor)
        y = _kept(self._centre.y(), size.height(), self.height() / factor)
        self._centre = QPointF(x, y)

    def _draw(self, painter: QPainter, picture: ZoomPicture) -> None:
        transform = self.transform()
        magnification = self.magnification
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, magnification < _HARD_PIXELS
        )
        frame = QRectF(0, 0, picture.size.width(), picture.size.height())
        painter.setTransform(transform)
        painter.drawImage(frame, _level(picture, magnification))
        if self._raw:
            return
        if picture.overlay is not None and self._heat_on:
            painter.setOpacity(self._opacity)
            painter.drawImage(QRectF(*picture.overlay_box), picture.overlay)
            painter.setOpacity(1.0)
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._contours_on:
            for number, contour in enumerate(picture.contours, start=1):
                outline = transform.map(QPolygonF([QPointF(x, y) for x, y in contour]))
                draw_contour(painter, outline, str(number), self.rect())
        for layer in self._layers:
            layer.paint(painter, self)
        if picture.overlay is not None and self._heat_on and picture.note:
            seen = transform.mapRect(frame).toAlignedRect() & self.rect()
            draw_note(painter, seen, tr(picture.note))

    def _write(self, painter: QPainter) -> None:
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.setFont(theme.number_font(max(18, min(self.width() // 24, 34)), bold=True))
        painter.setPen(theme.colour("on_ground"))
        painter.drawText(self.rect().adjusted(24, 16, -24, -16), flags, self._message)


def _level(picture: ZoomPicture, magnification: float) -> QImage:
    """Return the smallest level that is at least as fine as the screen."""
    for level in reversed(picture.levels):
        if level.width() >= picture.size.width() * magnification:
            return level
    return picture.levels[0]


def _kept(centre: float, size: float, seen: float) -> float:
    """Return a centre so that the view shows the picture and not the ground beside it."""
    if seen >= size:
        return size / 2
    return min(size - seen / 2, max(seen / 2, centre))
