from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from app.errors import StoreError
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.store.journal import Journal
from app.store.rows import from_line
from app.store.writer import RecordWriter
from tests.rigs.postgres_server import PostgresServer
from tests.rigs.records import a_record, an_inspection

WAIT_S = 30.0


class Line:
    """A writer with what it said."""

    def __init__(self, store: Database, evidence: EvidenceStore, size: int = 64) -> None:
        self.stored: list[InspectionRecord] = []
        self.faults: list[str] = []
        self.store, self.evidence = store, evidence
        self.writer = RecordWriter(
            store, evidence, self.stored.append, self.faults.append, size, retry_s=0.05
        )

    def run(self, number: int, verdict: Verdict = Verdict.NG) -> list[str]:
        """Submit some parts and wait until each is durable; return their ids."""
        made = [an_inspection(verdict, seed=i) for i in range(number)]
        for inspection in made:
            self.writer.submit(inspection)
        ids = [inspection.record.id for inspection in made]
        until(lambda: set(ids) <= {record.id for record in self.stored})
        return ids

    def rows(self) -> list[str]:
        return [row.id for row in self.store.find(Query(newest_first=False, limit=1000))]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


@pytest.fixture
def line(store: Database, evidence: EvidenceStore) -> Iterator[Line]:
    made = Line(store, evidence)
    made.writer.start()
    yield made
    made.writer.close(WAIT_S)


@pytest.fixture
def lock(database_file: Path) -> Iterator[sqlite3.Connection]:
    """Another program that can lock the database."""
    other = sqlite3.connect(database_file, isolation_level=None)
    yield other
    other.close()


def test_row_and_evidence_are_there_when_it_is_said(
    store: Database, evidence: EvidenceStore
) -> None:
    seen: list[bool] = []

    def on_stored(record: InspectionRecord) -> None:
        row = store.get(record.id)
        assert row is not None
        assert record.evidence is not None
        assert replace(row, latencies=record.latencies) == record
        assert 0 < row.latencies.store <= record.latencies.store
        evidence.load_image(record.evidence)
        seen.append(True)

    writer = RecordWriter(store, evidence, on_stored, pytest.fail)
    writer.start()
    for verdict in Verdict:
        writer.submit(an_inspection(verdict))
    assert writer.close(WAIT_S)
    assert seen == [True] * 4


def test_order_and_number(line: Line) -> None:
    ids = line.run(20)
    assert [record.id for record in line.stored] == ids
    assert sorted(line.rows()) == sorted(ids)
    assert line.faults == []


def test_closing_stores_what_waits(store: Database, evidence: EvidenceStore) -> None:
    line = Line(store, evidence)
    line.writer.start()
    for _ in range(30):
        line.writer.submit(an_inspection(Verdict.NG))
    assert line.writer.close(WAIT_S)
    assert line.writer.close(WAIT_S)
    assert len(line.rows()) == len(line.stored) == 30
    with pytest.raises(StoreError, match="not being stored"):
        line.writer.submit(an_inspection())


def test_a_writer_that_was_not_started_takes_nothing(line: Line, store: Database) -> None:
    idle = Line(store, line.evidence)
    with pytest.raises(StoreError, match="not being stored"):
        idle.writer.submit(an_inspection())
    assert idle.writer.close(1)


@pytest.mark.logs_expected
def test_a_locked_database_costs_no_record(line: Line, lock: sqlite3.Connection) -> None:
    first = line.run(1)
    lock.execute("BEGIN EXCLUSIVE")
    waiting = line.run(10)
    assert line.rows() == first
    assert line.writer.has_pending
    assert any("locked by another program" in sentence for sentence in line.faults)
    lock.execute("ROLLBACK")
    until(lambda: not line.writer.has_pending)
    late = line.run(2)
    assert sorted(line.rows()) == sorted(first + waiting + late)
    assert all(row.evidence for row in line.store.find(Query()))


