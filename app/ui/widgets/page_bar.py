"""The bar at the top: which screen is shown, and what the line does meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.i18n import tr


class PageBar(QFrame):
    """One button per screen; at the right end the state of the line in one word or two.

    Signals:
        chosen: A screen is wanted. arg: its key.
        notice_clicked: Somebody wants to see what the standing notice is about.
    """

    chosen = pyqtSignal(str)
    notice_clicked = pyqtSignal()

    def __init__(self, names: Sequence[tuple[str, str, str]], parent: QWidget | None = None):
        """Build the bar.

        Args:
            names: (key, English source text, shortcut) of each screen, in order.
            parent: Window that it belongs to.
        """
        super().__init__(parent)
        self.setObjectName("pageBar")
        self._names = {key: (text, shortcut) for key, text, shortcut in names}
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 1, 8, 1)
        row.setSpacing(6)
        for key in self._names:
            button = QPushButton()
            button.setObjectName(f"page-{key}")
            button.setCheckable(True)
            button.setProperty("role", "page")
            button.clicked.connect(partial(self._on_clicked, key))
            self.buttons[key] = button
            row.addWidget(button)
        self.notice = QPushButton()
        self.notice.setObjectName("standingNotice")
        self.notice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.notice.setMinimumWidth(40)
        self.notice.clicked.connect(self.notice_clicked)
        self._notice = ""
        self.notice.hide()
        row.addWidget(self.notice, 1)
        row.addStretch(0)
        self.line = QLabel()
        self.line.setObjectName("lineChip")
        self.line.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self.line.hide()
        row.addWidget(self.line)
        self.retranslate()

    def show_page(self, key: str) -> None:
        """Mark the button of the screen that is shown."""
        for name, button in self.buttons.items():
            button.setChecked(name == key)

    def show_line(self, text: str, colour: str, ink: str) -> None:
        """Show what the line does.

        Args:
            text: Translated; "" hides the place.
            colour: "#RRGGBB" of the ground.
            ink: "#RRGGBB" of the letters.
        """
        self.line.setVisible(bool(text))
        if self.line.text() != text:
            self.line.setText(text)
        sheet = f"background: {colour}; color: {ink};"
        if self.line.styleSheet() != sheet:
            self.line.setStyleSheet(sheet)

    def show_notice(self, sentences: Sequence[str]) -> None:
        """Show what stands until it is over, such as a figure that drifts; nothing if empty.

        Args:
            sentences: Translated, the most important first.
        """
        more = f" (+{len(sentences) - 1})" if len(sentences) > 1 else ""
        self._notice = f"▲ {sentences[0]}{more}" if sentences else ""
        self.notice.setToolTip("\n".join(sentences))
        self.notice.setAccessibleName("\n".join(sentences))
        self.notice.setVisible(bool(sentences))
        self._elide()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Cut the notice where there is no room; its tip has it all."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.notice.width() - 28
        metrics = self.notice.fontMetrics()
        self.notice.setText(
            metrics.elidedText(self._notice, Qt.TextElideMode.ElideRight, max(room, 20))
        )

    def retranslate(self) -> None:
        """Set all texts anew."""
        for key, button in self.buttons.items():
            text, shortcut = self._names[key]
            button.setText(tr(text))
            button.setToolTip(f"{tr(text)} ({shortcut})")
        self.line.setToolTip(tr("The line goes on while you work here"))

    def _on_clicked(self, key: str, checked: bool = False) -> None:
        # a click on the screen that is shown would switch its button off
        self.buttons[key].setChecked(True)
        self.chosen.emit(key)
