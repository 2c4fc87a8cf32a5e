from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from model import checkpoint
from model.backbone import TINY
from model.detectors.sowa import Sowa
from model.errors import DatasetError, ModelError
from model.predictor import Predictor
from model.teach import Lesson, TeachingCancelled, teach
from model.teach_sowa import _groups
from tests.model.tiny_clip import LIMITS, backbone, info, picture, sowa


def part(seed: int, *, hole: bool = False) -> np.ndarray:
    """A plain part with little noise; `hole` puts a bright pattern on it."""
    image = np.full((96, 96, 3), 150, np.uint8)
    image[20:76, 30:66] = (90, 120, 160)
    if hole:
        image[36:60, 36:60] = (20, 250, 20)
        image[44:52, 36:60] = 0
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def good(count: int) -> list[np.ndarray]:
    return [part(seed) for seed in range(count)]


def start(shots: int = 0) -> Predictor:
    detector = sowa(shots)
    return Predictor(detector, LIMITS, info(detector))


def taught(count: int, lesson: Lesson | None = None) -> Predictor:
    detector, calibration = teach(start(), good(count), lesson=lesson)
    return Predictor(detector, calibration, info(detector))


@pytest.mark.parametrize("count", [1, 3, 6])
def test_new_good_parts_stay_below_the_limit_and_a_hole_does_not(count: int) -> None:
    judge = taught(count)
    assert isinstance(judge.detector, Sowa)
    assert judge.detector.n_shots == judge.calibration.n_normal == count
    assert judge.calibration.is_usable
    for seed in range(500, 504):
        assert judge.predict(part(seed)).score < judge.calibration.limit
    assert judge.predict(part(600, hole=True)).score > judge.calibration.limit


def test_the_memory_is_the_pictures_and_copies_only_if_asked_for() -> None:
    # 4 x 4 patches a picture
    assert taught(3).detector.memory.rows.shape == (2, 48, 128)
    assert taught(3, Lesson(copies=2)).detector.memory.rows.shape[1] == 144
    assert taught(2, Lesson(copies=0, turned=True)).detector.memory.rows.shape[1] == 256
    assert taught(3, Lesson(copies=0, max_rows=20)).detector.memory.rows.shape[1] == 20


def test_the_score_of_a_normal_part_lies_near_the_range() -> None:
    judge = taught(6)
    low, high = judge.detector.map_range.tolist()
    assert 0 < low < high
    for seed in range(700, 703):
        peak = float(judge.predict(part(seed)).anomaly_map.max())
        assert low - (high - low) < peak < high + (high - low)


@pytest.mark.parametrize("count", [2, 10, 11, 23])
def test_every_shot_is_tried_once_by_a_memory_without_its_rows(count: int) -> None:
    torch.manual_seed(0)
    rows = [torch.nn.functional.normalize(torch.randn(4, 2, 128), dim=-1) for _ in range(count)]
    seen: list[int] = []
    for memory, inside in _groups(sowa(), rows, 10_000, 0):
        assert memory.rows.shape[1] == 4 * (count - len(inside))
        for index in range(count):
            # (N, L, E) -> (1, L, N, E)
            distance = float(memory.distances(rows[index].transpose(0, 1)[None]).min())
            assert (distance > 0.2) == (index in inside)
        seen.extend(inside)
    assert sorted(seen) == list(range(count))


def test_same_seed_same_bits_and_another_seed_other_shots() -> None:
    first, limits = teach(start(), good(8), shots=4, seed=5)
    again, same = teach(start(), good(8), shots=4, seed=5)
    other, _ = teach(start(), good(8), shots=4, seed=6)
    assert isinstance(first, Sowa)
    assert isinstance(again, Sowa)
    assert isinstance(other, Sowa)
    assert limits == same
    assert torch.equal(first.memory.rows, again.memory.rows)
    assert not torch.equal(first.memory.rows, other.memory.rows)


def test_teaching_leaves_the_start_as_it_was_and_forgets_its_shots() -> None:
    before = start(shots=2)
    state = {key: value.clone() for key, value in before.detector.checkpoint_state().items()}
    detector, _ = teach(before, good(3))
    assert detector.n_shots == 3
    assert before.detector.n_shots == 2
    for key, value in before.detector.checkpoint_state().items():
        assert torch.equal(value, state[key])
    assert torch.equal(detector.text_features, before.detector.text_features)
    assert not any(value.requires_grad for value in detector.parameters())
    assert not any(buffer.is_inference() for buffer in detector.buffers())


def test_a_single_image_works_and_is_called_a_guess() -> None:
    _, calibration = teach(start(), good(1))
    assert calibration.method.startswith("1 normal image, judged on changed copies")


def test_progress_cancelling_and_bad_pictures() -> None:
    calls: list[tuple[int, int]] = []
    teach(start(), good(3), progress=lambda done, total: calls.append((done, total)))
    assert calls == [(step, 9) for step in range(1, 10)]
    with pytest.raises(TeachingCancelled, match="stopped"):
        teach(start(), good(3), cancelled=lambda: True)
    with pytest.raises(DatasetError, match="Cannot learn from"):
        teach(start(), good(3), shots=4)
    with pytest.raises(ModelError, match="between 32 and 8192"):
        teach(start(), [np.zeros((20, 20, 3), np.uint8)])


def test_long_strips_are_taught_in_tiles() -> None:
    detector, calibration = teach(start(), [picture(seed, 64, 400) for seed in range(2)])
    assert detector.memory.rows.shape[1] > 2 * 16
    assert calibration.is_usable


def test_what_was_taught_survives_the_file(tmp_path: Path) -> None:
    judge, file = taught(4), tmp_path / "part.safetensors"
    checkpoint.save(
        file,
        judge.detector,
        judge.calibration,
        name="part",
        backbone_name=TINY,
        backbone_sha256=backbone().sha256,
        extra={"good": ["0.png", "1.png"]},
    )
    loaded = checkpoint.load(file, device="cpu", weight_folders=[backbone().file.parent])
    assert loaded.info.n_shots == 4
    assert loaded.info.image_size == 48
    assert loaded.info.extra == {"good": ["0.png", "1.png"]}
    for seed in (1, 900):
        before, after = judge.predict(part(seed)), loaded.predict(part(seed))
        assert before.score == after.score
        assert np.array_equal(before.anomaly_map, after.anomaly_map)