@pytest.mark.logs_expected
def test_pending_records_survive_a_restart(
    store: Database, evidence: EvidenceStore, lock: sqlite3.Connection
) -> None:
    line = Line(store, evidence)
    line.writer.start()
    lock.execute("BEGIN EXCLUSIVE")
    ids = line.run(5)
    assert line.writer.close(WAIT_S)
    lock.execute("ROLLBACK")
    # One of them had reached the database just before the end.
    journal = Journal(evidence.root.parent / "pending.jsonl")
    known = journal.pending(1)[0].record
    assert known is not None
    store.add(known)
    again = Line(store, evidence)
    again.writer.start()
    until(lambda: not again.writer.has_pending)
    assert again.writer.close(WAIT_S)
    assert sorted(again.rows()) == sorted(ids)
    assert again.stored == []


@pytest.mark.logs_expected
def test_a_server_that_stops_costs_no_record(
    server: PostgresServer, evidence: EvidenceStore
) -> None:
    server.empty()
    store = open_store(server.url, wait_s=0.5)
    line = Line(store, evidence)
    line.writer.start()
    try:
        ids = line.run(3)
        server.stop()
        try:
            ids += line.run(5)
        finally:
            server.start()
        assert any("cannot be reached" in sentence for sentence in line.faults)
        until(lambda: not line.writer.has_pending)
        ids += line.run(1)
        assert sorted(line.rows()) == sorted(ids)
    finally:
        assert line.writer.close(WAIT_S)
        store.close()


@pytest.mark.logs_expected
def test_a_record_that_no_database_takes_blocks_no_other(line: Line) -> None:
    naive = an_inspection(Verdict.NG)
    naive = replace(naive, record=replace(naive.record, taken_utc=datetime(2026, 1, 1)))
    line.writer.submit(naive)
    until(lambda: len(line.stored) == 1)
    ids = line.run(2)
    assert sorted(line.rows()) == sorted(ids)
    rejected = (line.evidence.root.parent / "pending.jsonl.rejected").read_text()
    assert from_line(rejected).id == naive.record.id
    assert line.faults == [
        "The database does not take a value of this entry. "
        "(a time without a time zone cannot be stored)"
    ]


class FaultyDatabase(Database):
    """A database with a bug for records of one lot, and one in looking up."""

    finds = True

    def get(self, record_id: str) -> InspectionRecord | None:
        if not self.finds:
            raise ZeroDivisionError
        return super().get(record_id)

    def add(self, record: InspectionRecord) -> None:
        if record.context.lot == "bug":
            raise ZeroDivisionError
        super().add(record)


@pytest.mark.logs_expected
def test_a_bug_for_one_record_blocks_no_other(database_file: Path, evidence: EvidenceStore) -> None:
    journal = Journal(evidence.root.parent / "pending.jsonl")
    journal.append(pending := a_record(lot="bug"))
    journal.append(good := a_record())
    line = Line(FaultyDatabase(f"sqlite:///{database_file}"), evidence)
    line.writer.start()
    until(lambda: not line.writer.has_pending)
    line.writer.submit(fresh := an_inspection(Verdict.NG, lot="bug"))
    ids = [good.id, *line.run(1)]
    assert line.writer.close(WAIT_S)
    assert sorted(line.rows()) == sorted(ids)
    line.store.close()
    rejected = journal.path.with_name("pending.jsonl.rejected").read_text().splitlines()
    assert [from_line(text).id for text in rejected] == [pending.id, fresh.record.id]
    assert line.faults == ["A record could not be stored; see the log."]


@pytest.mark.logs_expected
def test_new_records_get_their_turn_while_old_ones_fail(
    database_file: Path, evidence: EvidenceStore
) -> None:
    Journal(evidence.root.parent / "pending.jsonl").append(old := a_record())
    store = FaultyDatabase(f"sqlite:///{database_file}")
    store.finds = False
    line = Line(store, evidence)
    line.writer.start()
    ids = line.run(3)
    assert line.writer.has_pending
    store.finds = True
    until(lambda: not line.writer.has_pending)
    assert line.writer.close(WAIT_S)
    assert sorted(line.rows()) == sorted([old.id, *ids])
    store.close()


