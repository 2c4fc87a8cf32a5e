"""Tables that do not grow without end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.i18n import trn
from app.report.document import Block, Column, Note, Table
from app.report.wording import count

_ROWS = 40


def bounded_table(
    columns: tuple[Column, ...], rows: Sequence[tuple[str, ...]], newest: bool = False
) -> Iterator[Block]:
    """Yield a table of a bounded length, and how many rows are left out.

    Args:
        columns: Its columns.
        rows: In order of time if `newest`.
        newest: The last rows are the ones to keep.
    """
    left_out = max(0, len(rows) - _ROWS)
    yield Table(columns, tuple(rows[left_out:] if newest else rows[:_ROWS]))
    if left_out:
        text = trn(
            "{count} earlier row is left out.", "{count} earlier rows are left out.", left_out
        )
        yield Note(text.format(count=count(left_out)), "small")
