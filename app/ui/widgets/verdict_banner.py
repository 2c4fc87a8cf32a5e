"""The verdict, to be read from three metres: word, sign, colour, and what to do."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QRectF, QSize, Qt
from PyQt5.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from app.i18n import tr
from app.ui import theme
from app.ui.verdict_look import WAITING, Look, Mark, Shape
from app.ui.widgets import verdict_sign


def fitting_font(text: str, width: float, height: float) -> QFont:
    """Return the largest bold font in which the drawn letters of `text` fit a box, pixels."""
    font = theme.number_font(max(8, int(height)), bold=True)
    letters = QFontMetricsF(font).tightBoundingRect(text)
    if letters.isEmpty():
        return font
    factor = min(width / letters.width(), height / letters.height())
    font.setPixelSize(max(8, int(font.pixelSize() * factor)))
    # Hinting makes letters grow unevenly, so the first guess can be a little too large.
    while font.pixelSize() > 8 and not _fits(text, font, width, height):
        font.setPixelSize(font.pixelSize() - 1)
    return font


def _fits(text: str, font: QFont, width: float, height: float) -> bool:
    letters = QFontMetricsF(font).tightBoundingRect(text)
    return letters.width() <= width and letters.height() <= height


def draw_centred(painter: QPainter, box: QRectF, text: str) -> None:
    """Draw one line with its letters, not its line height, centred in a box."""
    font = fitting_font(text, box.width(), box.height())
    letters = QFontMetricsF(font).tightBoundingRect(text)
    painter.setFont(font)
    painter.drawText(box.center() - letters.center(), text)


class VerdictBanner(QWidget):
    """One plate in the verdict's colour; all sizes follow from its own size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._look = WAITING
        self._announce()

    @property
    def look(self) -> Look:
        """What is shown."""
        return self._look

    def show_look(self, look: Look) -> None:
        """Show a verdict or a state."""
        if look is not self._look:
            self._look = look
            self._announce()
            self.update()

    def sizeHint(self) -> QSize:
        """Ask for the room that the word needs to be read from afar."""
        return QSize(460, 210)

    def minimumSizeHint(self) -> QSize:
        """Stay readable in the smallest window."""
        return QSize(340, 150)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self._announce()
            self.update()
        super().changeEvent(event)

    def word_font(self) -> QFont:
        """Return the font in which the word is drawn now."""
        box = self._word_box()
        return fitting_font(tr(self._look.word), box.width(), box.height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw plate, sign, word and advice."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, ink = theme.colour(self._look.colour), QColor(self._look.ink)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect(), 4, 4)
        verdict_sign.draw(painter, self._look, self._sign_box(), ink, ground)
        painter.setPen(ink)
        draw_centred(painter, self._word_box(), tr(self._look.word))
        draw_centred(painter, self._advice_box(), tr(self._look.advice))
        painter.end()

    def _announce(self) -> None:
        self.setAccessibleName(f"{tr(self._look.word)}: {tr(self._look.advice)}")

    def _upper(self) -> float:
        return self.height() * 0.72

    def _sign_box(self) -> QRectF:
        if self._look.shape is Shape.NONE and self._look.mark is Mark.NONE:
            return QRectF()
        side = min(self._upper() * 0.78, self.width() * 0.26)
        return QRectF(self.width() * 0.03, (self._upper() - side) / 2 + 4, side, side)

    def _word_box(self) -> QRectF:
        left = self._sign_box().right() + self.width() * 0.03
        height = self._upper() * 0.66
        return QRectF(left, self.height() * 0.13, self.width() * 0.96 - left, height - 4)

    def _advice_box(self) -> QRectF:
        """The advice is smaller than the word and as large as its line allows."""
        margin = self.width() * 0.04
        height = self.height() * 0.14
        return QRectF(margin, self.height() * 0.77, self.width() - 2 * margin, height)
