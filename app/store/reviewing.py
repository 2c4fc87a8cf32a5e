"""Reviews as rows, and what they make of the record they belong to."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

from sqlalchemy import Connection, insert, literal_column, select, update

from app.inspection.record import InspectionRecord
from app.inspection.review import Review, part_of, standing
from app.inspection.verdict import Verdict
from app.store.rows import Row
from app.store.schema import clean, records, reviews, search_words


def add_reviews(
    connection: Connection, added: Sequence[Review], derived_already: Set[str] = frozenset()
) -> None:
    """Add reviews and bring the derived columns of their records up to date.

    Args:
        connection: In a transaction that writes.
        added: At least one; an unknown record is refused by the foreign key.
        derived_already: Records whose derived columns know these reviews.
    """
    # In the order of the id, or two such transactions could wait for each other.
    reviewed = sorted({review.record_id for review in added} - derived_already)
    # Two persons may review one part at the same moment: the second waits here for the first,
    # so that each derivation sees every review before it.
    held = [row for record_id in reviewed if (row := _hold(connection, record_id))]
    connection.execute(insert(reviews), [to_row(review) for review in added])
    for row in held:
        said = find(connection, row.id)
        values = derived(Verdict(row.verdict), row.defect, bool(row.sampled), said)
        connection.execute(update(records).where(records.c.id == row.id).values(values))


def derive_missing(connection: Connection) -> None:
    """Derive the columns of records that a program before schema 1.1 added to this database.

    A plant changes its programs one after the other; no NG part may be missing from the queue.
    """
    column = records.c
    needed = (column.id, column.verdict, column.defect, column.sampled, column.serial, column.lot)
    # Ours always hold a line break, see `search_words`.
    missing = connection.execute(select(*needed).where(column.words == literal_column("''")))
    for row in missing.all():
        values = derived(
            Verdict(row.verdict), row.defect, bool(row.sampled), find(connection, row.id)
        )
        values["words"] = search_words(row.serial, row.lot)
        connection.execute(update(records).where(column.id == row.id).values(values))


def find(connection: Connection, record_id: str) -> list[Review]:
    """Return the reviews of one record, oldest first."""
    chosen = select(reviews).where(reviews.c.record_id == record_id)
    rows = connection.execute(chosen.order_by(reviews.c.at, reviews.c.id)).mappings()
    return [_from_row(row) for row in rows]


def derived(verdict: Verdict, defect: str, sampled: bool, said: Sequence[Review]) -> Row:
    """Return the derived columns of a record.

    Args:
        verdict: The machine's.
        defect: Kind of defect as the model named it, "" if none.
        sampled: It was drawn for review.
        said: All its reviews, oldest first.
    """
    held = standing(said)
    newest = held[-1] if held else None
    # Not a review: the part still waits for one, but the list shows what the line said.
    marked = "marked" if any(review.finding == "marked" for review in said) else None
    named = next((review.defect for review in reversed(held) if review.defect), defect)
    return {
        "queued": int(verdict is not Verdict.OK or sampled or bool(newest or marked)),
        "finding": newest.finding if newest else marked,
        "part": newest and part_of(verdict, newest.finding),
        "named": named,
        "reviewers": len(held),
        "reviewer": newest and newest.by,
        "disputed": int({"good", "defective"} <= {part_of(verdict, r.finding) for r in held}),
    }


def derived_of_record(record: InspectionRecord, said: Sequence[Review] = ()) -> Row:
    """Return the derived columns of a new record with its reviews, in any order."""
    oldest_first = sorted(said, key=lambda review: (review.at, review.id))
    values = derived(record.verdict, record.defect, record.sampled, oldest_first)
    return {**values, "words": search_words(record.serial, record.context.lot)}


def to_row(review: Review) -> Row:
    """Return the values of the table's columns."""
    mask = None
    if review.mask is not None:
        mask = [[[int(x), int(y)] for x, y in outline] for outline in review.mask]
    return {
        "id": review.id,
        "record_id": review.record_id,
        "at": review.at,
        # As the table keeps it: the same person must be found again.
        "by": clean(review.by),
        "finding": review.finding,
        "comment": review.comment,
        "defect": clean(review.defect),
        "mask": mask,
    }


def _hold(connection: Connection, record_id: str) -> Any:
    """Lock a record's row until the end of the transaction; None if there is no such row."""
    column = records.c
    needed = select(column.id, column.verdict, column.defect, column.sampled)
    return connection.execute(needed.where(column.id == record_id).with_for_update()).first()


def _from_row(row: Any) -> Review:
    mask = row["mask"]
    if mask is not None:
        mask = tuple(tuple((x, y) for x, y in outline) for outline in mask)
    return Review(
        record_id=row["record_id"],
        at=row["at"],
        by=row["by"],
        finding=row["finding"],
        comment=row["comment"],
        defect=row["defect"],
        mask=mask,
        id=row["id"],
    )
