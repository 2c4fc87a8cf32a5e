"""What every store does with events, golden samples, baselines, filters and figures."""

from __future__ import annotations

import logging
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text

from app.errors import StoreError
from app.inspection.event import Event
from app.inspection.golden import GoldenSample
from app.inspection.record import Optics
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.database import Database
from app.store.failures import Refused
from app.store.filters import SavedFilter
from tests.rigs.records import a_record

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def test_events_come_back_newest_first(store: Database) -> None:
    made = [
        Event(
            START + timedelta(minutes=i),
            "fault" if i % 2 else "started",
            f"station-{i % 3}",
            recipe="볼트",
            text="카메라 없음",
            details={"code": "camera-lost", "seconds": 1.5 * i, "list": [1, None]},
        )
        for i in range(6)
    ]
    for event in made:
        store.events.add(event)
    assert store.events.find() == made[::-1]
    assert store.events.find(limit=2) == made[:3:-1]
    assert store.events.find(kinds=("fault",)) == made[5::-2]
    assert store.events.find(station="station-0") == [made[3], made[0]]
    since, until = START + timedelta(minutes=1), START + timedelta(minutes=3)
    assert store.events.find(since, until) == [made[2], made[1]]
    with pytest.raises(Refused):
        store.events.add(made[0])


def a_sample(name: str, recipe: str = "bolt") -> GoldenSample:
    return GoldenSample(
        recipe, name, f"{recipe}/{name}.png", "a" * 64, Verdict.NG, 0.75, 0.01, "b" * 64, START
    )


def test_golden_samples_are_retired_never_removed(store: Database) -> None:
    first, second, other = a_sample("one"), a_sample("둘"), a_sample("one", "nut")
    for sample in (first, second, other):
        store.golden.add(sample)
    assert store.golden.samples("bolt") == sorted([first, second], key=lambda one: one.id)
    with pytest.raises(Refused):
        store.golden.add(a_sample("one"))
    store.golden.retire(first.id, START)
    store.golden.retire(first.id, START + timedelta(days=1))
    store.golden.retire("unknown", START)
    assert store.golden.samples("bolt") == [second]
    assert store.golden.samples("nut") == [other]
    again = a_sample("one")
    store.golden.add(again)
    assert again in store.golden.samples("bolt")
    anew = replace(a_sample(again.name), added_at=START)
    store.golden.replace(again.id, anew)
    assert anew in store.golden.samples("bolt")
    assert again not in store.golden.samples("bolt")
    with pytest.raises(Refused):
        # Its name is taken: the one that it should replace stays in use.
        store.golden.replace(second.id, a_sample(anew.name))
    assert second in store.golden.samples("bolt")
    with store._read() as connection:
        found = connection.execute(
            text("SELECT retired_at FROM golden_samples WHERE id = :id"), {"id": first.id}
        ).scalar()
    assert str(found).startswith("2026-03-01")


def test_the_newest_baseline(store: Database) -> None:
    assert store.baselines.newest("bolt", "a" * 64) is None
    for number in range(3):
        store.baselines.save("bolt", "a" * 64, f"{{{number}}}", "kim")
    store.baselines.save("bolt", "b" * 64, "{other}", "kim")
    assert store.baselines.newest("bolt", "a" * 64) == "{2}"
    assert store.baselines.newest("bolt", "b" * 64) == "{other}"
    assert store.baselines.newest("nut", "a" * 64) is None


FULL = Query(
    verdicts=(Verdict.NG, Verdict.REVIEW),
    lot="로트 7",
    recipe="bolt",
    text="SN%",
    since=START,
    until=START + timedelta(hours=9),
    score_from=0.25,
    score_to=0.75,
    reviewed=False,
    shift="early",
    product="p",
    recipe_version=3,
    checkpoint_sha256="a" * 64,
    defect="dent",
    queued=True,
    sampled=False,
    findings=("unsure",),
    part="good",
    second_opinion_by="kim",
    disputed=True,
    order="score",
    newest_first=False,
)


def test_filters_are_kept_by_name(store: Database) -> None:
    # A new field of the query must not be forgotten.
    page = {"after_id", "after_score", "limit"}
    assert {f.name for f in fields(Query) if getattr(FULL, f.name) == f.default} == page
    full, empty = SavedFilter("open NG", FULL, "kim", "week"), SavedFilter("all", Query())
    store.filters.save(full)
    store.filters.save(SavedFilter("all", Query(after_id="x", after_score=1.0, limit=7)))
    assert store.filters.all() == [empty, full]
    changed = replace(empty, query=Query(lot="L1"), saved_by="lee")
    store.filters.save(changed)
    assert store.filters.all() == [changed, full]
    store.filters.remove("all")
    store.filters.remove("unknown")
    assert store.filters.all() == [full]


