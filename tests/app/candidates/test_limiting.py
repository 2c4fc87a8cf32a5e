"""Limits for a checkpoint that has none, from parts that are really stored."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.candidates.errors import CandidateError, CheckCancelled
from app.candidates.limiting import LEAST, GoodParts, good_parts, with_limits
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.paths import Home
from app.store.database import open_store
from app.store.evidence import EvidenceStore
from model import checkpoint
from model.backbone import TINY
from model.types import Calibration
from tests.model.tiny_clip import backbone, zero_shot
from tests.rigs.reviewed import Shop

RECIPE = Recipe(name="bolt")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = paths.Home(tmp_path / "station")
    made.checkpoints.mkdir(parents=True)
    shutil.copy(backbone().file, made.checkpoints / f"{TINY}.safetensors")
    return made


@pytest.fixture
def shop(home: Home) -> Iterator[Shop]:
    store = open_store(home.database_url)
    yield Shop(store, EvidenceStore(home.evidence, min_free_bytes=0))
    store.close()


@pytest.fixture
def bare(home: Home) -> Path:
    path = home.checkpoints / "epoch_3.safetensors"
    checkpoint.save(
        path, zero_shot(), Calibration(), name="run", backbone_name=TINY,
        backbone_sha256=backbone().sha256, extra={"epoch": 3},
    )  # fmt: skip
    return path


def stocked(shop: Shop, count: int = LEAST) -> GoodParts:
    for number in range(count):
        shop.part(Verdict.OK, "good" if number % 2 else "", recipe="bolt")
    shop.part(Verdict.NG, "defective", recipe="bolt")
    shop.part(Verdict.OK, "defective", recipe="bolt")
    return good_parts(shop.store, "bolt", 100)


def test_good_is_what_a_person_called_so_and_what_passed(shop: Shop) -> None:
    shop.part(Verdict.NG, "good", recipe="bolt")
    shop.part(Verdict.OK, recipe="nut")
    found = stocked(shop, 4)
    assert found.reviewed == 3
    assert len(found.records) == 5
    assert all(record.recipe == "bolt" for record in found.records)
    assert good_parts(shop.store, "bolt", 2).reviewed == 2


def test_the_new_file_has_limits_and_the_old_one_stays(shop: Shop, home: Home, bare: Path) -> None:
    before, parts = bare.read_bytes(), stocked(shop)
    told: list[tuple[str, int, int]] = []
    out = home.checkpoints / "limited.safetensors"
    info = with_limits(
        bare, out, RECIPE, parts, shop.evidence, home, "limited", "cpu",
        lambda *step: told.append(step),
    )  # fmt: skip
    assert bare.read_bytes() == before
    assert info == checkpoint.inspect(out)
    assert info.calibration.is_usable
    assert info.calibration.n_normal == len(parts.records)
    assert "stored parts of bolt, 5 reviewed" in info.calibration.method
    assert (info.name, info.extra) == ("limited", {"epoch": 3})
    assert told[-1] == ("judge", len(parts.records), len(parts.records))


def test_too_few_parts_are_a_sentence(shop: Shop, home: Home, bare: Path) -> None:
    parts, out = stocked(shop, 3), home.checkpoints / "limited.safetensors"
    with pytest.raises(CandidateError, match="Limits need 10 good parts with pictures, there are"):
        with_limits(bare, out, RECIPE, parts, shop.evidence, home)
    assert not out.exists()


def test_pictures_that_are_gone_do_not_count(shop: Shop, home: Home, bare: Path) -> None:
    parts, out = stocked(shop), home.checkpoints / "limited.safetensors"
    kept = parts.records[0].evidence
    assert kept is not None
    (shop.evidence.root / kept.image).unlink()
    with pytest.raises(CandidateError, match="there are 9"):
        with_limits(bare, out, RECIPE, parts, shop.evidence, home, device="cpu")


def test_cancelled_writes_nothing(shop: Shop, home: Home, bare: Path) -> None:
    parts, out = stocked(shop), home.checkpoints / "limited.safetensors"
    with pytest.raises(CheckCancelled):
        with_limits(
            bare, out, RECIPE, parts, shop.evidence, home, device="cpu", cancelled=lambda: True
        )
    assert not out.exists()
