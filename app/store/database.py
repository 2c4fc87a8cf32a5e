"""The record store over SQLAlchemy: a SQLite file or a PostgreSQL server, by URL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, insert, select, update

from app.inspection.golden import GoldenSample
from app.inspection.record import InspectionRecord
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.store import reviewing, schema
from app.store.base import Query, RecipeVersion
from app.store.baselines import BaselineTable
from app.store.conditions import conditions, page
from app.store.connections import Connections
from app.store.events import EventTable
from app.store.figures import Figures
from app.store.filters import FilterTable
from app.store.golden import GoldenTable, sample_row
from app.store.kept import KeptTable
from app.store.listing import Facets, Listing, RecordRow
from app.store.rows import evidence_to_row, from_row, to_row


class Database:
    """A `RecordStore`. Connections are pooled, so every thread may call.

    Attributes:
        kept: Which records still have files.
        events: What happened on the stations.
        golden: Golden samples.
        baselines: What a recipe's parts looked like when all was well.
        filters: Filters with a name.
        figures: Columns and counts of many records.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`.
        wait_s: How long a call waits for another program's lock, seconds.

    Raises:
        StoreError: It cannot be opened, is damaged, or a newer program wrote it.
    """

    def __init__(self, url: str, wait_s: float = 2.0) -> None:
        # With its password: for processes of our own, never to be shown.
        self.url = url
        self._connections = Connections(url, wait_s)
        self._read = self._connections.read
        self._write = self._connections.write
        self._listing = Listing(self._connections)
        self.kept = KeptTable(self._connections)
        self.events = EventTable(self._connections)
        self.golden = GoldenTable(self._connections)
        self.baselines = BaselineTable(self._connections)
        self.filters = FilterTable(self._connections)
        self.figures = Figures(self._connections)

    def add(self, record: InspectionRecord) -> None:
        """Commit one record; on return it is durable."""
        self.add_many([record])

    def add_many(self, records: Sequence[InspectionRecord], reviews: Sequence[Review] = ()) -> None:
        """Commit records with their reviews, all or none.

        Args:
            records: New records.
            reviews: Of them, or of records that are there already; in any order.
        """
        said: dict[str, list[Review]] = defaultdict(list)
        for review in reviews:
            said[review.record_id].append(review)
        added = [
            {**to_row(record), **reviewing.derived_of_record(record, said.get(record.id, ()))}
            for record in records
        ]
        with self._write() as connection:
            if added:
                connection.execute(insert(schema.records), added)
            if reviews:
                reviewing.add_reviews(connection, reviews, {record.id for record in records})

    def get(self, record_id: str) -> InspectionRecord | None:
        """Return one record."""
        with self._read() as connection:
            found = connection.execute(
                select(schema.records).where(schema.records.c.id == record_id)
            )
            row = found.mappings().first()
        return None if row is None else from_row(dict(row))

    def find(self, query: Query) -> list[InspectionRecord]:
        """Return the matching records in the asked order."""
        with self._read() as connection:
            rows = connection.execute(page(query, *schema.records.c)).mappings().all()
        return [from_row(dict(row)) for row in rows]

    def rows(self, query: Query) -> list[RecordRow]:
        """Return the matching records in the asked order, with what a list shows of them."""
        return self._listing.rows(query)

    def facets(self, query: Query) -> Facets:
        """Return the values that occur among the matching records, for the boxes of a filter."""
        return self._listing.facets(query)

    def count(self, query: Query) -> dict[Verdict, int]:
        """Return how many records match, per verdict."""
        # No GROUP BY: it would make SQLite read the table in the order of the verdict.
        verdicts = tuple(Verdict)
        counted = select(
            *(func.count().filter(schema.records.c.verdict == one.value) for one in verdicts)
        )
        with self._read() as connection:
            found = connection.execute(counted.where(*conditions(query))).one()
        return {verdict: int(number) for verdict, number in zip(verdicts, found, strict=True)}

    def forget_evidence(self, record_ids: Sequence[str]) -> None:
        """Commit that the files of these records are kept no longer."""
        forget = update(schema.records).values(evidence_to_row(None))
        with self._write() as connection:
            # SQLite takes 32766 parameters a statement at most, older ones 999.
            for start in range(0, len(record_ids), 500):
                some = record_ids[start : start + 500]
                connection.execute(forget.where(schema.records.c.id.in_(some)))

    def add_review(self, review: Review) -> None:
        """Commit what a person says of a record; its derived columns follow."""
        with self._write() as connection:
            reviewing.add_reviews(connection, [review])

    def reviews(self, record_id: str) -> list[Review]:
        """Return the reviews of one record, oldest first."""
        with self._read() as connection:
            return reviewing.find(connection, record_id)

    def save_recipe(
        self,
        document: str,
        name: str,
        version: int,
        author: str,
        reason: str,
        samples: Sequence[GoldenSample] = (),
    ) -> None:
        """Commit a new recipe version; an existing version is refused.

        Args:
            document: The recipe as JSON.
            name: Its name.
            version: Its number.
            author: Who saves it.
            reason: Why.
            samples: Golden samples that come with it; all is committed or nothing.
        """
        row = {
            "name": name,
            "version": version,
            "document": document,
            "author": author,
            "reason": reason,
            "saved_utc": datetime.now(UTC),
        }
        with self._write() as connection:
            connection.execute(insert(schema.recipes).values(row))
            for sample in samples:
                connection.execute(insert(schema.golden_samples).values(sample_row(sample)))

    def recipe(self, name: str, version: int | None = None) -> str | None:
        """Return one version's document, the newest when `version` is None."""
        chosen = select(schema.recipes.c.document).where(schema.recipes.c.name == name)
        if version is not None:
            chosen = chosen.where(schema.recipes.c.version == version)
        newest = chosen.order_by(schema.recipes.c.version.desc()).limit(1)
        with self._read() as connection:
            return connection.execute(newest).scalar()

    def recipes(self) -> list[tuple[str, int]]:
        """Return all recipe names with their newest version, by name."""
        name = schema.recipes.c.name
        newest = select(name, func.max(schema.recipes.c.version)).group_by(name)
        with self._read() as connection:
            return sorted((row[0], row[1]) for row in connection.execute(newest))

    def recipe_history(self, name: str) -> list[RecipeVersion]:
        """Return the versions of a recipe, the newest first; none if it is not known."""
        column = schema.recipes.c
        chosen = select(column.version, column.author, column.reason, column.saved_utc)
        versions = chosen.where(column.name == name).order_by(column.version.desc())
        with self._read() as connection:
            found = connection.execute(versions).mappings()
            return [RecipeVersion(**row) for row in found]

    def close(self) -> None:
        """Release connections; may be called twice."""
        self._connections.close()


def open_store(url: str, wait_s: float = 2.0) -> Database:
    """Open the database of `url`, make or upgrade its tables, and return the store.

    Raises:
        StoreError: It cannot be opened, is damaged, or a newer program wrote it.
    """
    return Database(url, wait_s)
