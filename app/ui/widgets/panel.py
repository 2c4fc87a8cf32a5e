"""A framed group of widgets, one below the other."""

from __future__ import annotations

from PyQt5.QtWidgets import QFrame, QVBoxLayout, QWidget


def panel(*widgets: QWidget, spacing: int = 6) -> QFrame:
    """Return a panel that holds the widgets.

    Args:
        widgets: From top to bottom.
        spacing: Between two of them, pixels.
    """
    frame = QFrame()
    frame.setProperty("panel", True)
    column = QVBoxLayout(frame)
    column.setContentsMargins(12, 8, 12, 8)
    column.setSpacing(spacing)
    for widget in widgets:
        column.addWidget(widget)
    return frame
