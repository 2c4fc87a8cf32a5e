"""The parts that wait for a person, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.store.base import Query
from app.store.database import Database
from app.store.listing import RecordRow

PAGE = 200
# Rows that may have come in between since the list was read.
_NEW = 50


class ReviewQueue:
    """Reads a list of records in pages. Every method blocks; any thread may call.

    Every method raises `StoreError` if the database fails.

    Args:
        store: The records.
        query: Which ones and in which order; its place and limit are of no account.
        page: Rows of one page.
    """

    def __init__(self, store: Database, query: Query, page: int = PAGE) -> None:
        self._store = store
        self.query = replace(query, after_id="", after_score=None, limit=page)

    def page(self, after: RecordRow | None = None, length: int = 0) -> tuple[RecordRow, ...]:
        """Return the next rows after one, from the start for None; fewer means: the end.

        Args:
            after: The last row that is known.
            length: Rows at most; 0 for a whole page.
        """
        query = replace(self.query, limit=length or self.query.limit)
        if after is not None:
            query = replace(query, after_id=after.id, after_score=after.score)
        return tuple(self._store.rows(query))

    def count(self) -> int:
        """Return how many records the list has."""
        return sum(self._store.count(self.query).values())

    def now(self, known: Sequence[RecordRow]) -> dict[str, RecordRow | None]:
        """Return what became of a stretch of the list meanwhile.

        Args:
            known: Consecutive rows as they were read.

        Returns:
            By id the rows as they are now; None for one that no longer belongs to the list,
            because somebody decided it. A row of which that is not known is left out.
        """
        if not known:
            return {}
        first, newest_first = known[0], self.query.newest_first
        # A place that no record has, so that the first one is on the page.
        place = first.id + "~" if newest_first else first.id[:-1]
        length = len(known) + _NEW
        found = self.page(replace(first, id=place), length)
        current = {row.id: row for row in found}
        end = self._key(found[-1]) if len(found) == length else None
        result: dict[str, RecordRow | None] = {}
        for row in known:
            if row.id in current:
                result[row.id] = current[row.id]
            elif end is None or (self._key(row) > end) == newest_first:
                result[row.id] = None
        return result

    def _key(self, row: RecordRow) -> tuple[float, str]:
        by_score = self.query.order == "score" and row.score is not None
        return (row.score if by_score and row.score is not None else 0.0, row.id)


def is_secret(row: RecordRow, by: str) -> bool:
    """Return whether what was said of a part must not be seen by a person.

    So it is while that person may still give the second opinion.
    """
    return row.second_opinion and row.reviewers == 1 and row.reviewer != by
