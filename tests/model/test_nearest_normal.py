from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from model import checkpoint
from model.backbone import TINY
from model.checkpoint_header import NORMALS_KEY
from model.detectors.ad_clip import AdClip
from model.errors import CheckpointError
from model.learners import learner
from model.learning.choices import choices_of
from model.learning.material import Material
from model.learning.watch import Watch
from model.nearest_normal import nearest_normal
from model.normal_pictures import MOST_BYTES, NormalPictures
from model.predictor import Predictor
from model.teach import Lesson, teach
from model.types import Calibration
from tests.model.test_teach import NEAR, good, part
from tests.model.tiny_clip import LIMITS, backbone, info, predictor, zero_shot
from tests.model.tiny_patchcore import backbones

NAMES = ("one.png", "two.png", "three.png")
LESSON = Lesson(NEAR.fusion, max_rows=300, copies=1, names=NAMES)


@pytest.fixture(scope="module")
def judge() -> Predictor:
    detector, calibration = teach(predictor(size=96), good(3), lesson=LESSON)
    return Predictor(detector, calibration, info(detector))


def test_a_hole_stands_beside_the_plain_surface_of_the_same_place(judge: Predictor) -> None:
    found = nearest_normal(judge, part(600, hole=True), (40, 40, 56, 56))
    assert found is not None
    assert found.suspicious.shape == found.normal.shape == (320, 320, 3)
    assert found.suspicious.min() < 30
    # nothing as dark as the hole in any good part
    assert found.normal.min() > 60
    assert found.distance > 2 * found.typical > 0
    assert found.name == NAMES[found.number - 1]
    for x, y, width, height in (found.suspicious_spot, found.normal_spot):
        assert 0 <= x + width / 2 <= 320
        assert 0 <= y + height / 2 <= 320


def test_a_good_place_finds_itself(judge: Predictor) -> None:
    found = nearest_normal(judge, part(1), (20, 30, 60, 66))
    assert found is not None
    assert found.distance < 0.5
    assert (found.number, found.name) == (2, "two.png")
    assert np.abs(found.suspicious.astype(float) - found.normal).mean() < 8


@pytest.mark.parametrize("coordinates", ["0", "16"])
def test_patchcore_shows_what_it_compares_with(coordinates: str) -> None:
    way = learner("patchcore")
    given = {"size": "96", "rows": "300", "coordinates": coordinates}
    made = way.learn(
        Material(good(3), names=NAMES), choices_of(way.choices, given), backbones(), "cpu", Watch()
    )
    judging = Predictor(made.detector, made.calibration, info(made.detector))
    found = nearest_normal(judging, part(600, hole=True), (40, 40, 56, 56))
    assert found is not None
    assert found.distance > found.typical > 0
    assert found.suspicious.min() < 30
    assert found.normal.min() > 60
    assert found.name == NAMES[found.number - 1]
    known = nearest_normal(judging, part(1), (20, 30, 60, 66))
    assert known is not None
    assert known.distance < 0.5 * found.distance


def test_a_box_smaller_than_a_patch_takes_the_nearest_patch(judge: Predictor) -> None:
    assert nearest_normal(judge, part(600, hole=True), (47, 47, 49, 49)) is not None
    assert nearest_normal(judge, part(600), (95, 95, 96, 96)) is not None


def test_strips_are_looked_at_in_the_tile_of_the_box() -> None:
    strips = [np.hstack([part(seed)] * 5) for seed in range(2)]
    detector, calibration = teach(predictor(size=96), strips, lesson=NEAR)
    judge = Predictor(detector, calibration, info(detector))
    broken = strips[0].copy()
    broken[40:56, 424:440] = 10
    found = nearest_normal(judge, broken, (424, 40, 440, 56))
    assert found is not None
    assert found.suspicious.min() < 30 < 60 < found.normal.min()


