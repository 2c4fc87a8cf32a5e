from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model import checkpoint
from model.backbone import TINY
from model.detectors.few_shot_clip import FewShotClip
from model.errors import DatasetError, ModelError
from model.fusion import Fusion
from model.memory_bank import Patches, patch_places
from model.predictor import Predictor
from model.teach import Lesson, TeachingCancelled, default_fusion, teach
from model.trials import Trials, trial_pictures
from tests.model.tiny_clip import backbone, info, picture, predictor, zero_shot


def part(seed: int, *, hole: bool = False) -> np.ndarray:
    """A plain part with little noise; `hole` puts a dark spot on it."""
    image = np.full((96, 96, 3), 150, np.uint8)
    image[20:76, 30:66] = (90, 120, 160)
    if hole:
        image[40:56, 40:56] = 10
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def good(count: int) -> list[np.ndarray]:
    return [part(seed) for seed in range(count)]


# the first block of a random tower still knows where it looks
NEAR = Lesson(Fusion((1,), text_map=0.0, text_image=0.0), max_rows=300, copies=1)
QUICK = Lesson(max_rows=200, copies=1)


def taught(count: int) -> Predictor:
    detector, calibration = teach(predictor(size=96), good(count), lesson=NEAR)
    return Predictor(detector, calibration, info(detector))


@pytest.mark.parametrize("count", [1, 3, 6, 12])
def test_new_good_parts_stay_below_the_limits_and_a_hole_does_not(count: int) -> None:
    judge = taught(count)
    limits = judge.calibration
    assert limits.is_usable
    assert limits.n_normal == count
    for seed in range(500, 506):
        assert judge.predict(part(seed)).score < limits.limit
    holed = judge.predict(part(600, hole=True))
    assert holed.score > limits.limit
    y, x = np.unravel_index(holed.anomaly_map.argmax(), holed.anomaly_map.shape)
    assert holed.anomaly_map.max() > limits.map_limit
    assert 28 <= y <= 68
    assert 28 <= x <= 68


def test_a_single_image_works_and_is_called_a_guess() -> None:
    _, calibration = teach(predictor(), good(1), lesson=QUICK)
    assert calibration.method.startswith("1 normal image, judged on changed copies")
    assert "guess" in calibration.method
    _, calibration = teach(predictor(), good(6), lesson=QUICK)
    assert calibration.method.startswith("6 normal images, each judged without itself")


def test_same_seed_same_bits_and_another_seed_other_shots() -> None:
    first, limits = teach(predictor(), good(8), shots=4, seed=5, lesson=QUICK)
    again, same = teach(predictor(), good(8), shots=4, seed=5, lesson=QUICK)
    other, _ = teach(predictor(), good(8), shots=4, seed=6, lesson=QUICK)
    assert limits == same
    assert torch.equal(first.bank.rows, again.bank.rows)
    assert not torch.equal(first.bank.rows, other.bank.rows)
    assert first.n_shots == 4


def test_the_bank_is_bounded_and_turning_fills_it() -> None:
    small, _ = teach(predictor(), good(3), lesson=Lesson(max_rows=20))
    assert small.bank.rows.shape[0] == 20
    plain, _ = teach(predictor(), good(2), lesson=Lesson(copies=0))
    copied, _ = teach(predictor(), good(2), lesson=Lesson(copies=2))
    turned, _ = teach(predictor(), good(2), lesson=Lesson(copies=0, turned=True))
    # 4 x 4 patches a picture
    counts = [one.bank.rows.shape[0] for one in (plain, copied, turned)]
    assert counts == [32, 96, 256]


def test_teaching_again_starts_from_the_text_alone() -> None:
    once = taught(3)
    twice, limits = teach(once, good(3), lesson=NEAR)
    assert isinstance(twice, FewShotClip)
    assert twice.base is once.detector.base
    assert limits == once.calibration


