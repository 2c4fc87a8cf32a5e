"""The last NG parts as thumbnails, newest first; a click asks for one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PyQt5.QtCore import QEvent, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QImage, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from app.i18n import tr
from app.ui import theme

LENGTH = 12


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One NG part.

    Attributes:
        record_id: Of which part.
        when: Local time of day, e.g. "14:02:31".
        image: Small picture; None until one is there.
        false_call: An operator said that the part is good.
    """

    record_id: str
    when: str
    image: QImage | None = None
    false_call: bool = False


class _Tile(QAbstractButton):
    """One place of the strip, empty or with a thumbnail."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.thumbnail: Thumbnail | None = None
        self.setEnabled(False)

    def sizeHint(self) -> QSize:
        return QSize(88, 84)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 64)

    def show_thumbnail(self, thumbnail: Thumbnail | None) -> None:
        self.thumbnail = thumbnail
        self.setEnabled(thumbnail is not None)
        self.retranslate()
        self.update()

    def retranslate(self) -> None:
        if self.thumbnail is None:
            self.setAccessibleName("")
            self.setToolTip("")
            return
        text = tr("NG part of {time}: show it large").format(time=self.thumbnail.when)
        self.setAccessibleName(text)
        self.setToolTip(text)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        line = self.fontMetrics().height()
        area = self.rect().adjusted(0, 0, -1, -1)
        if self.thumbnail is None:
            painter.setPen(QPen(theme.colour("line"), 1, Qt.PenStyle.DashLine))
            painter.drawRect(area)
            painter.end()
            return
        painter.fillRect(area, theme.colour("ground"))
        picture = QRect(area.left(), area.top(), area.width(), area.height() - line)
        self._draw_picture(painter, picture, self.thumbnail)
        painter.setPen(theme.colour("on_ground"))
        painter.setFont(theme.number_font(round(line * 0.7)))
        caption = QRect(area.left(), picture.bottom() + 1, area.width(), line)
        painter.drawText(caption, int(Qt.AlignmentFlag.AlignCenter), self.thumbnail.when)
        marked = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(theme.colour("accent"), 4) if marked else QPen(theme.colour("line"), 1))
        painter.drawRect(area)
        painter.end()

    def _draw_picture(self, painter: QPainter, area: QRect, thumbnail: Thumbnail) -> None:
        if thumbnail.image is not None and not thumbnail.image.isNull():
            size = thumbnail.image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRect(0, 0, size.width(), size.height())
            box.moveCenter(area.center())
            painter.drawImage(box, thumbnail.image)
        if thumbnail.false_call:
            painter.fillRect(area, theme.colour("field"))
            painter.setPen(theme.colour("ink"))
            painter.setFont(theme.number_font(self.fontMetrics().height() - 4, bold=True))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(area, flags, tr("False call"))


class NgStrip(QWidget):
    """A row of `LENGTH` places.

    Signals:
        chosen: A thumbnail was clicked. arg: its record id.
    """

    chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._tiles = [_Tile() for _ in range(LENGTH)]
        for tile in self._tiles:
            row.addWidget(tile)
            tile.clicked.connect(self._on_clicked)
        self._thumbnails: tuple[Thumbnail, ...] = ()

    @property
    def thumbnails(self) -> tuple[Thumbnail, ...]:
        """What is shown, newest first."""
        return self._thumbnails

    def add(self, thumbnail: Thumbnail) -> None:
        """Put a part in front; the oldest leaves when the strip is full."""
        self._set((thumbnail, *self._thumbnails)[:LENGTH])

    def set_image(self, record_id: str, image: QImage) -> None:
        """Give a part its picture; a part that has left the strip is ignored."""
        self._replace(record_id, image=image)

    def mark_false_call(self, record_id: str) -> None:
        """Show that an operator called this part good."""
        self._replace(record_id, false_call=True)

    def clear(self) -> None:
        """Empty the strip."""
        self._set(())

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            for tile in self._tiles:
                tile.retranslate()
                tile.update()
        super().changeEvent(event)

    def _replace(
        self, record_id: str, image: QImage | None = None, false_call: bool = False
    ) -> None:
        self._set(
            tuple(
                replace(old, image=image or old.image, false_call=false_call or old.false_call)
                if old.record_id == record_id
                else old
                for old in self._thumbnails
            )
        )

    def _set(self, thumbnails: tuple[Thumbnail, ...]) -> None:
        self._thumbnails = thumbnails
        for place, tile in enumerate(self._tiles):
            shown = thumbnails[place] if place < len(thumbnails) else None
            if tile.thumbnail is not shown:
                tile.show_thumbnail(shown)

    def _on_clicked(self) -> None:
        tile = self.sender()
        if isinstance(tile, _Tile) and tile.thumbnail is not None:
            self.chosen.emit(tile.thumbnail.record_id)
