"""The regions of a part, one press away from being seen large."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QListView, QListWidget, QListWidgetItem, QWidget

from app.i18n import tr
from model.types import Region


class RegionStrip(QListWidget):
    """Number, size and peak of each region in one line.

    Signals:
        wanted: A region shall be seen. arg: its place, from 0.
    """

    wanted = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("regionStrip")
        self._regions: tuple[Region, ...] = ()
        self._mm_per_px: float | None = None
        self._height = 40
        self.itemClicked.connect(self._on_clicked)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, self._height)

    def minimumSizeHint(self) -> QSize:
        """One region is seen at least."""
        return QSize(90, self._height)

    def set_height(self, height_px: int) -> None:
        """Set the height of the line in pixels."""
        self._height = height_px
        self.setFixedHeight(height_px)
        self._refresh()

    def show_regions(self, regions: Sequence[Region], mm_per_px: float | None) -> None:
        """Show the regions of another part, none chosen."""
        self._regions, self._mm_per_px = tuple(regions), mm_per_px
        self._refresh()

    def step(self) -> int:
        """Go on to the next region, after the last to the first; -1 if there is none."""
        if not self._regions:
            return -1
        place = (self.currentRow() + 1) % len(self._regions)
        self.setCurrentRow(place)
        self.wanted.emit(place)
        return place

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self._refresh()
        super().changeEvent(event)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self.wanted.emit(self.row(item))

    def _refresh(self) -> None:
        self.clear()
        for number, region in enumerate(self._regions, start=1):
            item = QListWidgetItem(f"{number}:  {self._size(region)}")
            item.setToolTip(
                tr("Region {number}: {size}, highest map value {peak}").format(
                    number=number, size=self._size(region), peak=f"{region.peak:.3f}"
                )
            )
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            width = self.fontMetrics().horizontalAdvance(item.text()) + 24
            item.setSizeHint(QSize(width, self._height))
            self.addItem(item)
        if not self._regions:
            item = QListWidgetItem(tr("No region"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setSizeHint(QSize(self.fontMetrics().horizontalAdvance(item.text()) + 24, 40))
            self.addItem(item)

    def _size(self, region: Region) -> str:
        if self._mm_per_px is None:
            return f"{region.area_px:.0f} px"
        area = region.area_px * self._mm_per_px**2
        return f"{area:.1f} mm²" if area >= 0.1 else f"{area:.2g} mm²"
