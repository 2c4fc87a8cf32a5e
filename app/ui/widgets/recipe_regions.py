"""Limits of each region, as a table to type into; empty means the recipe's own."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.i18n import N_, tr
from app.inspection.recipe_parts import RegionOfInterest

COLUMNS = (N_("Region"), N_("NG limit"), N_("Review limit"), N_("Heatmap"))
_KEYS = ("ng_limit", "review_limit", "map_limit")
_ROW = 44


class RegionLimits(QTableWidget):
    """One row for each region.

    Signals:
        edited: A limit was typed. args: number of the region, name of the field, value or None.
        refused: What was typed is no number. arg: it.
    """

    edited = pyqtSignal(int, str, object)
    refused = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self.setObjectName("recipeTable")
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        heads, rows = self.horizontalHeader(), self.verticalHeader()
        if heads is not None:
            heads.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
            heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        if rows is not None:
            rows.hide()
        self._regions: tuple[RegionOfInterest, ...] = ()
        self.cellChanged.connect(self._on_typed)
        self.retranslate()

    def show_regions(self, regions: Sequence[RegionOfInterest]) -> None:
        """Show the regions and their limits without telling."""
        self._regions = tuple(regions)
        self.blockSignals(True)
        self.setRowCount(len(regions))
        for number, region in enumerate(regions):
            name = QTableWidgetItem(region.name)
            name.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.setItem(number, 0, name)
            for column, key in enumerate(_KEYS, start=1):
                value = getattr(region, key)
                item = QTableWidgetItem("" if value is None else f"{value:.9g}")
                item.setToolTip(tr("empty: that of the recipe"))
                self.setItem(number, column, item)
            self.setRowHeight(number, _ROW)
        self.blockSignals(False)
        self.setFixedHeight(_ROW * (len(regions) + 1) + 4)

    def retranslate(self) -> None:
        """Set the names of the columns anew."""
        self.setHorizontalHeaderLabels([tr(name) for name in COLUMNS])

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _on_typed(self, row: int, column: int) -> None:
        item = self.item(row, column)
        if item is None or column == 0:
            return
        text = item.text().strip().replace(",", ".")
        try:
            value = float(text) if text else None
        except ValueError:
            self.refused.emit(item.text())
            self.show_regions(self._regions)
            return
        self.edited.emit(row, _KEYS[column - 1], value)