@pytest.mark.logs_expected
@pytest.mark.parametrize(
    "document", ["{", "[]", '{"colour": "red"}', '{"verdicts": 3}', '{"since": "noon"}']
)
def test_a_filter_of_another_program_is_left_out(
    store: Database, document: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.filters.save(SavedFilter("odd", Query()))
    store.filters.save(SavedFilter("sound", Query(lot="L1")))
    with store._write() as connection:
        connection.execute(
            text("UPDATE saved_filters SET document = :d WHERE name = 'odd'"), {"d": document}
        )
    with caplog.at_level(logging.WARNING):
        assert [saved.name for saved in store.filters.all()] == ["sound"]
    assert "odd" in caplog.text


@pytest.fixture
def thirty(store: Database) -> Database:
    store.add_many(
        [
            a_record(
                list(Verdict)[i % 4],
                lot=f"L{i % 3}",
                taken_utc=START + timedelta(minutes=50 * i, microseconds=i),
                score=None if i % 4 == 3 else i / 30,
                optics=Optics(float(i), 1, 2, 3, 4, 5) if i % 2 else None,
                sampled=i % 5 == 0,
                class_probabilities=(("dent", 0.5),) if i == 7 else (),
            )
            for i in range(30)
        ]
    )
    return store


def test_columns_are_arrays_in_id_order(thirty: Database) -> None:
    records = thirty.find(Query(newest_first=False))
    names = ["score", "brightness", "sampled", "taken_utc", "lot", "id", "finding", "reasons"]
    found = thirty.figures.columns(Query(limit=0), names)
    assert list(found) == names
    assert found["id"].tolist() == [record.id for record in records]
    assert found["lot"].tolist() == [record.context.lot for record in records]
    assert found["finding"].tolist() == [None] * 30
    assert found["reasons"].tolist() == [list(record.decision.reasons) for record in records]
    for name in ("score", "brightness", "sampled", "taken_utc"):
        assert found[name].dtype == np.float64
    expected = [np.nan if record.score is None else record.score for record in records]
    np.testing.assert_array_equal(found["score"], expected)
    bright = [record.optics.brightness if record.optics else np.nan for record in records]
    np.testing.assert_array_equal(found["brightness"], bright)
    taken = [record.taken_utc.timestamp() for record in records]
    np.testing.assert_allclose(found["taken_utc"], taken, rtol=0, atol=1e-6)
    assert found["sampled"].tolist() == [float(record.sampled) for record in records]


def test_columns_of_some_records(thirty: Database) -> None:
    ids = [record.id for record in thirty.find(Query())]
    newest = thirty.figures.columns(Query(limit=4), ["id"])["id"]
    assert newest.tolist() == ids[3::-1]
    highest = thirty.figures.columns(Query(limit=3, order="score"), ["score"])["score"]
    assert sorted(highest) == [26 / 30, 28 / 30, 29 / 30]
    none = thirty.figures.columns(Query(lot="none", limit=0), ["score", "lot", "taken_utc"])
    assert [values.shape for values in none.values()] == [(0,)] * 3
    assert none["score"].dtype == np.float64
    with pytest.raises(KeyError):
        thirty.figures.columns(Query(), ["no such column"])


def test_counts_by_column_hour_and_day(thirty: Database) -> None:
    assert thirty.figures.counts(Query(), []) == [((), 30)]
    assert thirty.figures.counts(Query(limit=3), ["lot"]) == [
        (("L0",), 10),
        (("L1",), 10),
        (("L2",), 10),
    ]
    records = thirty.find(Query())
    for name, seconds in (("hour", 3600), ("day", 86400)):
        numbers = [int(record.taken_utc.timestamp()) // seconds for record in records]
        expected = [((number,), numbers.count(number)) for number in sorted(set(numbers))]
        assert thirty.figures.counts(Query(), [name]) == expected
    by_both = thirty.figures.counts(Query(verdicts=(Verdict.NG,)), ["verdict", "day"])
    assert sum(count for _, count in by_both) == 8
    assert all(verdict == "NG" and isinstance(day, int) for (verdict, day), _ in by_both)


def test_counts_sort_what_nobody_said_first(thirty: Database) -> None:
    record = thirty.find(Query(verdicts=(Verdict.NG,)))[0]
    thirty.add_review(Review(record.id, START, "kim", "confirmed"))
    assert thirty.figures.counts(Query(), ["part"]) == [((None,), 29), (("defective",), 1)]


def test_figures_of_a_closed_file_are_a_store_error(thirty: Database) -> None:
    with thirty._write() as connection:
        connection.execute(text("ALTER TABLE records RENAME TO gone"))
    with pytest.raises(StoreError):
        thirty.figures.columns(Query(limit=0), ["score"])
    with pytest.raises(StoreError):
        thirty.figures.counts(Query(), ["lot"])
