"""How all our tables of rows look and are moved in."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QAbstractItemView, QHeaderView, QTableView


def dress_as_rows(
    table: QTableView,
    stretched: Sequence[int] = (),
    *,
    is_selectable: bool = True,
    fits_words: bool = True,
) -> None:
    """Let a table show whole rows: no grid, no row numbers, nothing typed into.

    Args:
        table: Has its columns already.
        stretched: Columns that share what room is left.
        is_selectable: One row can be chosen; else the table takes no part in the order of keys.
        fits_words: Columns are as wide as their words and there is nothing to scroll sideways;
            else they keep the widths that they are given.
    """
    mode = QAbstractItemView.SelectionMode
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(mode.SingleSelection if is_selectable else mode.NoSelection)
    if not is_selectable:
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    # Tab leaves the table, arrows move in it
    table.setTabKeyNavigation(False)
    rows, columns = table.verticalHeader(), table.horizontalHeader()
    if rows is None or columns is None:
        return
    rows.hide()
    columns.setDefaultAlignment(
        Qt.Alignment(Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter
    )
    columns.setHighlightSections(False)
    if fits_words:
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    else:
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    for column in stretched:
        columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