def test_without_a_bank_there_is_nothing_to_compare_with() -> None:
    for kind in ("anomaly_clip", "few_shot_clip", "sowa"):
        assert nearest_normal(predictor(kind), part(1), (10, 10, 30, 30)) is None


def saved(judge: Predictor, file: Path) -> Path:
    checkpoint.save(
        file,
        judge.detector,
        judge.calibration,
        name="part",
        backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )
    return file


def loaded(file: Path) -> Predictor:
    return checkpoint.load(file, device="cpu", weight_folders=[backbone().file.parent])


def test_the_pictures_survive_the_file_and_change_no_score(
    judge: Predictor, tmp_path: Path
) -> None:
    again = loaded(saved(judge, tmp_path / "part.safetensors"))
    image = part(600, hole=True)
    before, after = (nearest_normal(one, image, (40, 40, 56, 56)) for one in (judge, again))
    assert before is not None
    assert after is not None
    assert np.array_equal(before.normal, after.normal)
    assert (before.name, before.normal_spot) == (after.name, after.normal_spot)
    assert judge.predict(image).score == again.predict(image).score


def test_programs_that_do_not_know_the_pictures_find_the_tensors_they_expect(
    judge: Predictor, tmp_path: Path
) -> None:
    file = saved(judge, tmp_path / "part.safetensors")
    with safe_open(file, "pt") as content:
        assert set(content.keys()) == set(judge.detector.checkpoint_state())
        assert NORMALS_KEY in content.metadata()
    bare = Predictor(judge.detector, judge.calibration, judge.info)
    kept, bare.detector.normals = judge.detector.normals, None
    try:
        without = loaded(saved(bare, tmp_path / "bare.safetensors"))
    finally:
        judge.detector.normals = kept
    assert without.detector.normals is None
    assert nearest_normal(without, part(600), (40, 40, 56, 56)) is None
    assert torch.equal(without.detector.bank.rows, judge.detector.bank.rows)


def test_ad_clip_hands_its_banks_pictures_on(judge: Predictor, tmp_path: Path) -> None:
    torch.manual_seed(1)
    detector = AdClip(zero_shot(96), ("good", "hole"), 32, (8, 8, 16, 16)).eval()
    assert detector.normals is None
    detector.taught = judge.detector
    again = loaded(saved(Predictor(detector, LIMITS, judge.info), tmp_path / "ad.safetensors"))
    found = nearest_normal(again, part(600, hole=True), (40, 40, 56, 56))
    assert found is not None
    assert found.name in NAMES


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"files": ["!"], "names": ["a"], "origins": ""}',
     '{"files": [], "names": ["a"], "origins": ""}',
     '{"files": [], "names": [], "origins": "AAAAAAAA"}'],
)  # fmt: skip
def test_damaged_pictures_are_refused(text: str) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        NormalPictures.from_text(text)
    broken = NormalPictures((b"no jpeg",), ("a",), np.zeros((1, 3), np.uint16))
    with pytest.raises(CheckpointError, match="damaged"):
        broken.picture(0)


def test_many_large_pictures_keep_to_the_bound() -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 255, (700, 900, 3), np.uint8) for _ in range(12)]
    origins = np.array([[11, 0.25, 1.0]], np.float32)
    kept = NormalPictures.of(noise, ["x"] * 12, origins)
    assert len(kept) == 12
    assert sum(map(len, kept.files)) <= MOST_BYTES
    assert max(kept.picture(0).shape) < 700
    assert kept.origin(0) == (11, pytest.approx(0.25, abs=1e-4), 1.0)
    few = NormalPictures.of([part(1)], ["x"], np.zeros((1, 3), np.float32))
    assert few.picture(0).shape == (96, 96, 3)


def test_no_limits_are_needed() -> None:
    detector, _ = teach(predictor(size=96), good(1), lesson=NEAR)
    judge = Predictor(detector, Calibration(), info(detector))
    found = nearest_normal(judge, part(0), (40, 40, 56, 56))
    assert found is not None
    assert found.name == "1"
