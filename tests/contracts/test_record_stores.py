"""What every record store does, over SQLite and over a real PostgreSQL server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text, update

from app.errors import StoreError
from app.inspection.record import Evidence, InspectionRecord
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from app.store.failures import Refused
from app.store.migrations import upgrade
from app.store.schema import MAJOR, MINOR, metadata, schema_version
from tests.rigs.postgres_server import PostgresServer, postgres_server
from tests.rigs.records import a_record, records

# A fresh store for every example would test nothing more: ids are new each time.
on_one_store = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{(tmp_path / 'new folder' / 'station.db').as_posix()}"
    found: PostgresServer = request.getfixturevalue("server")
    found.empty()
    return found.url


@pytest.fixture
def store(url: str) -> Iterator[Database]:
    opened = open_store(url)
    yield opened
    opened.close()


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


@pytest.fixture
def forty(store: Database) -> list[InspectionRecord]:
    verdicts = list(Verdict)
    made = [
        a_record(
            verdicts[i % 4],
            lot=f"L{i % 3}",
            recipe="bolt" if i % 5 else "nut",
            serial=f"SN_{i:02d}%",
            taken_utc=START + timedelta(minutes=i),
            score=None if i % 4 == 3 else i / 40,
        )
        for i in range(40)
    ]
    for record in made:
        store.add(record)
    for record in made[::6]:
        store.add_review(Review(record.id, START, "kim", "confirmed"))
    return sorted(made, key=lambda record: record.id)


def matches(record: InspectionRecord, query: Query, reviewed: set[str]) -> bool:
    """Say the same as the store in plain Python."""
    score = record.score
    wanted = query.text.lower()
    return (
        (not query.verdicts or record.verdict in query.verdicts)
        and query.lot in (None, record.context.lot)
        and query.recipe in (None, record.recipe)
        and (wanted in record.serial.lower() or wanted in record.context.lot.lower())
        and (query.since is None or record.taken_utc >= query.since)
        and (query.until is None or record.taken_utc < query.until)
        and (query.score_from is None or (score is not None and score >= query.score_from))
        and (query.score_to is None or (score is not None and score < query.score_to))
        and (query.reviewed is None or query.reviewed == (record.id in reviewed))
    )


moments = st.none() | st.integers(-5, 45).map(lambda minutes: START + timedelta(minutes=minutes))
queries = st.builds(
    Query,
    verdicts=st.lists(st.sampled_from(Verdict), max_size=2, unique=True).map(tuple),
    lot=st.sampled_from([None, "L0", "L2", "none"]),
    recipe=st.sampled_from([None, "bolt", "nut"]),
    text=st.sampled_from(["", "sn_0", "%", "_", "l1", "39", "\\", "x"]),
    since=moments,
    until=moments,
    score_from=st.none() | st.floats(0, 1),
    score_to=st.none() | st.floats(0, 1),
    reviewed=st.sampled_from([None, True, False]),
    newest_first=st.booleans(),
    limit=st.integers(0, 50),
)


@on_one_store
@given(query=queries)
def test_filters(store: Database, forty: list[InspectionRecord], query: Query) -> None:
    reviewed = {record.id for record in forty if store.reviews(record.id)}
    expected = [record for record in forty if matches(record, query, reviewed)]
    if query.newest_first:
        expected.reverse()
    assert store.find(query) == expected[: query.limit]
    counted = store.count(query)
    assert counted == {v: sum(r.verdict is v for r in expected) for v in Verdict}


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("verdicts", [(), (Verdict.NG,)])
def test_pages_cover_all_once(
    store: Database,
    forty: list[InspectionRecord],
    newest_first: bool,
    verdicts: tuple[Verdict, ...],
) -> None:
    query = Query(verdicts=verdicts, newest_first=newest_first, limit=7)
    seen: list[str] = []
    while page := store.find(query):
        seen += [record.id for record in page]
        query = replace(query, after_id=page[-1].id)
    wanted = [record.id for record in forty if not verdicts or record.verdict in verdicts]
    assert seen == sorted(wanted, reverse=newest_first)


def test_reviews_are_added_never_edited(store: Database) -> None:
    record = a_record(Verdict.NG)
    store.add(record)
    second = Review(record.id, START + timedelta(hours=1), "", "confirmed")
    first = Review(record.id, START, "이순신", "false-call", "긁힌 자국이 아님")
    store.add_review(second)
    store.add_review(first)
    assert store.reviews(record.id) == [first, second]
    assert store.get(record.id) == record
    with pytest.raises(Refused):
        store.add_review(first)


def test_a_review_needs_its_record(store: Database) -> None:
    with pytest.raises(Refused):
        store.add_review(Review("no such id", START, "", "unsure"))


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
