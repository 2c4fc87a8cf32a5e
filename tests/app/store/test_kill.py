"""The process dies in the middle of storing; what it said it stored is there."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from app.store import open_store
from app.store.base import Query
from app.store.database import Database

ROOT = Path(__file__).resolve().parents[3]


def test_every_printed_record_has_one_row_with_its_evidence(tmp_path: Path) -> None:
    printed: list[str] = []
    # Other moments each time; the same home, so that each start finds what a kill left.
    for lines in (1, 7, 20, 33):
        printed += run_and_kill(tmp_path, lines)
        store = open_store(f"sqlite:///{tmp_path / 'station.db'}")
        try:
            check(store, tmp_path / "evidence", printed)
        finally:
            store.close()


def run_and_kill(home: Path, lines: int) -> list[str]:
    """Return all that the program printed until it was killed after some lines."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.rigs.endless_writer", str(home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        printed += process.stdout.readlines()
    assert all(printed), "the program ended by itself"
    return [line.strip() for line in printed if line.endswith("\n")]


def check(store: Database, evidence: Path, printed: list[str]) -> None:
    rows = {record.id: record for record in store.find(Query(limit=100_000))}
    assert len(printed) == len(set(printed))
    assert set(printed) <= set(rows)
    for record in rows.values():
        assert record.evidence is not None
        assert sha256(evidence / record.evidence.image) == record.evidence.image_sha256
        if record.evidence.map:
            assert sha256(evidence / record.evidence.map) == record.evidence.map_sha256


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
