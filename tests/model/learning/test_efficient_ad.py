from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.backbones import Backbones
from model.detectors.efficient_ad import EfficientAd
from model.errors import CheckpointError, DatasetError, ModelError
from model.images import write_image
from model.learning.efficient_ad import LEARNER, EfficientAdChoices
from model.learning.efficient_ad_losses import StepPictures, quantile
from model.learning.efficient_ad_names import read_teacher, read_whole
from model.learning.efficient_ad_pictures import Inputs, Products, foreign_inputs, step_pictures
from model.learning.efficient_ad_teacher import find_teacher, set_statistics
from model.learning.efficient_ad_training import Schedule, Trainer
from model.learning.watch import Watch
from model.predictor import predict_with
from model.teaching import TeachingCancelled
from model.training.config import TrainingProgress
from tests.model.tiny_efficient_ad import (
    add_size,
    detector,
    learn,
    material,
    part,
)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    add_size(monkeypatch)


def _score(made: EfficientAd, picture: np.ndarray) -> float:
    return predict_with(made, made.preprocess, torch.device("cpu"), picture).score


def test_it_learns_to_see_a_hole(tmp_path: Path) -> None:
    seen: list[TrainingProgress] = []
    made = learn(tmp_path, material(12), Watch(seen.append), steps="60")
    assert isinstance(made.detector, EfficientAd)
    assert made.calibration.is_usable
    assert made.calibration.n_normal == 2
    assert made.backbone_name == ""
    assert _score(made.detector, part(50, hole=True)) >= made.calibration.limit
    assert _score(made.detector, part(51)) < made.calibration.limit
    first, last = made.epochs[0].losses, made.epochs[-1].losses
    assert last["total"] < first["total"]
    assert last["validation"] < first["validation"]
    assert [one.stage for one in seen if one.done == one.total] == [
        "features",
        "training",
        "limits",
    ]
    assert made.extra["teacher"] == "teacher.safetensors"


def test_what_is_no_product_at_all_is_far_above_the_limit(tmp_path: Path) -> None:
    made = learn(tmp_path, material(12), steps="30", penalty="procedural")
    assert isinstance(made.detector, EfficientAd)
    noise = np.random.default_rng(0).integers(0, 255, (96, 96, 3)).astype(np.uint8)
    for picture in (noise, Products(5, 1)[0], np.zeros((96, 96, 3), np.uint8)):
        assert _score(made.detector, picture) > 2 * made.calibration.limit


def test_one_seed_gives_one_result_and_disturbs_nobody(tmp_path: Path) -> None:
    torch.manual_seed(77)
    before = torch.random.get_rng_state()
    one, two = (learn(tmp_path, steps="4", penalty="procedural") for _ in range(2))
    other = learn(tmp_path, material(seed=2), steps="4", penalty="procedural")
    torch.manual_seed(77)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert one.calibration == two.calibration
    assert one.calibration != other.calibration
    state = two.detector.checkpoint_state()
    for key, value in one.detector.checkpoint_state().items():
        assert torch.equal(value, state[key]), key


def test_the_teacher_is_not_changed(tmp_path: Path) -> None:
    made = learn(tmp_path)
    _, state = read_teacher(tmp_path / "teacher.safetensors")
    assert isinstance(made.detector, EfficientAd)
    for key, value in made.detector.teacher.state_dict().items():
        assert torch.equal(value, state[key])


def test_stopping_stops(tmp_path: Path) -> None:
    asked = iter([False] * 11 + [True] * 9)
    with pytest.raises(TeachingCancelled):
        learn(tmp_path, watch=Watch(cancelled=lambda: next(asked)))


def test_too_few_pictures(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="at least 4"):
        learn(tmp_path, material(3))
    made = learn(tmp_path, material(4), steps="1")
    assert made.calibration.n_normal == 2
    assert made.calibration.is_usable


def test_a_training_that_runs_away_is_told() -> None:
    made = detector().requires_grad_(True)
    one = torch.full((1, 3, 256, 256), 1e38)
    stream = itertools.repeat(StepPictures(one, one, None))
    trainer = Trainer(made, stream, lambda: 1.0, Schedule(3, 1e-3), Watch())
    with pytest.raises(ModelError, match="learning_rate"):
        trainer.run()


def test_patience_ends_early_with_the_slow_steps(tmp_path: Path) -> None:
    # a rate of almost nothing gains nothing
    made = learn(tmp_path, steps="40", patience="2", learning_rate="1e-9")
    assert len(made.epochs) == 4
    assert made.epochs[-1].learning_rate == pytest.approx(1e-10)
    assert made.extra["steps"] == 3 * 2 + 2
    whole = learn(tmp_path, steps="40", patience="0", learning_rate="1e-9")
    assert len(whole.epochs) == 20


def test_the_schedule_of_the_paper() -> None:
    schedule = Schedule(70_000, 1e-4)
    assert schedule.steps - schedule.last == 66_500


def test_a_missing_teacher_says_how_to_get_one(tmp_path: Path) -> None:
    choices = EfficientAdChoices(size="s")
    with pytest.raises(CheckpointError, match=r"distill --size s.*teacher_small\.pth"):
        LEARNER.learn(material(), choices, Backbones((tmp_path,)), "cpu", Watch())
    with pytest.raises(CheckpointError, match="size tiny, not s"):
        learn(tmp_path, size="s")
    with pytest.raises(CheckpointError, match="does not exist"):
        learn(tmp_path, teacher=str(tmp_path / "none.pth"))


