"""The picture under the cursor, large, and where it comes from."""

from __future__ import annotations

from PyQt5.QtCore import QRect, QRectF, QSize, Qt
from PyQt5.QtGui import QImage, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import N_, tr
from app.labelling.place import TileRow
from app.ui import theme

# What tiles.csv says -> what a person reads.
_WHY = {
    "not labelled": N_("Nobody has labelled its source."),
    "defect somewhere": N_("Its source is defective; nobody has drawn where."),
    "edge of a defect": N_("It shows no more than the edge of a defect."),
}


class _Large(QWidget):
    """A square with a picture, enlarged without smoothing so that pixels can be seen."""

    def __init__(self) -> None:
        super().__init__()
        self.image: QImage | None = None
        self.box: QRectF | None = None
        self.side = 200
        # a low window needs the room for the keys below
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.side, self.side // 3)

    def sizeHint(self) -> QSize:
        return QSize(self.side, self.side)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("ground"))
        if self.image is not None:
            shrinks = self.image.width() > self.width() or self.image.height() > self.height()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
            size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRect(0, 0, size.width(), size.height())
            box.moveCenter(self.rect().center())
            painter.drawImage(box, self.image)
            if self.box is not None:
                self._draw_box(painter, box)
        painter.end()

    def _draw_box(self, painter: QPainter, area: QRect) -> None:
        """Outline a part of the image, light on dark so that it stands out on any cloth."""
        if self.image is None or self.box is None:
            return
        times = area.width() / max(1, self.image.width())
        shown = QRectF(
            area.left() + self.box.left() * times,
            area.top() + self.box.top() * times,
            self.box.width() * times,
            self.box.height() * times,
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for name, width in (("ground", 5), ("review", 2)):
            painter.setPen(QPen(theme.colour(name), width))
            painter.drawRect(shown)


class LabelPreview(QWidget):
    """A picture with its facts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.large, self.name, self.facts = _Large(), QLabel(), QLabel()
        self._row: TileRow | None = None
        self._problem = ""
        for label in (self.name, self.facts):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setProperty("role", "faint")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.large, self.name, self.facts):
            column.addWidget(widget)

    def set_side(self, side: int) -> None:
        """Set the side of the picture in pixels."""
        self.large.side = side
        self.large.setFixedWidth(side)
        self.large.setMaximumHeight(side)
        self.large.updateGeometry()

    def show_row(self, row: TileRow | None) -> None:
        """Show the facts of another picture; its image comes later."""
        if row is not self._row:
            self._clear()
        self._row = row
        self.retranslate()

    def _clear(self) -> None:
        self.large.image, self.large.box, self._problem = None, None, ""
        self.large.update()

    def show_image(self, name: str, image: QImage | None, problem: str) -> None:
        """Take the image, if it is of the picture that is shown."""
        if self._row is not None and name == self._row.name:
            self._clear()
            self.large.image, self._problem = image, problem
            self.retranslate()

    def show_source(
        self, name: str, image: QImage | None, box: tuple[float, float, float, float], problem: str
    ) -> None:
        """Take the source picture of the one that is shown, with the place of it."""
        if self._row is not None and name == self._row.name:
            self.large.image, self._problem = image, problem
            self.large.box = None if image is None else QRectF(*box)
            self.large.update()
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        row = self._row
        self.name.setText("" if row is None else _breakable(row.name))
        lines = [] if row is None else list(_facts(row))
        self.facts.setText("\n".join([self._problem, *lines] if self._problem else lines))


def _facts(row: TileRow) -> list[str]:
    found = []
    if row.width:
        place = tr("From {picture}, at {x}, {y}")
        found.append(place.format(picture=_breakable(row.picture), x=row.x, y=row.y))
    if row.why in _WHY:
        found.append(tr(_WHY[row.why]))
    return found


def _breakable(name: str) -> str:
    """Return a file name that a label can break into lines: Qt breaks at spaces only."""
    return "".join(f"{letter}\u200b" if letter in "_-/." else letter for letter in name)
