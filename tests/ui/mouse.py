"""Drags a pointer as a hand does: press, moves with the button down, release."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt5.QtGui import QMouseEvent
from PyQt5.QtWidgets import QApplication, QWidget


def drag(widget: QWidget, places: Sequence[QPoint]) -> None:
    """Drag with the left button along places, pixels of the widget."""
    left = Qt.MouseButton.LeftButton
    none = Qt.MouseButton.NoButton
    kinds = QEvent.Type
    steps = [(kinds.MouseButtonPress, places[0], left, left)]
    steps += [(kinds.MouseMove, place, none, left) for place in places[1:]]
    steps += [(kinds.MouseButtonRelease, places[-1], left, none)]
    for kind, place, button, held in steps:
        buttons, keys = Qt.MouseButtons(held), Qt.KeyboardModifiers()
        event = QMouseEvent(kind, QPointF(place), button, buttons, keys)
        QApplication.sendEvent(widget, event)
