"""A plain table for recipes, versions and differences: words only, one row can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import (
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.i18n import tr
from app.ui.widgets.row_table import dress_as_rows

_ROW = 44


class RecipeTable(QTableWidget):
    """Rows of texts; the first column is bold where a row is marked.

    Args:
        columns: Their names, English source texts.
        stretched: Columns that share what room is left.
        selectable: A row can be chosen.
    """

    def __init__(
        self,
        columns: Sequence[str],
        stretched: Sequence[int],
        *,
        selectable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(0, len(columns), parent)
        self.setObjectName("recipeTable")
        self._columns = tuple(columns)
        self._scale = 1.0
        self.setWordWrap(True)
        dress_as_rows(self, stretched, is_selectable=selectable)
        self.retranslate()

    @property
    def chosen_row(self) -> int:
        """Number of the chosen row, -1 for none."""
        return min((index.row() for index in self.selectedIndexes()), default=-1)

    def show_rows(
        self, rows: Sequence[Sequence[str]], chosen: int = -1, bold: Sequence[int] = ()
    ) -> None:
        """Show rows of texts without telling anybody that one was chosen.

        Args:
            rows: Texts in the order of the columns.
            chosen: Row that is chosen; -1 for none.
            bold: Rows that stand out.
        """
        self.blockSignals(True)
        self.setRowCount(len(rows))
        for number, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if number in bold:
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                self.setItem(number, column, item)
        self.clearSelection()
        if 0 <= chosen < len(rows):
            self.setCurrentCell(chosen, 0)
            self.selectRow(chosen)
        self.blockSignals(False)
        self._fit()

    def set_scale(self, scale: float) -> None:
        """Fit the rows to the window's size."""
        self._scale = scale
        self._fit()

    def retranslate(self) -> None:
        """Set the names of the columns anew."""
        self.setHorizontalHeaderLabels([tr(name) for name in self._columns])

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Wrap texts anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.resizeRowsToContents()
        least = round(_ROW * self._scale)
        for row in range(self.rowCount()):
            if self.rowHeight(row) < least:
                self.setRowHeight(row, least)
