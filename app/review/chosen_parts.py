"""A list of parts that somebody chose, walked through like any other list of the review."""

from __future__ import annotations

from collections.abc import Sequence

from app.review.queue import ReviewQueue
from app.store.base import Query
from app.store.database import Database
from app.store.listing import RecordRow


class ChosenParts(ReviewQueue):
    """These parts in this order; a part that was decided stays in the list.

    Every method blocks and raises `StoreError` if the database fails; any thread may call.

    Args:
        store: The records.
        record_ids: Which ones; unknown ones are left out.
    """

    def __init__(self, store: Database, record_ids: Sequence[str]) -> None:
        # Longer than the list, so that its only page is known to be the last one.
        super().__init__(store, Query(), page=len(record_ids) + 1)
        self._ids = tuple(dict.fromkeys(record_ids))

    def page(self, after: RecordRow | None = None, length: int = 0) -> tuple[RecordRow, ...]:
        """Return the rows after one, from the start for None."""
        start = 0
        if after is not None and after.id in self._ids:
            start = self._ids.index(after.id) + 1
        found = map(self._row, self._ids[start:])
        rows = tuple(row for row in found if row is not None)
        return rows[:length] if length else rows

    def count(self) -> int:
        """Return how many of the parts are there."""
        return len(self.page())

    def now(self, known: Sequence[RecordRow]) -> dict[str, RecordRow | None]:
        """Return rows as they are now; one that has gone is left out."""
        found = {row.id: self._row(row.id) for row in known}
        return {record_id: row for record_id, row in found.items() if row is not None}

    def _row(self, record_id: str) -> RecordRow | None:
        # The place behind it, so that the record itself comes first.
        rows = self._store.rows(Query(after_id=f"{record_id}~", limit=1))
        return rows[0] if rows and rows[0].id == record_id else None
