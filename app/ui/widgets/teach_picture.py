"""A picture as large as its place allows, in its proportions, or a sentence."""

from __future__ import annotations

from PyQt5.QtCore import QRect, QSize, Qt
from PyQt5.QtGui import QPainter, QPaintEvent, QPixmap
from PyQt5.QtWidgets import QSizePolicy, QWidget

from app.ui import theme


class FittedPicture(QWidget):
    """Shows a ready picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap, self._sentence = QPixmap(), ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture."""
        return not self._pixmap.isNull()

    def show_pixmap(self, pixmap: QPixmap, sentence: str = "") -> None:
        """Show a picture, or the sentence (translated) if it is empty."""
        self._pixmap, self._sentence = pixmap, sentence
        self.setAccessibleName(sentence)
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for a fair size."""
        return QSize(560, 420)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("ground"))
        if self._pixmap.isNull():
            painter.setPen(theme.colour("on_ground"))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._sentence)
            return
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(self.rect().center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, self._pixmap)
