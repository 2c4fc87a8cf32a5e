"""What every record store does, over SQLite and over a real PostgreSQL server."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from sqlalchemy import inspect, text, update

from app.errors import StoreError
from app.inspection.record import Evidence, InspectionRecord
from app.inspection.verdict import Verdict
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from app.store.failures import Refused
from app.store.migrations import upgrade
from app.store.schema import MAJOR, MINOR, metadata, schema_version
from tests.rigs.records import a_record, records

# A fresh store for every example would test nothing more: ids are new each time.
on_one_store = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@on_one_store
@given(record=records())
def test_a_record_comes_back_as_it_was(store: Database, record: InspectionRecord) -> None:
    store.add(record)
    assert store.get(record.id) == record


def test_an_unknown_record_is_none(store: Database) -> None:
    assert store.get("no such id") is None


def test_what_no_database_takes_is_replaced(store: Database) -> None:
    record = a_record(serial="A\0B", source="\ud800", lot="로트 7")
    store.add(record)
    found = store.get(record.id)
    assert found is not None
    assert (found.serial, found.source, found.context.lot) == (
        "A\N{REPLACEMENT CHARACTER}B",
        "?",
        "로트 7",
    )


def test_numbers_that_are_none_are_not_stored(store: Database) -> None:
    record = a_record(score=float("nan"), mm_per_px=float("inf"))
    store.add(record)
    found = store.get(record.id)
    assert found is not None
    assert (found.score, found.mm_per_px) == (None, None)


def test_an_id_is_taken_once(store: Database) -> None:
    record = a_record()
    store.add(record)
    with pytest.raises(Refused):
        store.add(replace(record, serial="other"))
    assert store.get(record.id) == record


def test_a_time_without_zone_is_refused(store: Database) -> None:
    with pytest.raises(Refused):
        store.add(a_record(taken_utc=datetime(2026, 1, 1)))
    assert store.find(Query()) == []


def test_a_number_out_of_range_is_refused(store: Database) -> None:
    with pytest.raises(Refused, match="does not take a value"):
        store.add(a_record(recipe_version=2**70))


def test_recipe_versions(store: Database) -> None:
    store.save_recipe("{1}", "볼트", 1, "kim", "first")
    store.save_recipe("{2}", "볼트", 2, "kim", "limit raised")
    store.save_recipe("{}", "nut", 5, "", "")
    with pytest.raises(Refused):
        store.save_recipe("{other}", "볼트", 2, "lee", "")
    assert store.recipe("볼트") == "{2}"
    assert store.recipe("볼트", 1) == "{1}"
    assert store.recipe("볼트", 3) is None
    assert store.recipe("none") is None
    assert store.recipes() == [("nut", 5), ("볼트", 2)]


def test_the_history_of_a_recipe(store: Database) -> None:
    store.save_recipe("{1}", "볼트", 1, "kim", "first")
    store.save_recipe("{2}", "볼트", 2, "이순신", "limit raised")
    store.save_recipe("{}", "nut", 5, "", "")
    newest, oldest = store.recipe_history("볼트")
    assert (newest.version, newest.author, newest.reason) == (2, "이순신", "limit raised")
    assert (oldest.version, oldest.author, oldest.reason) == (1, "kim", "first")
    assert newest.saved_utc >= oldest.saved_utc
    assert oldest.saved_utc.tzinfo is not None
    assert store.recipe_history("none") == []


def test_evidence_is_forgotten_for_the_named_records(store: Database) -> None:
    evidence = Evidence("a.png", "b" * 64, "a.map.png", "c" * 64, 0.0, 1.0)
    made = [a_record(evidence=evidence) for _ in range(30)]
    for record in made:
        store.add(record)
    store.forget_evidence([record.id for record in made[:10]] + ["unknown"] * 1200)
    found = {record.id: record for record in store.find(Query())}
    assert [found[r.id].evidence is None for r in made] == [True] * 10 + [False] * 20
    store.forget_evidence([])


def test_threads_may_add_at_once(store: Database) -> None:
    problems: list[BaseException] = []

    def add() -> None:
        try:
            for _ in range(20):
                store.add(a_record())
        except StoreError as error:
            problems.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert store.count(Query())[Verdict.OK] == 80


def test_records_survive_closing(url: str) -> None:
    store = open_store(url)
    record = a_record()
    store.add(record)
    store.close()
    store.close()
    again = open_store(url)
    assert again.get(record.id) == record
    again.close()


def set_version(url: str, major: int, minor: int) -> None:
    store = open_store(url)
    with store._write() as connection:
        connection.execute(update(schema_version).values(major=major, minor=minor))
    store.close()


def test_a_newer_major_is_refused(url: str) -> None:
    set_version(url, MAJOR + 1, 0)
    with pytest.raises(StoreError, match="newer version of this program") as refused:
        open_store(url)
    assert refused.value.code == "store-newer"


def test_a_newer_minor_is_used(url: str) -> None:
    set_version(url, MAJOR, MINOR + 1)
    store = open_store(url)
    store.add(a_record())
    store.close()


def test_migrations_lead_to_the_tables(store: Database) -> None:
    with store._read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        found = connection.execute(schema_version.select()).one()
    assert tuple(found) == (MAJOR, MINOR)


def test_a_migration_that_dies_leaves_nothing(store: Database) -> None:
    with store._write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))

    def die() -> None:
        with store._write() as connection:
            upgrade(connection)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    with store._read() as connection:
        assert inspect(connection).get_table_names() == []
