from __future__ import annotations

import functools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.detectors.cfa import Cfa, Descriptor
from model.errors import DatasetError, ModelError
from model.images import Picture
from model.learners import learner
from model.learning.cfa import crowding_loss
from model.learning.choices import choices_of
from model.learning.learner import Learned
from model.learning.material import Material
from model.learning.watch import Watch
from model.predictor import predict_with
from model.teaching import TeachingCancelled
from model.training.config import TrainingProgress
from tests.model.learning.test_patchcore import part, parts
from tests.model.tiny_patchcore import SIZE, backbones


def learn(material: Material, watch: Watch | None = None, **given: str) -> Learned:
    way = learner("cfa")
    choices = choices_of(way.choices, {"size": str(SIZE), "epochs": "3", "narrower": "8"} | given)
    return way.learn(material, choices, backbones(), "cpu", watch or Watch())


@functools.lru_cache(maxsize=1)
def learned() -> Learned:
    return learn(parts(8))


def score(made: Learned, picture: Picture) -> float:
    detector = made.detector
    return predict_with(detector, detector.preprocess, torch.device("cpu"), picture).score


def centres(made: Learned) -> torch.Tensor:
    assert isinstance(made.detector, Cfa)
    return made.detector.descriptor.centres


def test_a_hole_is_above_the_limit_and_good_parts_come_nearer() -> None:
    made = learned()
    assert made.calibration.is_usable
    assert made.calibration.n_normal == 2
    assert score(made, part(51, hole=True)) > made.calibration.limit > score(made, part(50))
    assert [one.number for one in made.epochs] == [1, 2, 3]
    assert made.epochs[-1].losses["total"] < made.epochs[0].losses["total"]


def test_one_seed_gives_one_result_and_disturbs_nobody() -> None:
    once = learned()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    again = learn(parts(8))
    assert torch.equal(torch.rand(1), expected)
    for key, value in once.detector.checkpoint_state().items():
        assert torch.equal(value, again.detector.checkpoint_state()[key]), key
    assert again.calibration == once.calibration


def test_fewer_centres_are_groups_of_the_places() -> None:
    many = centres(learned())
    few = centres(learn(parts(8), fewer="4", epochs="0"))
    assert len(many) == (SIZE // 12) ** 2
    assert len(few) == len(many) // 4


def test_without_training_the_centres_are_the_mean_features() -> None:
    made = learn(parts(3), epochs="0")
    detector = made.detector
    assert isinstance(detector, Cfa)
    with torch.no_grad():
        cells = detector.cells(detector.preprocess(part(0)))
        apart = detector.descriptor.nearest(detector.descriptor(cells), 1)
    assert float(apart.mean()) < float(centres(made).var(0).sum())


def test_long_pictures_are_learned_in_tiles() -> None:
    made = learn(Material([part(seed, width=200) for seed in range(4)]), epochs="1")
    assert score(made, part(50, width=200)) < made.calibration.limit


def test_progress_runs_through_every_stage() -> None:
    seen: list[TrainingProgress] = []
    learn(parts(4), Watch(seen.append), epochs="2")
    told = [(one.stage, one.done, one.total, one.epoch) for one in seen]
    assert told == [
        *(("features", done, 2, 0) for done in (1, 2)),
        *(("training", done, 4, epoch) for done, epoch in ((1, 1), (2, 1), (3, 2), (4, 2))),
        *(("limits", done, 2, 0) for done in (1, 2)),
    ]


def test_sizes_that_show_nothing_are_a_sentence() -> None:
    with pytest.raises(ModelError, match="at least 32"):
        learn(parts(4), size="12")
    with pytest.raises(ModelError, match="8 x 8"):
        learn(Material([*parts(4).pictures, np.zeros((8, 8, 3), np.uint8)]))


def test_too_few_pictures_are_a_sentence() -> None:
    with pytest.raises(DatasetError, match="too few"):
        learn(parts(2))


@pytest.mark.parametrize("stage", ["features", "training", "limits"])
def test_it_stops_in_every_stage(stage: str) -> None:
    seen: list[TrainingProgress] = []
    watch = Watch(seen.append, lambda: any(one.stage == stage for one in seen))
    with pytest.raises(TeachingCancelled):
        learn(parts(4), watch, epochs="1")


@given(st.integers(1, 12), st.floats(0, 2), st.integers(0, 20))
def test_the_loss_is_what_the_formula_says(count: int, radius: float, seed: int) -> None:
    torch.manual_seed(seed)
    descriptor = Descriptor(3, 4, count)
    descriptor.centres.copy_(torch.randn(count, 4))
    cells = torch.randn(1, 3, 2, 3)
    features = descriptor(cells)[0]
    found = crowding_loss(descriptor, cells, radius)
    apart = np.sort(torch.cdist(features, descriptor.centres).square().detach().numpy(), axis=1)
    drawn = np.maximum(0, apart[:, :3] - radius**2).mean()
    pushed = np.maximum(0, radius**2 - apart[:, 3:6] - 0.1)
    expected = 1000 * (drawn + (pushed.mean() if pushed.size else 0))
    assert float(found.detach()) == pytest.approx(expected, rel=1e-3, abs=1e-2)
