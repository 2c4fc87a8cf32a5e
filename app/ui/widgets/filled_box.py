"""Choices of a box, renewed without telling anybody that one was chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QSignalBlocker
from PyQt5.QtWidgets import QComboBox


def fill(box: QComboBox, items: Sequence[tuple[str, str]], current: str | None) -> None:
    """Give a box other choices.

    Args:
        box: Its old choices go.
        items: (text, value) of each.
        current: Value that is chosen; nothing is if none has it.
    """
    with QSignalBlocker(box):
        box.clear()
        for text, value in items:
            box.addItem(text, value)
        box.setCurrentIndex(next((i for i, (_, v) in enumerate(items) if v == current), -1))
