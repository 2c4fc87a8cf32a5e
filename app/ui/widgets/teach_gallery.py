"""Collected pictures as a list of small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QIcon, QImage, QPixmap
from PyQt5.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget


class TeachGallery(QListWidget):
    """Small pictures with their numbers; the newest is at the end and in sight.

    Signals:
        picked: A picture was double-clicked or Enter was pressed on it. arg: its file.
    """

    picked = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("teachGallery")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(4)
        self.set_scale(1.0)
        self.itemActivated.connect(self._on_activated)

    @property
    def file(self) -> Path | None:
        """File of the selected picture."""
        item = self.currentItem()
        return (
            None if item is None or not item.isSelected() else item.data(Qt.ItemDataRole.UserRole)
        )

    def set_scale(self, scale: float) -> None:
        """Fit the pictures to the window's size."""
        self.setIconSize(QSize(round(88 * scale), round(70 * scale)))
        self.setGridSize(QSize(round(98 * scale), round(100 * scale)))

    def show_pictures(self, pictures: Sequence[tuple[Path, QImage, str]]) -> None:
        """Show (file, small picture, text below it) in this order."""
        kept, before = self.file, self.count()
        self.clear()
        for file, image, text in pictures:
            item = QListWidgetItem(QIcon(QPixmap.fromImage(image)), text)
            item.setData(Qt.ItemDataRole.UserRole, file)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.addItem(item)
            if file == kept:
                self.setCurrentItem(item)
        if len(pictures) > before:
            self.doItemsLayout()
            self.scrollToBottom()

    def _on_activated(self, item: QListWidgetItem) -> None:
        self.picked.emit(item.data(Qt.ItemDataRole.UserRole))
