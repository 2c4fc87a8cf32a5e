"""A barcode reader types: quick keystrokes ended by Enter are a code, not a person."""

from __future__ import annotations

import time
from collections.abc import Callable

from PyQt5 import sip
from PyQt5.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

GAP_S = 0.06
"""Readers send a key every 1 to 20 ms; a good typist needs more than 80 ms."""

LEAST, MOST = 3, 200
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_FIELDS = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)


class ScanFilter(QObject):
    """Listens to the keys of some screens; what is typed into a field is never touched.

    The keys before the Enter reach the screen as always. Only the Enter that ends a code, and
    a space inside one, are kept from it: they would press a button or judge a part.

    Args:
        screens: Whose keys are listened to while one of them, or a widget in it, has the
            keyboard.
        clock: Returns seconds; for tests.

    Signals:
        scanned: A code was read. arg: it, without blanks around it.
    """

    scanned = pyqtSignal(str)

    def __init__(
        self,
        screens: list[QWidget],
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._screens = screens
        self._clock = clock
        self._typed = ""
        self._last = 0.0
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def add_screen(self, screen: QWidget) -> None:
        """Listen to another screen too."""
        self._screens.append(screen)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Look at keys on their way to the widget that has the keyboard."""
        if event is None or event.type() not in (
            QEvent.Type.KeyPress,
            QEvent.Type.ShortcutOverride,
        ):
            return False
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        if watched is not QApplication.focusWidget() or not self._listens(watched):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            return self._override(event)
        return self._take(event)

    def _override(self, event: QKeyEvent) -> bool:
        """Keep a space or letter inside a code from being a shortcut."""
        if self._typed and self._is_quick() and _letter(event):
            event.accept()
            return True
        return False

    def _take(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            self._typed = ""
            return False
        quick = self._is_quick()
        self._last = self._clock()
        if event.key() in _ENTER:
            code, self._typed = self._typed.strip(), ""
            if not quick or len(code) < LEAST:
                return False
            self.scanned.emit(code)
            return True
        letter = _letter(event)
        if not letter:
            # Readers press Shift for capital letters.
            if event.key() != Qt.Key.Key_Shift:
                self._typed = ""
            return False
        inside = quick and bool(self._typed)
        self._typed = (self._typed + letter)[-MOST:] if inside else letter
        return inside and letter == " "

    def _is_quick(self) -> bool:
        return self._clock() - self._last <= GAP_S

    def _listens(self, widget: QWidget) -> bool:
        if isinstance(widget, _FIELDS):
            return False
        if isinstance(widget, QComboBox) and widget.isEditable():
            return False
        screens = [screen for screen in self._screens if not sip.isdeleted(screen)]
        return any(screen is widget or screen.isAncestorOf(widget) for screen in screens)


def _letter(event: QKeyEvent) -> str:
    """Return the one printable letter of a key, "" for none or with Ctrl or Alt."""
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    text = event.text()
    if int(event.modifiers()) & int(modifiers) or len(text) != 1 or not text.isprintable():
        return ""
    return text
