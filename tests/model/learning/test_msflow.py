from __future__ import annotations

import functools

import numpy as np
import pytest
import torch

from model.backbones import Backbones
from model.detectors.msflow import MSFlow
from model.errors import BackboneMissing, CheckpointError, DatasetError, ModelError
from model.images import Picture
from model.layers.flows import Flows
from model.layers.whitening import Start
from model.learners import learner
from model.learning.choices import ChoiceError, choices_of
from model.learning.flow_schedule import FlowSchedule
from model.learning.flow_training import FlowPlan, FlowTrainer
from model.learning.learner import Learned
from model.learning.level_features import LevelFeatures
from model.learning.material import Label, Material
from model.learning.msflow_choices import blank
from model.learning.watch import Watch
from model.opencv import cv2
from model.predictor import predict_with
from model.preprocess import Preprocess
from model.teaching import TeachingCancelled
from model.training.config import TrainingProgress
from model.types import Prediction
from tests.model.learning.plain_parts import part
from tests.model.tiny_patchcore import backbones

SMALL = {
    "size": "48",
    "depths": "1-1-1",
    "directions": "16",
    "condition": "4",
    "steps": "30",
    "batch": "4",
    "copies": "4",
}


def parts(count: int = 10) -> Material:
    return Material([part(seed) for seed in range(count)], seed=2)


def learn(material: Material, watch: Watch | None = None, **given: str) -> Learned:
    way = learner("msflow")
    choices = choices_of(way.choices, SMALL | given)
    return way.learn(material, choices, backbones(), "cpu", watch or Watch())


@functools.lru_cache(maxsize=1)
def learned() -> Learned:
    return learn(parts())


def judged(made: Learned, picture: Picture) -> Prediction:
    detector = made.detector
    return predict_with(detector, detector.preprocess, torch.device("cpu"), picture)


def state(made: Learned) -> dict[str, torch.Tensor]:
    return made.detector.checkpoint_state()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"backbone": "resnet18", "size": "64", "directions": "0"},
        {"score": "added", "map": "multiplied"},
    ],
    ids=["small", "resnet18 as it is", "other ways"],
)
def test_a_hole_is_above_the_limit_and_a_new_good_part_below(given: dict[str, str]) -> None:
    made = learn(parts(), **given) if given else learned()
    limits = made.calibration
    assert limits.is_usable
    assert (limits.n_normal, limits.n_defective) == (2, 0)
    assert "10 normal images; 2 held out" in limits.method
    bad = judged(made, part(51, hole=True))
    assert judged(made, part(50)).score < limits.limit < bad.score
    assert float(bad.anomaly_map.max()) > limits.map_limit
    assert made.backbone_sha256 == backbones().load(made.backbone_name).sha256


def test_what_is_wrong_everywhere_is_far_above_the_limit_with_its_whole_map() -> None:
    made, good = learned(), part(50)
    wrong = {
        "no light": np.zeros_like(good),
        "too much light": np.full_like(good, 255),
        "no part": np.full_like(good, 150),
        "noise": np.random.default_rng(0).integers(0, 255, good.shape).astype(np.uint8),
        "out of focus": np.asarray(cv2.GaussianBlur(good, (0, 0), 12)),
        "another product": np.asarray(cv2.rotate(255 - good, cv2.ROTATE_90_CLOCKWISE)),
    }
    for name, picture in wrong.items():
        seen = judged(made, picture)
        assert seen.score > made.calibration.limit, name
        assert float(np.median(seen.anomaly_map)) > made.calibration.map_limit, name


def test_the_likelihood_grows_while_it_learns() -> None:
    curve = [epoch.losses["total"] for epoch in learned().epochs]
    assert len(curve) == learned().extra["epochs"] == 3
    assert curve[-1] < curve[0]
    assert [epoch.number for epoch in learned().epochs] == [1, 2, 3]


def test_one_seed_gives_one_result_disturbs_nobody_and_passes_defects_over() -> None:
    once = learned()
    pictures = [*parts().pictures, part(60, hole=True)]
    labels = (*(Label(),) * 10, Label(state="hole"))
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    again = learn(Material(pictures, labels, seed=2))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(value, state(once)[key]) for key, value in state(again).items())
    assert again.calibration == once.calibration


def test_another_seed_gives_another_result() -> None:
    module = backbones().load("adclip-tiny").module
    choices = choices_of(learner("msflow").choices, SMALL)
    one, two = (blank(module, choices, seed).checkpoint_state() for seed in (2, 3))
    for key in ("flows.parallel.0.blocks.0.permutation", "flows.fusion.by_firsts.first.weight"):
        assert not torch.equal(one[key], two[key])


def test_without_a_good_picture_nothing_is_learned() -> None:
    with pytest.raises(DatasetError, match="no good picture"):
        learn(Material([part(60, hole=True)], (Label(state="hole"),)))


