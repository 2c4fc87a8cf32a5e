from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.errors import StoreError
from app.inspection.recipe import Recipe
from app.inspection.record import Context, InspectionRecord
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.store.kept import Priority
from app.store.recipe_retention import rules_of
from app.store.retention import Thinned, folder_size
from app.store.retention_log import RetentionLog
from app.store.writer import RecordWriter
from tests.rigs.records import an_inspection

STATION = "station-1"
DAYS: dict[str, Any] = {"keep_days_ok": 2, "keep_days_doubtful": 10, "keep_days_ng": 30}


def keep(
    store: Database,
    evidence: EvidenceStore,
    verdict: Verdict,
    age_days: float,
    recipe: str = "bolt",
    station: str = STATION,
    sampled: bool = False,
) -> InspectionRecord:
    part = an_inspection(verdict, age_days=age_days, recipe=Recipe(name=recipe, keep_ok_every=1))
    record = replace(part.record, recipe=recipe, context=Context(station, "L1"), sampled=sampled)
    part = replace(part, record=record)
    record = replace(record, evidence=evidence.save(part))
    store.add(record)
    return record


def save_recipe(store: Database, name: str = "bolt", version: int = 1, **rules: Any) -> None:
    recipe = Recipe(name=name, version=version, **rules)
    store.save_recipe(recipe.to_json(), name, version, "kim", "test")


def left(store: Database, root: Path) -> set[str]:
    """Return the parts that still have evidence; rows and files must agree."""
    rows = {record.id: record for record in store.find(Query(limit=1000)) if record.evidence}
    files = {path.name.partition(".")[0] for path in root.rglob("*") if path.is_file()}
    assert files == set(rows)
    return set(rows)


def thin_all(store: Database, evidence: EvidenceStore) -> list[Thinned]:
    done = []
    while (one := evidence.thin(store, STATION)) is not None:
        assert one.parts
        done.append(one)
    return done


def test_the_days_of_a_recipe(store: Database, evidence: EvidenceStore) -> None:
    save_recipe(store, **DAYS)
    save_recipe(store, "nut")
    kept = [
        keep(store, evidence, Verdict.OK, 1),
        keep(store, evidence, Verdict.REVIEW, 9),
        keep(store, evidence, Verdict.ERROR, 9),
        keep(store, evidence, Verdict.NG, 29),
        keep(store, evidence, Verdict.OK, 9, sampled=True),
        keep(store, evidence, Verdict.OK, 400, recipe="nut"),
        keep(store, evidence, Verdict.OK, 400, recipe="gone"),
        keep(store, evidence, Verdict.NG, 400, station="station-2"),
    ]
    reviewed = keep(store, evidence, Verdict.OK, 29)
    store.add_review(Review(reviewed.id, datetime.now(UTC), "kim", "confirmed"))
    gone = [
        keep(store, evidence, Verdict.OK, 3),
        keep(store, evidence, Verdict.REVIEW, 11),
        keep(store, evidence, Verdict.ERROR, 11),
        keep(store, evidence, Verdict.OK, 11, sampled=True),
        keep(store, evidence, Verdict.NG, 31),
    ]
    old = keep(store, evidence, Verdict.OK, 31)
    store.add_review(Review(old.id, datetime.now(UTC), "kim", "escape"))
    done = thin_all(store, evidence)
    assert left(store, evidence.root) == {record.id for record in [*kept, reviewed]}
    assert sum(one.parts for one in done) == len(gone) + 1
    assert {one.recipe for one in done} == {"bolt"}
    # They were no longer wanted: nobody has to be warned.
    assert not any(one.is_serious or one.for_room for one in done)
    assert evidence._bytes() == folder_size(evidence.root)
    assert sum(store.count(Query()).values()) == len(kept) + 1 + len(gone) + 1


def test_the_quota_of_a_recipe_takes_the_least_needed_first(
    store: Database, evidence: EvidenceStore
) -> None:
    size = None
    made = {}
    for verdict in (Verdict.NG, Verdict.OK, Verdict.REVIEW):
        for number in range(4):
            record = keep(store, evidence, verdict, 20 - number)
            made[verdict, number] = record
            size = size or folder_size(evidence.root)
    other = keep(store, evidence, Verdict.OK, 100, recipe="nut")
    reviewed = made[Verdict.OK, 0]
    store.add_review(Review(reviewed.id, datetime.now(UTC), "kim", "confirmed"))
    total = folder_size(evidence.root)
    assert size is not None
    # Room for a little more than half: the OK parts, REVIEW, and the oldest NG must go.
    save_recipe(store, quota_gb=(size * 4.8) / 1e9)
    done = thin_all(store, evidence)
    kept = left(store, evidence.root)
    assert other.id in kept
    assert reviewed.id in kept
    assert {made[Verdict.OK, n].id for n in (1, 2, 3)} & kept == set()
    assert {made[Verdict.REVIEW, n].id for n in range(4)} & kept == set()
    ng = [made[Verdict.NG, n].id in kept for n in range(4)]
    assert ng == sorted(ng), "the oldest NG go first"
    assert 0 < sum(ng) < 4
    assert all(one.for_room for one in done)
    assert any(one.is_serious for one in done)
    assert sum(one.freed_bytes for one in done) == total - folder_size(evidence.root)


def test_the_quota_holds_while_parts_come(store: Database, evidence: EvidenceStore) -> None:
    first = keep(store, evidence, Verdict.NG, 0)
    size = folder_size(evidence.root)
    save_recipe(store, quota_gb=10 * size / 1e9)
    assert evidence.thin(store, STATION) is None
    for _ in range(40):
        keep(store, evidence, Verdict.OK, 0)
        evidence.thin(store, STATION)
        assert folder_size(evidence.root) <= 11 * size
    assert first.id in left(store, evidence.root)


