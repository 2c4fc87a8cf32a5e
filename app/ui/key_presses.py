"""What was pressed, whether on the number block or not."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeyEvent


def press_of(event: QKeyEvent) -> tuple[int, int]:
    """Return key and modifiers; the number block counts as the other keys."""
    return event.key(), int(event.modifiers()) & ~int(Qt.KeyboardModifier.KeypadModifier)


def digit_of(event: QKeyEvent) -> int:
    """Return 1 .. 9 for a digit key, 0 for any other."""
    key, modifiers = press_of(event)
    number = key - int(Qt.Key.Key_0)
    return number if not modifiers and 1 <= number <= 9 else 0
