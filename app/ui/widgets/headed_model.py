"""A table model whose columns have fixed headings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PyQt5.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from app.i18n import tr

NOWHERE = QModelIndex()


class HeadedModel(QAbstractTableModel):
    """Answers Qt's questions about columns and headings; rows and cells are the subclass's.

    Args:
        headings: Of the columns, English source texts.
        parent: Owner.
    """

    def __init__(self, headings: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = tuple(headings)

    def columnCount(self, parent: QModelIndex = NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._headings)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the heading of a column."""
        is_heading = orientation == Qt.Orientation.Horizontal and 0 <= section < self.columnCount()
        if not is_heading or role != Qt.ItemDataRole.DisplayRole:
            return None
        return tr(self._headings[section])
