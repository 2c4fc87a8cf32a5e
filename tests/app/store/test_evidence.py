from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.errors import StoreError
from app.inspection.recipe import Recipe
from app.inspection.record import Evidence
from app.inspection.verdict import Verdict
from app.store.database import Database
from app.store.evidence import EvidenceStore
from tests.rigs.records import an_inspection


def files(root: Path) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())


@pytest.mark.parametrize("verdict", [Verdict.NG, Verdict.REVIEW])
def test_picture_and_map_are_kept(evidence: EvidenceStore, verdict: Verdict) -> None:
    inspection = an_inspection(verdict, recipe=Recipe(name="bolt", keep_ok_every=0))
    kept = evidence.save(inspection)
    assert kept is not None
    record, frame, prediction = inspection.record, inspection.frame, inspection.prediction
    assert frame is not None
    assert prediction is not None
    stem = f"{record.taken_utc:%Y-%m-%d}/{verdict.value}/{record.id}"
    assert (kept.image, kept.map) == (f"{stem}.png", f"{stem}.map.png")
    assert files(evidence.root) == sorted([kept.image, kept.map])
    data = (evidence.root / kept.image).read_bytes()
    assert kept.image_sha256 == hashlib.sha256(data).hexdigest()
    assert np.array_equal(evidence.load_image(kept), frame.image)
    found = evidence.load_map(kept)
    assert found is not None
    assert np.abs(found - prediction.anomaly_map).max() < 1e-4


def test_drawn_ok_parts_are_kept_beside_the_others(evidence: EvidenceStore) -> None:
    none, every = Recipe(name="bolt", keep_ok_every=0), Recipe(name="bolt", keep_ok_every=2)
    drawn, other = (an_inspection(Verdict.OK, recipe=none, sampled=flag) for flag in (True, False))
    assert evidence.save(drawn) is not None
    assert evidence.save(other) is None
    flags = (False, True, False, True, False)
    kept = [evidence.save(an_inspection(Verdict.OK, recipe=every, sampled=f)) for f in flags]
    assert [one is not None for one in kept] == [False, True, True, True, False]


def test_an_error_keeps_its_picture(evidence: EvidenceStore) -> None:
    kept = evidence.save(an_inspection(Verdict.ERROR))
    assert kept is not None
    assert kept.map == ""
    assert evidence.load_map(kept) is None


def test_without_a_picture_there_is_nothing_to_keep(evidence: EvidenceStore) -> None:
    inspection = an_inspection(Verdict.ERROR)
    assert evidence.save(replace(inspection, frame=None)) is None
    assert inspection.frame is not None
    for odd in (np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3))):
        frame = replace(inspection.frame, image=odd)
        assert evidence.save(replace(inspection, frame=frame)) is None
    assert not evidence.root.exists()


@pytest.mark.parametrize(("every", "kept"), [(0, []), (1, [0, 1, 2, 3, 4, 5, 6]), (3, [0, 3, 6])])
def test_ok_is_sampled_by_count(evidence: EvidenceStore, every: int, kept: list[int]) -> None:
    recipe = Recipe(name="bolt", keep_ok_every=every)
    saved = [evidence.save(an_inspection(recipe=recipe)) for _ in range(7)]
    assert [i for i, found in enumerate(saved) if found is not None] == kept


def test_each_recipe_has_its_own_sample(evidence: EvidenceStore) -> None:
    recipe = Recipe(name="any", keep_ok_every=3)
    saved = [evidence.save(an_inspection(recipe=recipe, **{"recipe_version": 1})) for _ in range(2)]
    other = an_inspection(recipe=recipe)
    assert saved[1] is None
    assert evidence.save(replace(other, record=replace(other.record, recipe="nut"))) is not None


def test_jpeg_when_the_recipe_says_so(evidence: EvidenceStore) -> None:
    kept = evidence.save(an_inspection(Verdict.NG, recipe=Recipe(name="b", evidence_format="jpg")))
    assert kept is not None
    assert kept.image.endswith(".jpg")
    assert (evidence.root / kept.image).read_bytes().startswith(b"\xff\xd8")


def test_a_nearly_full_disk_takes_no_pictures(tmp_path: Path) -> None:
    evidence = EvidenceStore(tmp_path / "evidence", min_free_bytes=1 << 60)
    with pytest.raises(StoreError, match="nearly full") as full:
        evidence.save(an_inspection(Verdict.NG))
    assert full.value.code == "disk-full"
    assert files(evidence.root) == []


def test_a_failing_map_takes_the_picture_with_it(
    evidence: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspection = an_inspection(Verdict.NG)
    day = f"{inspection.record.taken_utc:%Y-%m-%d}"
    # A folder lies where the map should go.
    (evidence.root / day / "NG" / f"{inspection.record.id}.map.png").mkdir(parents=True)
    with pytest.raises(StoreError, match="Pictures cannot be stored"):
        evidence.save(inspection)
    assert files(evidence.root) == []


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "evidence").touch()
    with pytest.raises(StoreError, match="Pictures cannot be stored"):
        EvidenceStore(tmp_path / "evidence").save(an_inspection(Verdict.NG))


def test_changed_and_missing_files_are_no_evidence(evidence: EvidenceStore) -> None:
    kept = evidence.save(an_inspection(Verdict.NG))
    assert kept is not None
    path = evidence.root / kept.image
    data = bytearray(path.read_bytes())
    data[-30] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match="changed or damaged"):
        evidence.load_image(kept)
    path.unlink()
    with pytest.raises(StoreError, match="is gone"):
        evidence.load_image(kept)


def test_a_record_cannot_name_a_file_elsewhere(evidence: EvidenceStore, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    stolen = Evidence("../secret.png", hashlib.sha256(b"x").hexdigest())
    with pytest.raises(StoreError, match="outside the evidence folder"):
        evidence.load_image(stolen)


def test_what_a_crash_left_unfinished_goes(evidence: EvidenceStore, store: Database) -> None:
    folder = evidence.root / "2026-01-01" / "NG"
    folder.mkdir(parents=True)
    old, new = folder / "a.png.part", folder / "b.png.part"
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    hour_ago = time.time() - 3600
    os.utime(old, (hour_ago, hour_ago))
    evidence.thin(store)
    assert not old.exists()
    assert new.exists()
