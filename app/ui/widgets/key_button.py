"""A button that shows the key which does the same."""

from __future__ import annotations

from PyQt5.QtCore import QRectF, QSize, Qt
from PyQt5.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from app.ui import theme

_GAP = 8


class KeyButton(QPushButton):
    """A push button with a key cap at its left; it never takes the keyboard.

    Args:
        cap: What is printed on the key.
        parent: Window that it belongs to.
    """

    def __init__(self, cap: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cap = cap
        self._label = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @property
    def cap(self) -> str:
        """What is printed on the key."""
        return self._cap

    def set_label(self, text: str, tip: str = "") -> None:
        """Set the text; it also names the button for screen readers.

        Args:
            text: Translated.
            tip: Translated; the text itself if there is none.
        """
        self._label = text
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(f"{tip or text} ({self._cap})")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Ask for room for the cap and the text."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self._label) + self._cap_width() + 3 * _GAP + 4
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Never clip the text."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the button of the style, then cap and text side by side."""
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, width = self.fontMetrics(), self._cap_width()
        used = width + _GAP + metrics.horizontalAdvance(self._label)
        left = max(_GAP, (self.width() - used) / 2)
        height = metrics.height() + 2
        cap = QRectF(left, (self.height() - height) / 2, width, height)
        ink = self._ink()
        painter.setPen(QPen(ink, 1))
        painter.drawRoundedRect(cap, 4, 4)
        small = theme.number_font(max(13, round(metrics.height() * 0.62)), bold=True)
        painter.setFont(small)
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._cap)
        painter.setFont(self.font())
        rest = QRectF(cap.right() + _GAP, 0, self.width(), self.height())
        painter.drawText(
            rest, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self._label
        )
        painter.end()

    def _ink(self) -> QColor:
        if not self.isEnabled():
            return QColor("#7A8187")
        return QColor("#FFFFFF") if self.isChecked() else theme.colour("ink")

    def _cap_width(self) -> int:
        metrics = self.fontMetrics()
        return max(metrics.height() + 2, metrics.horizontalAdvance(self._cap) + 8)


class KeyHint(QWidget):
    """A key cap and what the key does, for keys without a button of their own."""

    def __init__(self, cap: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        self._cap, self._text = QLabel(cap), QLabel()
        self._cap.setProperty("role", "key")
        self._cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setProperty("role", "faint")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row.addWidget(self._cap)
        row.addWidget(self._text)

    def set_label(self, text: str) -> None:
        """Say what the key does (translated)."""
        self._text.setText(text)