@pytest.mark.logs_expected
def test_a_damaged_pending_line_is_kept_apart(store: Database, evidence: EvidenceStore) -> None:
    journal = Journal(evidence.root.parent / "pending.jsonl")
    journal.append(record := a_record())
    with journal.path.open("a", encoding="utf-8") as stream:
        stream.write('{"id": "half')
    line = Line(store, evidence)
    line.writer.start()
    until(lambda: not line.writer.has_pending)
    assert line.writer.close(WAIT_S)
    assert line.rows() == [record.id]
    assert journal.path.with_name("pending.jsonl.rejected").read_text() == '{"id": "half\n'
    assert line.faults == ["A pending record is damaged; see the log."]


@pytest.mark.logs_expected
def test_failing_pictures_cost_no_verdict(store: Database, tmp_path: Path) -> None:
    (tmp_path / "evidence").touch()
    line = Line(store, EvidenceStore(tmp_path / "evidence", min_free_bytes=0))
    line.writer.start()
    ids = line.run(3)
    assert line.writer.close(WAIT_S)
    assert sorted(line.rows()) == sorted(ids)
    assert [record.evidence for record in line.stored] == [None] * 3
    assert any("Pictures cannot be stored" in sentence for sentence in line.faults)
    assert len(line.faults) <= 2  # once for saving, once for thinning: not for every part


@pytest.mark.logs_expected
def test_a_map_with_a_bug_costs_no_verdict(line: Line) -> None:
    part = an_inspection(Verdict.NG)
    assert part.prediction is not None
    broken = replace(part.prediction, anomaly_map=np.zeros((0, 0), np.float32))
    line.writer.submit(replace(part, prediction=broken))
    until(lambda: len(line.stored) == 1)
    assert line.rows() == [part.record.id]
    assert line.faults == ["Pictures cannot be stored; verdicts are."]


@pytest.mark.logs_expected
def test_a_listener_that_fails_stops_nothing(store: Database, evidence: EvidenceStore) -> None:
    faults: list[str] = []

    def on_stored(record: InspectionRecord) -> None:
        raise RuntimeError(record.id)

    def on_fault(sentence: str) -> None:
        faults.append(sentence)
        raise RuntimeError(sentence)

    writer = RecordWriter(store, evidence, on_stored, on_fault)
    writer.start()
    for _ in range(3):
        writer.submit(an_inspection(Verdict.NG))
    assert writer.close(WAIT_S)
    assert store.count(Query())[Verdict.NG] == 3
    assert faults == ["A stored record could not be shown."]


@pytest.mark.logs_expected
def test_a_full_queue_waits_and_says_so(store: Database, evidence: EvidenceStore) -> None:
    gate = threading.Event()
    stored: list[str] = []
    faults: list[str] = []

    def on_stored(record: InspectionRecord) -> None:
        gate.wait(WAIT_S)
        stored.append(record.id)

    writer = RecordWriter(store, evidence, on_stored, faults.append, size=2)
    writer.start()
    made = [an_inspection(Verdict.NG) for _ in range(8)]

    def feed() -> None:
        for inspection in made:
            writer.submit(inspection)

    feeder = threading.Thread(target=feed)
    feeder.start()
    until(lambda: bool(faults))
    assert faults == ["Storing is slower than judging; the line waits for the disk."]
    assert stored == []
    gate.set()
    feeder.join(WAIT_S)
    assert writer.close(WAIT_S)
    assert stored == [inspection.record.id for inspection in made]


@pytest.mark.logs_expected
def test_thinning_away_ng_is_told(store: Database, tmp_path: Path) -> None:
    evidence = EvidenceStore(tmp_path / "evidence", quota_bytes=30_000, min_free_bytes=0)
    line = Line(store, evidence)
    line.writer.start()
    ids = line.run(12)
    assert line.writer.close(WAIT_S)
    assert sorted(line.rows()) == sorted(ids)
    assert any("Old pictures of NG parts were removed" in sentence for sentence in line.faults)
