"""One part with everything that a reviewer wants to know of it."""

from __future__ import annotations

from dataclasses import dataclass

from app.inspection.record import InspectionRecord
from app.inspection.review import Review
from app.store.base import Query
from app.store.database import Database

_SAME = 20
_EACH_SIDE = 3


@dataclass(frozen=True, slots=True)
class Dossier:
    """A record and what surrounds it.

    Attributes:
        record: The judged part.
        reviews: What people said of it, oldest first.
        same_part: Other records of the same number in the same lot, newest first.
        before: Records of the lot just before it, the nearest first.
        after: Records of the lot just after it, the nearest first.
    """

    record: InspectionRecord
    reviews: tuple[Review, ...]
    same_part: tuple[InspectionRecord, ...] = ()
    before: tuple[InspectionRecord, ...] = ()
    after: tuple[InspectionRecord, ...] = ()


def load_dossier(store: Database, record_id: str) -> Dossier | None:
    """Return the dossier of a record, None if there is no such record. Blocks.

    Raises:
        StoreError: The database fails.
    """
    record = store.get(record_id)
    if record is None:
        return None
    lot = Query(lot=record.context.lot, recipe=record.recipe)
    return Dossier(
        record,
        tuple(store.reviews(record_id)),
        _same_part(store, record),
        tuple(store.find(_beside(lot, record_id, newest_first=True))),
        tuple(store.find(_beside(lot, record_id, newest_first=False))),
    )


def _same_part(store: Database, record: InspectionRecord) -> tuple[InspectionRecord, ...]:
    if not record.serial:
        return ()
    # The text finds parts of numbers as well, so the exact ones are picked out here.
    query = Query(lot=record.context.lot, text=record.serial, limit=_SAME)
    found = store.find(query)
    return tuple(one for one in found if one.serial == record.serial and one.id != record.id)


def _beside(lot: Query, record_id: str, newest_first: bool) -> Query:
    return Query(
        lot=lot.lot,
        recipe=lot.recipe,
        newest_first=newest_first,
        after_id=record_id,
        limit=_EACH_SIDE,
    )
