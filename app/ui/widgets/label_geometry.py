"""Where the cells of a grid of pictures lie; arithmetic alone, so a million cells cost nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabelGeometry:
    """A grid of nearly square cells that fills an area, row by row.

    A page is what is in sight: the cells are stretched a little until no row and no column is cut
    off, so that nobody can overlook a picture that "the rest of the page" takes in.

    Attributes:
        count: Cells.
        least: Least side of a cell with its margin, pixels.
        width: Of the area, pixels.
        height: Of the area, pixels.
    """

    count: int
    least: int
    width: int
    height: int

    @property
    def columns(self) -> int:
        """Cells in a row."""
        return max(1, self.width // self.least)

    @property
    def page_rows(self) -> int:
        """Rows of a page."""
        return max(1, self.height // self.least)

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of a cell, pixels."""
        return max(1, self.width // self.columns), max(1, self.height // self.page_rows)

    @property
    def rows(self) -> int:
        """Rows, the last one filled or not."""
        return -(-self.count // self.columns)

    @property
    def last_first_row(self) -> int:
        """The row that is on top when the end is in sight."""
        return max(0, self.rows - self.page_rows)

    def corner(self, place: int, first_row: int) -> tuple[int, int]:
        """Return (x, y) of a cell when a row is on top."""
        row, column = divmod(place, self.columns)
        width, height = self.cell
        return column * width, (row - first_row) * height

    def place_at(self, x: int, y: int, first_row: int) -> int:
        """Return the cell at a point of the area, -1 beside all of them."""
        width, height = self.cell
        column, row = x // width, y // height
        if x < 0 or y < 0 or column >= self.columns or row >= self.page_rows:
            return -1
        place = (row + first_row) * self.columns + column
        return place if place < self.count else -1

    def page(self, first_row: int) -> range:
        """Return the cells in sight when a row is on top."""
        start = min(self.count, first_row * self.columns)
        return range(start, min(self.count, start + self.page_rows * self.columns))

    def first_row_for(self, place: int, first_row: int) -> int:
        """Return the row to put on top so that a cell is in sight.

        What is in sight stays; else the grid turns by a page, so that the eye need not follow a
        list that creeps.
        """
        row = place // self.columns
        if row >= first_row + self.page_rows:
            first_row = row
        elif row < first_row:
            first_row = row - self.page_rows + 1
        return min(max(0, first_row), self.last_first_row)
