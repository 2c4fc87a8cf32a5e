from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import StoreError
from app.inspection.record import Evidence, InspectionRecord
from app.inspection.verdict import Verdict
from app.store import integrity
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.store.integrity import BadFile, verify
from tests.rigs.records import a_record, an_inspection


@pytest.fixture
def kept(store: Database, evidence: EvidenceStore) -> list[InspectionRecord]:
    """Eight parts: NG with picture and map, ERROR with a picture, one OK without any."""
    made = []
    for i in range(8):
        part = an_inspection(Verdict.ERROR if i % 4 == 3 else Verdict.NG, seed=i)
        made.append(replace(part.record, evidence=evidence.save(part)))
    store.add_many([*made, a_record()])
    for path in evidence.root.rglob("*.png"):
        os.utime(path, (time.time() - 100,) * 2)
    return sorted(made, key=lambda record: record.id)


def files(record: InspectionRecord) -> Evidence:
    assert record.evidence is not None
    return record.evidence


def test_sound_files(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    told: list[tuple[int, int]] = []
    found = verify(store, evidence, Query(), lambda done, total: told.append((done, total)))
    assert (found.records, found.without_files) == (9, 1)
    assert (found.checked, found.sound, found.bad) == (14, 14, ())
    assert found.orphaned == 0
    assert found.is_sound
    assert told == [(i, 9) for i in range(1, 10)]


def test_what_is_wrong_is_named(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    with_maps = [record for record in kept if files(record).map]
    gone, changed, cut = with_maps[:3]
    (evidence.root / files(gone).image).unlink()
    data = bytearray((evidence.root / files(changed).map).read_bytes())
    data[len(data) // 2] ^= 1
    (evidence.root / files(changed).map).write_bytes(data)
    (evidence.root / files(cut).image).write_bytes(b"")
    stray = evidence.root / "2026-01-01" / "OK" / "somebody.png"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"x")
    os.utime(stray, (time.time() - 100,) * 2)
    found = verify(store, evidence, Query(lot=None, newest_first=False, limit=3))
    assert (found.checked, found.sound, found.missing, found.changed) == (14, 11, 1, 2)
    assert found.orphaned == 1
    assert not found.is_sound
    assert set(found.bad) == {
        BadFile(gone.id, files(gone).image, "missing"),
        BadFile(changed.id, files(changed).map, "changed"),
        BadFile(cut.id, files(cut).image, "changed"),
        BadFile("somebody", "2026-01-01/OK/somebody.png", "orphaned"),
    }


def test_a_part_of_the_records_says_nothing_of_orphans(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    evidence.save(an_inspection(Verdict.NG))
    found = verify(store, evidence, Query(verdicts=(Verdict.ERROR,)))
    assert (found.records, found.checked, found.orphaned) == (2, 2, None)
    assert found.is_sound


def test_a_file_that_was_just_written_is_no_orphan(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    evidence.save(an_inspection(Verdict.NG))
    for path in evidence.root.rglob("*.png"):
        os.utime(path, (time.time() + 5,) * 2)
    assert verify(store, evidence, Query()).orphaned == 0


def test_it_ends_when_told(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    asked: list[bool] = []

    def enough() -> bool:
        asked.append(True)
        return len(asked) > 3

    found = verify(store, evidence, Query(), cancelled=enough)
    assert (found.records, found.is_complete, found.orphaned) == (3, False, None)
    assert not found.is_sound
    assert found.bad == ()


def test_files_that_were_thinned_meanwhile_are_not_missing(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    def thin() -> bool:
        store.forget_evidence([record.id for record in kept])
        for path in evidence.root.rglob("*.png"):
            path.unlink()
        return False

    found = verify(store, evidence, Query(), cancelled=thin)
    assert (found.missing, found.without_files, found.checked) == (0, 9, 0)


def test_more_than_a_page(
    store: Database,
    evidence: EvidenceStore,
    kept: list[InspectionRecord],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(integrity, "_PAGE", 3)
    found = verify(store, evidence, Query())
    assert (found.records, found.checked, found.is_sound) == (9, 14, True)


def test_a_name_that_leads_out_of_the_folder(store: Database, evidence: EvidenceStore) -> None:
    evidence.root.mkdir()
    outside = Evidence("../station.db", "a" * 64)
    store.add(record := a_record(evidence=outside))
    found = verify(store, evidence, Query())
    assert found.bad == (BadFile(record.id, "../station.db", "unreadable"),)


@pytest.mark.logs_expected
def test_a_file_that_the_disk_does_not_give(store: Database, evidence: EvidenceStore) -> None:
    (evidence.root / "folder.png").mkdir(parents=True)
    store.add(record := a_record(evidence=Evidence("folder.png", "a" * 64)))
    found = verify(store, evidence, Query())
    assert found.bad == (BadFile(record.id, "folder.png", "unreadable"),)


def test_a_folder_that_is_not_connected(
    store: Database, kept: list[InspectionRecord], tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="is not there; connect it"):
        verify(store, EvidenceStore(tmp_path / "elsewhere"), Query())
