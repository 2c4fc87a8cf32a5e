from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from app.errors import StoreError
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Decision, Verdict
from app.review.why import CheckpointGone, Why
from model import checkpoint
from model.backbone import TINY
from model.predictor import Predictor
from model.teach import Lesson, teach
from model.types import Region
from tests.model.test_teach import NEAR, good, part
from tests.model.tiny_clip import backbone, predictor

ROI = (10, 20, 96, 96)
REGION = Region(((50, 60), (66, 60), (66, 76)), 200.0, 2.0, (50, 60, 67, 77))
LESSON = Lesson(NEAR.fusion, max_rows=200, copies=0, names=("a.png", "b.png"))


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    detector, calibration = teach(predictor(size=96), good(2), lesson=LESSON)
    file = tmp_path_factory.mktemp("taught") / "part.safetensors"
    checkpoint.save(
        file, detector, calibration, name="part", backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )  # fmt: skip
    return file


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def record(checkpoint_sha256: str) -> InspectionRecord:
    from tests.rigs.records import a_record

    return a_record(
        Verdict.NG,
        checkpoint_sha256=checkpoint_sha256,
        region_of_interest=ROI,
        decision=Decision(Verdict.NG, ("score-above-limit",), (REGION,)),
    )


class Loader:
    def __init__(self) -> None:
        self.loaded: list[str] = []

    def __call__(self, path: str) -> Predictor:
        self.loaded.append(Path(path).name)
        return checkpoint.load(Path(path), device="cpu", weight_folders=[backbone().file.parent])


def frame() -> np.ndarray:
    image = np.full((140, 120, 3), 30, np.uint8)
    image[20:116, 10:106] = part(600, hole=True)
    return image


def test_the_checkpoint_is_found_by_its_hash_and_kept(taught: Path, tmp_path: Path) -> None:
    other = tmp_path / "part.safetensors"
    other.write_bytes(taught.read_bytes() + b"x")
    load = Loader()
    why = Why((tmp_path / "none", tmp_path, taught.parent), load)
    for _ in range(2):
        found = why.explain(record(sha256(taught)), frame(), 0)
        assert found is not None
        assert found.name in LESSON.names
        # the region counts in the whole frame, the hole in the region of interest
        assert found.suspicious.min() < 30 < 60 < found.normal.min()
    assert load.loaded == ["part.safetensors"]


def test_a_checkpoint_that_is_not_here_is_said(taught: Path) -> None:
    with pytest.raises(CheckpointGone, match="not on this computer"):
        Why((taught.parent,), Loader()).explain(record("0" * 64), frame(), 0)


def test_a_picture_that_does_not_fit_is_refused(taught: Path) -> None:
    with pytest.raises(StoreError, match="smaller than the region"):
        Why((taught.parent,), Loader()).explain(record(sha256(taught)), frame()[:90], 0)
