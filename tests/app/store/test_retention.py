from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.inspection.judgement import Inspection
from app.inspection.record import InspectionRecord
from app.inspection.review import Review
from app.inspection.verdict import Verdict
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.store.kept import Priority
from app.store.retention import folder_size, thin
from tests.rigs.records import an_inspection


@pytest.fixture
def kept(store: Database, evidence: EvidenceStore) -> list[InspectionRecord]:
    """Three parts of each verdict, mixed in time, oldest first."""
    made = []
    for i in range(12):
        verdict = [Verdict.NG, Verdict.OK, Verdict.ERROR, Verdict.REVIEW][i % 4]
        made.append(saved(store, evidence, an_inspection(verdict, age_days=12 - i)))
    # Ids of the same millisecond are in no order.
    return sorted(made, key=lambda record: record.id)


def saved(store: Database, evidence: EvidenceStore, part: Inspection) -> InspectionRecord:
    record = replace(part.record, evidence=evidence.save(part))
    store.add(record)
    return record


def left(store: Database, root: Path) -> list[str]:
    """Return the parts that still have evidence; rows and files must agree."""
    rows = {record.id: record for record in store.find(Query(limit=1000)) if record.evidence}
    for record in rows.values():
        assert record.evidence is not None
        for name in filter(None, (record.evidence.image, record.evidence.map)):
            assert (root / name).is_file()
    files = {path.name.partition(".")[0] for path in root.rglob("*") if path.is_file()}
    assert files == set(rows)
    return sorted(rows)


def ids(records: list[InspectionRecord], *verdicts: Verdict) -> list[str]:
    # two of the same millisecond have ids in any order
    return sorted(record.id for record in records if record.verdict in verdicts)


def test_the_order_of_removal(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    reviewed = next(record for record in kept if record.verdict is Verdict.OK)
    store.add_review(Review(reviewed.id, datetime.now(UTC), "kim", "confirmed"))
    order = [one for one in ids(kept, Verdict.OK) if one != reviewed.id]
    order += ids(kept, Verdict.ERROR, Verdict.REVIEW)
    order += [*ids(kept, Verdict.NG), reviewed.id]
    everything = sorted(order)
    assert left(store, evidence.root) == everything
    for i in range(len(order)):
        thinned = thin(evidence.root, store, 1, Priority.REVIEWED)
        assert left(store, evidence.root) == sorted(order[i + 1 :])
        assert thinned.is_serious == (i >= len(order) - 4)
        assert sum(thinned.removed.values()) == 1
    assert len(store.find(Query())) == 12
    assert thin(evidence.root, store, 1, Priority.REVIEWED).removed == {}


def test_ng_and_reviewed_stay_when_others_fill_the_disk(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    thinned = thin(evidence.root, store, 1 << 60, Priority.DOUBTFUL)
    assert left(store, evidence.root) == ids(kept, Verdict.NG)
    assert not thinned.is_serious


def test_empty_folders_go_with_their_files(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    thin(evidence.root, store, 1 << 60, Priority.REVIEWED)
    assert list(evidence.root.rglob("*")) == []
    assert folder_size(evidence.root) == 0


def test_files_without_a_row_go_too(store: Database, evidence: EvidenceStore) -> None:
    evidence.save(an_inspection(Verdict.OK))
    thin(evidence.root, store, 1, Priority.OK)
    assert folder_size(evidence.root) == 0


def test_the_quota_holds_while_parts_come(store: Database, tmp_path: Path) -> None:
    quota = 200_000
    evidence = EvidenceStore(tmp_path / "evidence", quota_bytes=quota, min_free_bytes=0)
    newest_ng = []
    for i in range(60):
        evidence._thin_again_at = 0.0
        evidence.thin(store)
        verdict = Verdict.NG if i % 10 == 0 else Verdict.OK
        record = saved(store, evidence, an_inspection(verdict, seed=i))
        newest_ng += [record.id] * (verdict is Verdict.NG)
        assert folder_size(evidence.root) < quota + 20_000
        assert evidence._bytes() == folder_size(evidence.root)
    assert set(newest_ng) <= set(left(store, evidence.root))


def test_nothing_is_scanned_below_the_quota(
    store: Database, evidence: EvidenceStore, kept: list[InspectionRecord]
) -> None:
    assert evidence.thin(store) is None
    assert len(left(store, evidence.root)) == 12


@pytest.mark.logs_expected
def test_a_file_that_cannot_be_removed_is_taken_next_time(
    store: Database, evidence: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(store, evidence, an_inspection(Verdict.OK))

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(f"{path} is open in another program")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert thin(evidence.root, store, 1, Priority.OK).freed_bytes == 0
    size = folder_size(evidence.root)
    assert size > 0
    assert thin(evidence.root, store, 1, Priority.OK).freed_bytes == size
    assert folder_size(evidence.root) == 0


def test_many_parts_go_in_batches(store: Database, evidence: EvidenceStore) -> None:
    folder = evidence.root / "2026-01-01" / "OK"
    folder.mkdir(parents=True)
    for number in range(450):
        (folder / f"{number:03d}.png").write_bytes(b"x" * 10)
    thinned = thin(evidence.root, store, 4350, Priority.OK)
    assert thinned.removed == {Priority.OK: 435}
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{number:03d}.png" for number in range(435, 450)
    ]
