"""A disk that fills up: a small file system of its own, where the system lets us mount one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.inspection.verdict import Verdict
from app.store import open_store
from app.store.base import Query
from app.store.evidence import EvidenceStore
from app.store.journal import Journal
from tests.app.store.test_writer import WAIT_S, Line, until
from tests.rigs.records import an_inspection

MEGABYTE = 1_000_000
pytestmark = pytest.mark.logs_expected


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("NOT ROOT, NO DISK OF OUR OWN: a full disk is not tested here")
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("MOUNTING IS FORBIDDEN: a full disk is not tested here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_pictures_stop_before_verdicts_do(disk: Path) -> None:
    store = open_store(f"sqlite:///{disk / 'station.db'}")
    line = Line(store, EvidenceStore(disk / "evidence", min_free_bytes=10 * MEGABYTE))
    line.writer.start()
    ids: list[str] = []
    for _ in range(100):
        part = an_inspection(Verdict.NG, size=(256, 256))
        ids.append(part.record.id)
        line.writer.submit(part)
    assert line.writer.close(WAIT_S)
    rows = store.find(Query(limit=1000))
    store.close()
    assert sorted(row.id for row in rows) == sorted(ids)
    assert [row.verdict for row in rows] == [Verdict.NG] * 100
    with_pictures = [row for row in rows if row.evidence]
    assert 10 < len(with_pictures) < 90
    for row in with_pictures:
        assert row.evidence is not None
        assert (disk / "evidence" / row.evidence.image).is_file()
        assert (disk / "evidence" / row.evidence.map).is_file()
    assert any("The disk is nearly full" in sentence for sentence in line.faults)
    assert shutil.disk_usage(disk).free > 5 * MEGABYTE


def test_nothing_half_written_stays_on_a_full_disk(disk: Path) -> None:
    store = open_store(f"sqlite:///{disk.parent / 'station.db'}")
    line = Line(store, EvidenceStore(disk / "evidence", min_free_bytes=0))
    line.writer.start()
    for _ in range(100):
        line.writer.submit(an_inspection(Verdict.NG, size=(256, 256)))
    assert line.writer.close(WAIT_S)
    named = set()
    for row in store.find(Query(limit=1000)):
        if row.evidence:
            named |= {row.evidence.image, row.evidence.map}
    store.close()
    found = {p.relative_to(disk / "evidence").as_posix() for p in disk.rglob("*") if p.is_file()}
    assert named == found
    assert len(line.stored) == 100
    assert any("Pictures cannot be stored" in sentence for sentence in line.faults)


def test_records_wait_while_there_is_no_room_at_all(disk: Path) -> None:
    store = open_store(f"sqlite:///{disk / 'station.db'}")
    line = Line(store, EvidenceStore(disk / "evidence", min_free_bytes=MEGABYTE))
    line.writer.start()
    filler = disk / "filler"
    fill(filler)
    parts = [an_inspection(Verdict.NG) for _ in range(20)]
    for part in parts:
        line.writer.submit(part)
    until(lambda: any("Records cannot be written" in sentence for sentence in line.faults))
    assert len(line.stored) < 20
    filler.unlink()
    until(lambda: len(line.stored) == 20)
    until(lambda: not line.writer.has_pending)
    assert line.writer.close(WAIT_S)
    rows = [row.id for row in store.find(Query(newest_first=False))]
    store.close()
    assert sorted(rows) == sorted(part.record.id for part in parts)
    assert [record.id for record in line.stored] == [part.record.id for part in parts]
    # No torn line was ever left.
    assert not (disk / "pending.jsonl.rejected").exists()
    assert not Journal(disk / "pending.jsonl").pending(1)


def test_what_cannot_be_stored_at_all_is_in_the_log(
    disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(f"sqlite:///{disk / 'station.db'}")
    line = Line(store, EvidenceStore(disk / "evidence", min_free_bytes=MEGABYTE))
    line.writer.start()
    fill(disk / "filler")
    parts = [an_inspection(Verdict.NG) for _ in range(40)]
    for part in parts:
        line.writer.submit(part)
    assert not line.writer.close(1.0)
    until(lambda: not line.writer._thread.is_alive())
    store.close()
    stored = {record.id for record in line.stored}
    lost = [part.record.id for part in parts if part.record.id not in stored]
    assert lost
    for record_id in lost:
        assert f'NOT STORED: {{"id": "{record_id}"' in caplog.text


def fill(path: Path) -> None:
    """Leave not one block free."""
    with path.open("wb", buffering=0) as stream:
        for size in (MEGABYTE, 4096, 1):
            try:
                while stream.write(b"x" * size):
                    pass
            except OSError:
                continue