def test_fewer_steps_than_epochs_end_the_training() -> None:
    assert learn(parts(5), epochs="2", steps="1000", copies="0").extra["epochs"] == 2
    assert learn(parts(5), steps="1").extra["epochs"] == 1


def test_long_pictures_are_learned_in_the_tiles_in_which_they_are_judged() -> None:
    made = learn(Material([part(seed, width=200) for seed in range(6)], seed=2))
    assert judged(made, part(50, width=200)).score < made.calibration.limit


def test_progress_runs_through_every_stage() -> None:
    seen: list[TrainingProgress] = []
    learn(parts(4), Watch(seen.append), steps="3")
    order = list(dict.fromkeys(one.stage for one in seen))
    assert order == ["features", "training", "normality", "limits"]
    for stage in order:
        told = [one for one in seen if one.stage == stage]
        assert told[-1].done == told[-1].total
        assert [one.done for one in told] == sorted(one.done for one in told)
    assert seen[-1].total == 2
    last = next(one for one in reversed(seen) if one.stage == "training").last
    assert last is not None
    assert np.isfinite(last.losses["total"])


@pytest.mark.parametrize("stage", ["features", "training", "normality", "limits"])
def test_it_stops_in_every_stage(stage: str) -> None:
    seen: list[str] = []
    watch = Watch(lambda now: seen.append(now.stage), lambda: stage in seen)
    with pytest.raises(TeachingCancelled):
        learn(parts(4), watch, steps="3")
    assert seen.count(stage) == 1


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"depths": "1-2"}, ModelError, "three numbers"),
        ({"depths": "0-1-1"}, ModelError, "three numbers"),
        ({"condition": "6"}, ModelError, "multiple of 4"),
        ({"directions": "1"}, ModelError, "directions"),
        ({"size": "20"}, ModelError, "at least 32"),
        ({"precision": "bfloat16"}, ModelError, "CUDA GPU"),
        ({"score": "guess"}, ChoiceError, "one of multiplied, added"),
        ({"learning_rate": "0"}, ChoiceError, "learning_rate"),
        ({"backbone": "resnet34"}, BackboneMissing, "resnet34-b627a593.pth"),
        ({"backbone": "resnet19"}, CheckpointError, "resnet19"),
        ({"backbone": ""}, ModelError, "needs a backbone"),
    ],
)
def test_choices_that_cannot_be_are_sentences(
    given: dict[str, str], error: type[ModelError], words: str
) -> None:
    with pytest.raises(error, match=words):
        learn(parts(4), **given)


def test_a_training_that_leaves_all_numbers_is_a_sentence() -> None:
    flows = Flows((4, 4, 4), (1, 1, 1), 4)
    trainer = FlowTrainer(flows, Start((4, 4, 4), 0), FlowPlan(FlowSchedule(1)))
    before = [value.clone() for value in flows.parameters()]
    with pytest.raises(ModelError, match="smaller learning_rate"):
        trainer.step(tuple(torch.full((1, 4, s, s), 1e30) for s in (4, 2, 1)), 1e-3)
    assert all(torch.equal(a, b) for a, b in zip(flows.parameters(), before, strict=True))


def test_pictures_that_cannot_be_used_are_sentences() -> None:
    with pytest.raises(ModelError, match="8 x 8"):
        learn(Material([part(1), part(2), part(3), np.zeros((8, 8, 3), np.uint8)]))
    with pytest.raises(DatasetError, match="too few"):
        learn(parts(2))


def test_features_that_are_not_kept_are_computed_again_to_the_same() -> None:
    detector = learned().detector
    assert isinstance(detector, MSFlow)
    material, see = parts(4), detector.features
    args = (2, Preprocess(48), see, Watch())
    kept, none = LevelFeatures(material, *args), LevelFeatures(material, *args, budget=0)
    some = LevelFeatures(material, *args, budget=50_000)
    assert (len(kept), kept.kept, none.kept) == (12, 12, 0)
    assert 0 < some.kept < 12
    numbers = [11, 0, 7]
    for other in (none, some):
        for one, two in zip(kept.batch(numbers), other.batch(numbers), strict=True):
            assert torch.allclose(one, two, atol=2e-3)
    assert kept.batch([1])[0].shape == (1, 256, 4, 4)


def test_the_rate_rises_stays_and_drops_twice() -> None:
    schedule = FlowSchedule(100, rate=1.0)
    rates = [schedule.at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[6] == pytest.approx(0.55)
    assert rates[:13] == sorted(rates[:13])
    assert set(rates[12:70]) == {1.0}
    assert rates[70] == rates[89] == pytest.approx(0.33)
    assert rates[90] == rates[99] == pytest.approx(0.33**2)


def test_a_backbone_that_is_not_there_is_named() -> None:
    with pytest.raises(CheckpointError, match="resnet18"):
        learner("msflow").learn(
            parts(4),
            choices_of(learner("msflow").choices, {"backbone": "resnet18"}),
            Backbones(()),
            "cpu",
            Watch(),
        )
