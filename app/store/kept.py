"""Which records still have files, and how much people count on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import ColumnElement, and_, case, or_, select

from app.inspection.verdict import Verdict
from app.store.connections import Connections
from app.store.schema import records


class Priority(IntEnum):
    """How long evidence is kept; the lowest goes first.

    OK: OK parts that nobody drew for review. DOUBTFUL: REVIEW, ERROR, and OK parts that wait
    for their review. NG. REVIEWED: whatever a person reviewed.
    """

    OK = 0
    DOUBTFUL = 1
    NG = 2
    REVIEWED = 3


OF_VERDICT = {
    Verdict.OK: Priority.OK,
    Verdict.REVIEW: Priority.DOUBTFUL,
    Verdict.ERROR: Priority.DOUBTFUL,
    Verdict.NG: Priority.NG,
}


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """The files of one record.

    Attributes:
        record_id: The record.
        names: Relative to the evidence folder, forward slashes.
    """

    record_id: str
    names: tuple[str, ...]


class KeptTable:
    """Looks up kept files. Every method may be called from any thread.

    Every method raises `StoreError` if the database fails.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def oldest(
        self,
        recipe: str,
        station: str,
        priority: Priority | None = None,
        before: datetime | None = None,
        limit: int | None = None,
    ) -> list[KeptFiles]:
        """Return records of a recipe that have files, the oldest first.

        Args:
            recipe: Name of the recipe.
            station: Name of the station; the files of others lie elsewhere.
            priority: Only these; None for all.
            before: Taken before, timezone-aware; None for all.
            limit: At most this many; None for all.
        """
        column = records.c
        chosen = select(column.id, column.image, column.map)
        chosen = chosen.where(
            column.recipe == recipe, column.image.is_not(None), column.station == station
        )
        if priority is not None:
            chosen = chosen.where(_of(priority))
        if before is not None:
            chosen = chosen.where(column.taken_utc < before)
        with self._connections.read() as connection:
            found = connection.execute(chosen.order_by(column.id).limit(limit)).all()
        return [KeptFiles(row.id, tuple(filter(None, (row.image, row.map)))) for row in found]

    def priorities(self, record_ids: Iterable[str]) -> dict[str, Priority]:
        """Return how much people count on the files of these records; unknown ids are left out.

        Args:
            record_ids: At most 500.
        """
        column = records.c
        whens = [(_of(priority), int(priority)) for priority in Priority]
        chosen = select(column.id, case(*whens)).where(column.id.in_(list(record_ids)))
        with self._connections.read() as connection:
            return {row[0]: Priority(row[1]) for row in connection.execute(chosen)}


def _of(priority: Priority) -> ColumnElement[bool]:
    column = records.c
    if priority is Priority.REVIEWED:
        return column.reviewers > 0
    is_ok, is_drawn = column.verdict == Verdict.OK.value, column.sampled == 1
    if priority is Priority.OK:
        wanted = and_(is_ok, ~is_drawn)
    elif priority is Priority.NG:
        wanted = column.verdict == Verdict.NG.value
    else:
        doubtful = (Verdict.REVIEW.value, Verdict.ERROR.value)
        wanted = or_(column.verdict.in_(doubtful), and_(is_ok, is_drawn))
    return and_(column.reviewers == 0, wanted)