def test_other_rules_of_the_newest_version_hold(store: Database, evidence: EvidenceStore) -> None:
    save_recipe(store, keep_days_ok=2)
    save_recipe(store, version=2, keep_days_ok=20)
    (rule,) = rules_of(store)
    assert rule.days == {Priority.OK: 20}
    record = keep(store, evidence, Verdict.OK, 10)
    assert thin_all(store, evidence) == []
    assert left(store, evidence.root) == {record.id}


@pytest.mark.logs_expected
def test_a_damaged_recipe_has_no_rules(store: Database, caplog: pytest.LogCaptureFixture) -> None:
    store.save_recipe("{", "bolt", 1, "", "")
    save_recipe(store, "nut", keep_days_ng=3)
    with caplog.at_level(logging.WARNING):
        assert [rule.recipe for rule in rules_of(store)] == ["nut"]
    assert "bolt" in caplog.text


def test_a_folder_that_is_not_connected_forgets_nothing(
    store: Database, evidence: EvidenceStore, tmp_path: Path
) -> None:
    save_recipe(store, **DAYS, quota_gb=1e-9)
    record = keep(store, evidence, Verdict.OK, 100)
    away = tmp_path / "away"
    evidence.root.rename(away)
    elsewhere = EvidenceStore(evidence.root, min_free_bytes=0)
    elsewhere._by_recipe.step(store, STATION)
    away.rename(evidence.root)
    assert left(store, evidence.root) == {record.id}


def test_without_a_station_the_rules_rest(store: Database, evidence: EvidenceStore) -> None:
    save_recipe(store, **DAYS)
    keep(store, evidence, Verdict.OK, 100)
    assert evidence.thin(store) is None


def test_a_hundred_parts_at_a_time(store: Database, evidence: EvidenceStore) -> None:
    save_recipe(store, **DAYS)
    for _ in range(120):
        keep(store, evidence, Verdict.OK, 5)
    assert [one.parts for one in thin_all(store, evidence)] == [100, 20]
    assert left(store, evidence.root) == set()


def test_the_writer_tells_what_went(store: Database, evidence: EvidenceStore) -> None:
    save_recipe(store, **DAYS)
    old = keep(store, evidence, Verdict.NG, 100)
    writer = RecordWriter(store, evidence, lambda _: None, pytest.fail)
    writer.start()
    for verdict in (Verdict.OK, Verdict.NG):
        writer.submit(an_inspection(verdict, recipe=Recipe(name="bolt")))
    assert writer.close(30)
    (event,) = store.events.find(kinds=("retention",))
    assert (event.station, event.details["parts"]) == (STATION, 1)
    assert event.details["removed"] == {"OK": 0, "DOUBTFUL": 0, "NG": 1, "REVIEWED": 0}
    assert (event.details["recipes"], event.details["for_room"]) == ({"bolt": 1}, 0)
    assert "1 parts" in event.text
    found = store.get(old.id)
    assert found is not None
    assert (found.verdict, found.evidence) == (Verdict.NG, None)


class Silent:
    """A store whose table of events fails until it is told otherwise."""

    def __init__(self, store: Database) -> None:
        self.events = self
        self.fails = True
        self._store = store

    def add(self, event: object) -> None:
        if self.fails:
            raise StoreError("the database is gone")
        self._store.events.add(event)  # type: ignore[arg-type]


@pytest.mark.logs_expected
def test_events_wait_for_the_database_and_for_each_other(store: Database) -> None:
    silent = Silent(store)
    told = RetentionLog(silent)  # type: ignore[arg-type]
    told.tell(at_once=True)
    told.add(Thinned(1000, {Priority.OK: 3}), STATION)
    told.tell()
    silent.fails = False
    told.add(Thinned(500, {Priority.NG: 1}, recipe="bolt"), STATION)
    told.add(Thinned(), STATION)
    told.tell()
    assert store.events.find() == []
    told.tell(at_once=True)
    told.tell(at_once=True)
    (event,) = store.events.find()
    assert (event.details["parts"], event.details["bytes"]) == (4, 1500)
    assert event.details["recipes"] == {"bolt": 1}
    assert event.details["for_room"] == 4


def test_drawn_parts_outlive_the_other_ok_parts_when_the_station_is_full(
    store: Database, tmp_path: Path
) -> None:
    evidence = EvidenceStore(tmp_path / "evidence", min_free_bytes=0)
    drawn = keep(store, evidence, Verdict.OK, 9, sampled=True)
    plain = [keep(store, evidence, Verdict.OK, n) for n in range(3)]
    evidence._quota = folder_size(evidence.root) - 1
    evidence.thin(store, STATION)
    kept = left(store, evidence.root)
    assert drawn.id in kept
    assert [record.id in kept for record in plain] == [True, True, False]


def test_ages_are_of_the_picture(store: Database, evidence: EvidenceStore) -> None:
    save_recipe(store, keep_days_ok=1)
    record = keep(store, evidence, Verdict.OK, 1)
    found = store.kept.oldest("bolt", STATION, Priority.OK)
    assert [kept.record_id for kept in found] == [record.id]
    before = record.taken_utc
    assert store.kept.oldest("bolt", STATION, Priority.OK, before) == []
    assert store.kept.oldest("bolt", STATION, Priority.OK, before + timedelta(seconds=1)) == found
