"""A database of schema 1.0, as the first stations wrote it, under today's program."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from app.inspection.record import InspectionRecord, Placement, RegionResult
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.store import migrations, open_store
from app.store.base import Query
from app.store.database import Database
from app.store.listing import RecordRow
from app.store.reviewing import derived_of_record
from app.store.rows import from_row, to_row
from tests.rigs.records import a_record

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
NEW = (
    "product",
    "named",
    "brightness",
    "sharpness",
    "shift_x",
    "shift_y",
    "colour_a",
    "colour_b",
    "class_probabilities",
    "sampled",
    "second_opinion",
    "queued",
    "reviewers",
    "finding",
    "part",
    "reviewer",
    "disputed",
    "words",
    "region_results",
    "placement",
)


def engine_of(url: str) -> Any:
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


def old_row(record: InspectionRecord) -> dict[str, Any]:
    """Return the row as program and driver of schema 1.0 wrote it."""
    row = {name: value for name, value in to_row(record).items() if name not in NEW}
    for name in ("reasons", "regions", "region_of_interest"):
        row[name] = None if row[name] is None else json.dumps(row[name])
    return row


def insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    if connection.dialect.name == "sqlite":
        for name, value in row.items():
            if isinstance(value, datetime):
                row[name] = value.replace(tzinfo=None).isoformat(" ", "microseconds")
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


def mark(connection: Connection, record: InspectionRecord, by: str, hour: int) -> Review:
    """Press the operator's button for a false call, as a station of schema 1.0 stored it."""
    review = Review(record.id, START + timedelta(hours=hour), by, "false-call")
    row = {"id": review.id, "record_id": record.id, "at": review.at, "by": by}
    insert(connection, "reviews", {**row, "finding": "false-call", "comment": ""})
    return review


@pytest.fixture
def parts() -> list[InspectionRecord]:
    return [
        a_record(
            list(Verdict)[i % 4],
            lot=f"LOT Ä {i % 3}",
            serial=f"SN-{i:03d}-Xé" + "y" * 80,
            taken_utc=START + timedelta(minutes=i),
            defect="scratch" if i % 4 == 1 else "",
        )
        for i in range(16)
    ]


@pytest.fixture
def first_schema(url: str) -> Any:
    """The address of a database that the first migration alone has made."""
    if url.startswith("sqlite"):
        open_store(url).close()  # makes the folder
        connect = engine_of(url)
        with connect.begin() as connection:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type='table'"))
            for (name,) in names.all():
                connection.execute(text(f"DROP TABLE {name}"))
    else:
        connect = engine_of(url)
    with connect.begin() as connection:
        command.upgrade(made_config(connection), "0001")
    connect.dispose()
    return url


def made_config(connection: Connection) -> Config:
    return migrations._config(connection)


def test_old_rows_get_their_derived_columns(
    first_schema: str, parts: list[InspectionRecord]
) -> None:
    connect = engine_of(first_schema)
    with connect.begin() as connection:
        for part in parts:
            insert(connection, "records", old_row(part))
        said = {
            parts[1].id: [
                mark(connection, parts[1], "kim", 0),
                mark(connection, parts[1], "lee", 1),
            ],
            parts[4].id: [
                mark(connection, parts[4], "kim", 0),
                mark(connection, parts[4], "kim", 2),
            ],
            parts[6].id: [mark(connection, parts[6], "", 0)],
        }
    connect.dispose()
    store = open_store(first_schema)
    try:
        check(store, parts, said)
    finally:
        store.close()


def check(store: Database, parts: list[InspectionRecord], said: dict[str, list[Review]]) -> None:
    assert store.find(Query(newest_first=False)) == sorted(parts, key=lambda part: part.id)
    rows = {row.id: row for row in store.rows(Query())}
    for part in parts:
        assert store.reviews(part.id) == said.get(part.id, [])
        assert_derived(store, rows[part.id], part, said.get(part.id, []))
    assert len(store.rows(Query(queued=True))) == 13
    assert len(store.rows(Query(text="sn-00"))) == 10
    assert len(store.rows(Query(text="lot Ä 1"))) == 5
    store.add_review(Review(parts[0].id, START, "kim", "escape"))
    assert len(store.rows(Query(queued=True))) == 14


def assert_derived(
    store: Database, row: RecordRow, part: InspectionRecord, said: list[Review]
) -> None:
    known = derived_of_record(part, said)
    words = store.figures.columns(Query(text=part.serial[:6], limit=0), ["words"])["words"]
    assert words.tolist() == [known.pop("words")]
    for name, value in known.items():
        assert getattr(row, name) == value, name


def test_a_station_that_is_still_of_the_first_schema(
    first_schema: str, parts: list[InspectionRecord]
) -> None:
    """The office is updated first; what the line adds meanwhile is in the queue all the same."""
    open_store(first_schema).close()
    connect = engine_of(first_schema)
    with connect.begin() as connection:
        for part in parts:
            insert(connection, "records", old_row(part))
        said = {parts[4].id: [mark(connection, parts[4], "kim", 0)]}
        said[parts[5].id] = [mark(connection, parts[5], "kim", 0)]
        said[parts[6].id] = [mark(connection, parts[6], "lee", 0)]
    connect.dispose()
    store = open_store(first_schema)
    try:
        check(store, parts, said)
    finally:
        store.close()


def test_an_old_row_is_a_record_without_the_new_facts() -> None:
    record = a_record(Verdict.NG)
    old = {name: value for name, value in to_row(record).items() if name not in NEW}
    assert from_row(old) == record


def test_rows_of_the_second_schema_have_neither_regions_nor_a_place(
    first_schema: str, parts: list[InspectionRecord]
) -> None:
    connect = engine_of(first_schema)
    with connect.begin() as connection:
        command.upgrade(made_config(connection), "0002")
        for part in parts:
            insert(connection, "records", old_row(part))
    connect.dispose()
    store = open_store(first_schema)
    try:
        assert store.find(Query(newest_first=False)) == sorted(parts, key=lambda part: part.id)
        placed = a_record(
            Verdict.NG,
            region_results=(RegionResult("thread", Verdict.NG, 0.7, 0.5),),
            placement=Placement(1.5, -2.25, 0.125, 0.98),
        )
        store.add(placed)
        assert store.get(placed.id) == placed
    finally:
        store.close()
