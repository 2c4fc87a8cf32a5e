"""Which verdicts of the last week would change, with pictures of the newest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PyQt5.QtCore import QPoint, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QImage, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui import theme

_TILE = QSize(122, 132)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way in which verdicts would change.

    Attributes:
        key: Stands for it.
        text: E.g. "NG → OK: 117".
        detail: What people said of these parts.
    """

    key: str
    text: str
    detail: str


class _Tile(QAbstractButton):
    """One record: picture, score and what it is according to the review."""

    def __init__(self, caption: str, scale: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image: QImage | None = None
        self.problem = ""
        self.caption = caption
        self.set_scale(scale)
        name = caption.replace("\n", ", ")
        self.setAccessibleName(tr("{part}: show it large").format(part=name))

    def set_scale(self, scale: float) -> None:
        """Fit the place to the window's size."""
        self._scale = scale
        self.setFixedSize(_TILE * scale)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw picture and caption."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        line = self.fontMetrics().height()
        area = self.rect().adjusted(0, 0, -1, -1)
        painter.fillRect(area, theme.colour("ground"))
        painter.setPen(theme.colour("on_ground"))
        painter.setFont(theme.number_font(theme.px("small", self._scale)))
        picture = area.adjusted(0, 0, 0, -2 * line)
        if self.image is None:
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(picture.adjusted(4, 4, -4, -4), flags, self.problem or "…")
        else:
            size = self.image.size().scaled(picture.size(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRect(QPoint(0, 0), size)
            box.moveCenter(picture.center())
            painter.drawImage(box, self.image)
        caption = area.adjusted(0, area.height() - 2 * line, 0, 0)
        painter.drawText(caption, int(Qt.AlignmentFlag.AlignCenter), self.caption)
        marked = self.hasFocus() or self.underMouse()
        painter.setPen(QPen(theme.colour("accent"), 4) if marked else QPen(theme.colour("line"), 1))
        painter.drawRect(area)
        painter.end()


class ChangeStrip(QWidget):
    """A summary, a button for each way of changing, and a row of pictures.

    Signals:
        chosen: Another way was chosen. arg: its key.
        opened: A picture was pressed. arg: the record's id.
    """

    chosen = pyqtSignal(str)
    opened = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = 1.0
        self.summary, self.detail = QLabel(), QLabel()
        self.summary.setProperty("role", "large")
        self.summary.setWordWrap(True)
        self.detail.setProperty("role", "faint")
        self.detail.setWordWrap(True)
        self.buttons: dict[str, QPushButton] = {}
        self.tiles: dict[str, _Tile] = {}
        self._choices = QHBoxLayout()
        self._choices.setSpacing(6)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        inner = QWidget()
        inner.setLayout(self._row)
        self._area = QScrollArea()
        self._area.setWidget(inner)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        column.setSpacing(4)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addLayout(self._choices)
        line.addWidget(self.detail, 1)
        column.addWidget(self.summary)
        column.addLayout(line)
        column.addWidget(self._area)
        column.addStretch(1)
        self.set_scale(1.0)

    @property
    def current(self) -> str:
        """Key of the way that is chosen, "" for none."""
        return next((key for key, button in self.buttons.items() if button.isChecked()), "")

    def show_changes(self, summary: str, choices: Sequence[Choice], current: str) -> None:
        """Show what would change; the pictures follow."""
        self.summary.setText(summary)
        # Buttons that stay are kept: one of them may have the keyboard.
        if list(self.buttons) != [choice.key for choice in choices]:
            self._make_buttons([choice.key for choice in choices])
        for choice in choices:
            self.buttons[choice.key].setText(choice.text)
            self.buttons[choice.key].setChecked(choice.key == current)
        details = [choice.detail for choice in choices if choice.key == current]
        self.detail.setText(details[0] if details else "")

    def show_tiles(self, tiles: Sequence[tuple[str, str]]) -> None:
        """Show empty places for (record id, caption); `set_image` fills them."""
        _clear(self._row)
        self.tiles = {}
        for record_id, caption in tiles:
            tile = _Tile(caption, self._scale)
            tile.clicked.connect(partial(self._on_opened, record_id))
            self.tiles[record_id] = tile
            self._row.addWidget(tile)
        self._row.addStretch(1)

    def set_scale(self, scale: float) -> None:
        """Fit the pictures to the window's size."""
        self._scale = scale
        self._area.setFixedHeight(round(_TILE.height() * scale) + 18)
        for tile in self.tiles.values():
            tile.set_scale(scale)

    def set_image(self, record_id: str, image: QImage | None, problem: str = "") -> None:
        """Fill a place; without a picture it says why."""
        tile = self.tiles.get(record_id)
        if tile is not None:
            tile.image, tile.problem = image, problem
            tile.update()

    def _make_buttons(self, keys: Sequence[str]) -> None:
        _clear(self._choices)
        self.buttons = {}
        for key in keys:
            button = QPushButton()
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self._on_clicked, key))
            self.buttons[key] = button
            self._choices.addWidget(button)

    def _on_clicked(self, key: str, _: bool = False) -> None:
        for other, button in self.buttons.items():
            button.setChecked(other == key)
        self.chosen.emit(key)

    def _on_opened(self, record_id: str, _: bool = False) -> None:
        self.opened.emit(record_id)


def _clear(row: QHBoxLayout) -> None:
    while row.count():
        item = row.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