def test_teachers_are_found_by_their_usual_names(tmp_path: Path) -> None:
    from model.layers.pdn import Pdn

    torch.save(Pdn("s", 384).state_dict(), tmp_path / "teacher_small.pth")
    found = find_teacher(None, "s", (tmp_path / "none", tmp_path))
    assert (found.size, found.file.name) == ("s", "teacher_small.pth")


def test_anomalib_s_names(tmp_path: Path) -> None:
    made = detector()
    words = {"teacher": (0, 3, 6, 8), "student": (0, 3, 6, 8)}
    state = {}
    for part_, numbers in words.items():
        for number, layer in enumerate(numbers, 1):
            for end in ("weight", "bias"):
                value = made.state_dict()[f"{part_}.{layer}.{end}"]
                state[f"model.{part_}.conv{number}.{end}"] = value
    places = [(f"encoder.enconv{i + 1}", k) for i, k in enumerate((0, 2, 4, 6, 8, 10))]
    numbers = (12, 16, 20, 24, 28, 32, 36, 38)
    places += [(f"decoder.deconv{i + 1}", k) for i, k in enumerate(numbers)]
    for word, layer in places:
        for end in ("weight", "bias"):
            state[f"model.ae.{word}.{end}"] = made.state_dict()[f"autoencoder.{layer}.{end}"]
    file = tmp_path / "whole.ckpt"
    torch.save({"state_dict": state}, file)
    whole = read_whole(file)
    assert (whole.size, whole.statistics) == ("tiny", {})
    for role, found in whole.parts.items():
        for key, value in made.get_submodule(role).state_dict().items():
            assert torch.equal(found[key], value)
    # the statistics that it lacks are found from the pictures
    learned = learn(tmp_path, start=str(file))
    assert learned.epochs == ()
    assert learned.calibration.is_usable
    assert learned.extra["imported_from"] == "whole.ckpt"
    assert float(learned.detector.get_buffer("teacher_mean").abs().max()) > 0
    mean, std = torch.full((1, 6, 1, 1), 0.25), torch.full((1, 6, 1, 1), 2.0)
    named = {"model.mean_std.mean": mean, "model.mean_std.std": std}
    torch.save({"state_dict": state | named}, file)
    taken = learn(tmp_path, start=str(file)).detector
    assert taken.get_buffer("teacher_std").tolist() == [2.0] * 6
    # a teacher alone, without prefix
    alone = {k.removeprefix("model.teacher."): v for k, v in state.items() if "teacher" in k}
    torch.save(alone, tmp_path / "pretrained.pth")
    size, teacher = read_teacher(tmp_path / "pretrained.pth")
    assert size == "tiny"
    assert torch.equal(teacher["8.bias"], made.state_dict()["teacher.8.bias"])


def test_what_is_no_efficient_ad_is_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match="no teacher"):
        read_teacher(tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match="holds no teacher"):
        read_whole(tmp_path / "other.pth")
    torch.save(detector().teacher, tmp_path / "module.pth")
    with pytest.raises(CheckpointError, match="run code"):
        read_teacher(tmp_path / "module.pth")


def test_penalty_pictures_come_from_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    preprocess = detector().preprocess
    rng = np.random.default_rng(0)
    with pytest.raises(DatasetError, match="holds no image"):
        foreign_inputs(str(folder), preprocess, rng)
    with pytest.raises(DatasetError, match="no folder"):
        foreign_inputs(str(folder / "none"), preprocess, rng)
    picture = np.zeros((80, 120, 3), np.uint8)
    picture[20:60, 30:90] = 200
    write_image(folder / "one.png", picture)
    foreign = foreign_inputs(str(folder), preprocess, rng)
    assert foreign is not None
    # the middle half alone is shown
    assert float(foreign.tiles(0).min()) == pytest.approx(200 / 255)
    assert foreign_inputs("none", preprocess, rng) is None


def test_steps_take_every_picture_and_change_one_thing() -> None:
    inputs = Inputs([part(seed) for seed in range(3)], detector().preprocess)
    stream = step_pictures(inputs, None, np.random.default_rng(1))
    steps = [next(stream) for _ in range(3)]
    sums = {float(one.plain.sum()) for one in steps}
    assert len(sums) == 3
    for one in steps:
        assert one.foreign is None
        assert one.plain.shape == one.changed.shape == (1, 3, 256, 256)
        assert not torch.equal(one.plain, one.changed)


def test_long_pictures_are_learned_in_the_predictor_s_tiles() -> None:
    inputs = Inputs([np.zeros((64, 400, 3), np.uint8)], detector().preprocess)
    assert len(inputs.tiles(0)) > 1


def test_a_channel_that_never_changes_stays_finite() -> None:
    made = detector()
    flat = torch.zeros(1, 3, 256, 256)
    set_statistics(made, [flat, flat])
    assert float(made.teacher_std.min()) > 0
    assert bool(made(flat).anomaly_map.isfinite().all())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=60),
    st.floats(0, 1),
)
def test_quantiles_are_torch_s(values: list[float], share: float) -> None:
    tensor = torch.tensor(values, dtype=torch.float64)
    wanted = torch.quantile(tensor, share)
    assert float(quantile(tensor, share)) == pytest.approx(float(wanted), abs=1e-6, rel=1e-6)
