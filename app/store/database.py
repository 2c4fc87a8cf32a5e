"""The record store over SQLAlchemy: a SQLite file or a PostgreSQL server, by URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select, update

from app.inspection.record import InspectionRecord
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.engine import make_engine, writing
from app.store.failures import as_store_errors
from app.store.migrations import upgrade
from app.store.rows import derived_of_new, evidence_to_row, from_row, to_row
from app.store.schema import recipes, records, reviews


class Database:
    """A `RecordStore`. Connections are pooled, so every thread may call.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.
        wait_s: How long a call waits for another program's lock, seconds.

    Raises:
        StoreError: It cannot be opened, is damaged, or a newer program wrote it.
    """

    def __init__(self, url: str, wait_s: float = 2.0) -> None:
        with as_store_errors():
            self._engine = make_engine(url, wait_s)
        self._writing = writing(self._engine)
        try:
            with self._write() as connection:
                upgrade(connection)
        except BaseException:
            self.close()
            raise

    def add(self, record: InspectionRecord) -> None:
        """Commit one record; on return it is durable."""
        with self._write() as connection:
            connection.execute(insert(records).values({**to_row(record), **derived_of_new(record)}))

    def get(self, record_id: str) -> InspectionRecord | None:
        """Return one record."""
        with self._read() as connection:
            found = connection.execute(select(records).where(records.c.id == record_id))
            row = found.mappings().first()
        return None if row is None else from_row(dict(row))

    def find(self, query: Query) -> list[InspectionRecord]:
        """Return the matching records in the asked order."""
        chosen = select(records).where(*_conditions(query))
        if query.newest_first:
            chosen = chosen.order_by(records.c.id.desc())
            if query.after_id:
                chosen = chosen.where(records.c.id < query.after_id)
        else:
            chosen = chosen.order_by(records.c.id)
            if query.after_id:
                chosen = chosen.where(records.c.id > query.after_id)
        with self._read() as connection:
            rows = connection.execute(chosen.limit(max(0, query.limit))).mappings().all()
        return [from_row(dict(row)) for row in rows]

    def count(self, query: Query) -> dict[Verdict, int]:
        """Return how many records match, per verdict."""
        verdict = records.c.verdict
        counted = select(verdict, func.count()).where(*_conditions(query)).group_by(verdict)
        with self._read() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(counted)}
        return {verdict: found.get(verdict.value, 0) for verdict in Verdict}

    def forget_evidence(self, record_ids: Sequence[str]) -> None:
        """Commit that the files of these records are kept no longer."""
        forget = update(records).values(evidence_to_row(None))
        with self._write() as connection:
            # SQLite takes 32766 parameters a statement at most, older ones 999.
            for start in range(0, len(record_ids), 500):
                some = record_ids[start : start + 500]
                connection.execute(forget.where(records.c.id.in_(some)))

    def add_review(self, review: Review) -> None:
        """Commit what a person says of a record."""
        row = {
            "id": review.id,
            "record_id": review.record_id,
            "at": review.at,
            "by": review.by,
            "finding": review.finding,
            "comment": review.comment,
        }
        with self._write() as connection:
            connection.execute(insert(reviews).values(row))

    def reviews(self, record_id: str) -> list[Review]:
        """Return the reviews of one record, oldest first."""
        chosen = select(reviews).where(reviews.c.record_id == record_id)
        with self._read() as connection:
            rows = connection.execute(chosen.order_by(reviews.c.at, reviews.c.id)).all()
        return [
            Review(row.record_id, row.at, row.by, row.finding, row.comment, row.id) for row in rows
        ]

    def save_recipe(self, document: str, name: str, version: int, author: str, reason: str) -> None:
        """Commit a new recipe version; an existing version is refused."""
        row = {
            "name": name,
            "version": version,
            "document": document,
            "author": author,
            "reason": reason,
            "saved_utc": datetime.now(UTC),
        }
        with self._write() as connection:
            connection.execute(insert(recipes).values(row))

    def recipe(self, name: str, version: int | None = None) -> str | None:
        """Return one version's document, the newest when `version` is None."""
        chosen = select(recipes.c.document).where(recipes.c.name == name)
        if version is not None:
            chosen = chosen.where(recipes.c.version == version)
        newest = chosen.order_by(recipes.c.version.desc()).limit(1)
        with self._read() as connection:
            return connection.execute(newest).scalar()

    def recipes(self) -> list[tuple[str, int]]:
        """Return all recipe names with their newest version, by name."""
        name = recipes.c.name
        newest = select(name, func.max(recipes.c.version)).group_by(name)
        with self._read() as connection:
            return sorted((row[0], row[1]) for row in connection.execute(newest))

    def close(self) -> None:
        """Release connections; may be called twice."""
        self._engine.dispose()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with as_store_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with as_store_errors(), self._writing.begin() as connection:
            yield connection


def open_store(url: str, wait_s: float = 2.0) -> Database:
    """Open the database of `url`, make or upgrade its tables, and return the store.

    Raises:
        StoreError: It cannot be opened, is damaged, or a newer program wrote it.
    """
    return Database(url, wait_s)


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    """Return what a record must fulfil, apart from the page."""
    column = records.c
    wanted: list[ColumnElement[bool]] = []
    if query.verdicts:
        wanted.append(column.verdict.in_([verdict.value for verdict in query.verdicts]))
    if query.lot is not None:
        wanted.append(column.lot == query.lot)
    if query.recipe is not None:
        wanted.append(column.recipe == query.recipe)
    if query.text:
        serial = column.serial.icontains(query.text, autoescape=True)
        wanted.append(serial | column.lot.icontains(query.text, autoescape=True))
    return wanted + _ranges(query)


def _ranges(query: Query) -> list[ColumnElement[bool]]:
    column = records.c
    wanted: list[ColumnElement[bool]] = []
    if query.since is not None:
        wanted.append(column.taken_utc >= query.since)
    if query.until is not None:
        wanted.append(column.taken_utc < query.until)
    if query.score_from is not None:
        wanted.append(column.score >= query.score_from)
    if query.score_to is not None:
        wanted.append(column.score < query.score_to)
    if query.reviewed is not None:
        reviewed = exists().where(reviews.c.record_id == column.id)
        wanted.append(reviewed if query.reviewed else ~reviewed)
    return wanted