def test_progress_and_cancelling() -> None:
    calls: list[tuple[int, int]] = []
    teach(
        predictor(), good(3), progress=lambda done, total: calls.append((done, total)), lesson=QUICK
    )
    assert calls == [(step, 9) for step in range(1, 10)]
    with pytest.raises(TeachingCancelled, match="stopped"):
        teach(predictor(), good(3), cancelled=lambda: True)


@pytest.mark.parametrize(("count", "shots"), [(0, None), (3, 4), (3, 0), (3, 201)])
def test_too_few_or_too_many_shots_are_refused(count: int, shots: int | None) -> None:
    with pytest.raises(DatasetError, match="Cannot learn from"):
        teach(predictor(), good(count), shots=shots)


def test_a_picture_that_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ModelError, match="between 32 and 8192"):
        teach(predictor(), [np.zeros((20, 20, 3), np.uint8)])


def test_long_strips_are_taught_in_tiles() -> None:
    strips = [picture(seed, 64, 400) for seed in range(3)]
    detector, calibration = teach(predictor(), strips, lesson=QUICK)
    assert detector.bank.rows.shape[0] == 200
    assert calibration.is_usable


def test_grey_pictures_are_taught_as_they_are_judged() -> None:
    grey = [image[:, :, 0].copy() for image in good(3)]
    detector, calibration = teach(predictor(), grey, lesson=QUICK)
    judge = Predictor(detector, calibration, info(detector))
    assert judge.predict(part(700)[:, :, 0].copy()).score < calibration.limit


def test_what_was_taught_survives_the_file(tmp_path: Path) -> None:
    judge = taught(4)
    file = tmp_path / "part.safetensors"
    checkpoint.save(
        file,
        judge.detector,
        judge.calibration,
        name="part",
        backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )
    loaded = checkpoint.load(file, device="cpu", weight_folders=[backbone().file.parent])
    assert loaded.info.n_shots == 4
    for seed in (1, 900):
        before, after = judge.predict(part(seed)), loaded.predict(part(seed))
        assert before.score == after.score
        assert np.array_equal(before.anomaly_map, after.anomaly_map)


def test_nothing_that_was_taught_can_be_trained_by_accident() -> None:
    detector, _ = teach(predictor(), good(2), lesson=QUICK)
    assert not any(value.requires_grad for value in detector.parameters())
    assert not any(buffer.is_inference() for buffer in detector.buffers())


def test_choices_follow_the_depth_of_the_backbone_and_the_number_of_shots() -> None:
    few, many = default_fusion(zero_shot(), 1), default_fusion(zero_shot(), 100)
    assert few.layers == many.layers == (2, 4)
    assert few.text_map > many.text_map > 0
    assert few.text_image > many.text_image > 0


@pytest.mark.parametrize("count", [2, 10, 11, 23])
def test_every_shot_is_tried_once_by_a_bank_without_its_rows(count: int) -> None:
    detector, _ = teach(predictor(), good(1), lesson=NEAR)
    torch.manual_seed(0)
    patches = [Patches(torch.randn(4, 1, 256), patch_places((2, 2))) for _ in range(count)]
    trials = Trials(detector, patches, [()] * count, 10_000, 0)
    seen: list[int] = []
    for inside, bank in trials._groups:
        assert bank.rows.shape[0] == 4 * (count - len(inside))
        for index in range(count):
            distance = bank.distances(patches[index].rows[None], (2, 2)).min()
            assert (distance > 0.2) == (index in inside)
        seen.extend(inside)
    assert sorted(seen) == list(range(count))


def test_few_shots_are_tried_with_changed_copies_too() -> None:
    image = part(1)
    alone = trial_pictures(image, 1, 0)
    few = trial_pictures(image, 3, 0)
    assert not any(np.array_equal(one, image) for one in alone)
    assert np.array_equal(few[0], image)
    assert len(few) > 1
    assert all(one.shape == image.shape and one.dtype == np.uint8 for one in (*alone, *few))
    assert len(trial_pictures(image, 5, 0)) == 1
