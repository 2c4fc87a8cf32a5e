"""What every way of learning must do."""

from __future__ import annotations

import itertools
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
import torch

from model.backbones import Backbones
from model.errors import CheckpointError, DatasetError, ModelError
from model.learners import LEARNERS, learner
from model.learning.choices import choices_of, listed
from model.learning.material import Label, Material
from model.learning.watch import Watch
from model.predictor import Predictor
from model.teaching import TeachingCancelled
from model.training.config import TrainingProgress
from tests.model.tiny_clip import info
from tests.rigs.learned import QUICK, learn, learned, material, part

NAMES = list(LEARNERS)
# learning these a second time takes no second
SWIFT = [name for name in NAMES if name not in ("painted_clip", "efficient_ad")]


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def judge(name: str) -> Predictor:
    made = learned(name)
    return Predictor(made.detector, made.calibration, info(made.detector))


def test_its_choices_are_declared_with_texts_and_usual_values(name: str) -> None:
    way = learner(name)
    assert is_dataclass(way.choices)
    assert [one.name for one in listed(way.choices)] == [one.name for one in fields(way.choices)]
    assert all(len(one.text) > 5 and "\n" not in one.text for one in listed(way.choices))
    usual = {one.name: one.default for one in listed(way.choices) if one.default}
    assert choices_of(way.choices, usual) == way.choices()


def test_what_is_learned_can_judge(name: str) -> None:
    made = learned(name)
    assert made.calibration.is_usable
    assert made.calibration.n_normal > 0
    assert made.calibration.method
    assert not made.detector.training
    predictor = judge(name)
    for picture in (part(60), part(61, hole=True)):
        seen = predictor.predict(picture)
        assert np.isfinite(seen.score)
        assert seen.anomaly_map.shape == picture.shape[:2]


def test_its_curve_counts_from_one(name: str) -> None:
    numbers = [epoch.number for epoch in learned(name).epochs]
    assert numbers == list(range(1, len(numbers) + 1))
    for epoch in learned(name).epochs:
        assert all(np.isfinite(value) for value in epoch.losses.values())


@pytest.mark.parametrize("name", SWIFT)
def test_the_same_seed_learns_the_same(name: str) -> None:
    again = learn(name, material(name))
    made = learned(name)
    assert again.calibration == made.calibration
    state, other = made.detector.checkpoint_state(), again.detector.checkpoint_state()
    assert state.keys() == other.keys()
    assert all(torch.equal(state[key], other[key]) for key in state)


def test_it_reports_and_stops_when_it_is_told_to(name: str) -> None:
    seen: list[TrainingProgress] = []
    asked = itertools.count()
    watch = Watch(seen.append, lambda: next(asked) >= 3)
    with pytest.raises(TeachingCancelled):
        learn(name, material(name), watch)
    assert len(seen) <= 4
    assert all(0 <= one.done <= one.total for one in seen)


def test_stopped_before_it_begins_it_does_nothing(name: str) -> None:
    with pytest.raises(TeachingCancelled):
        learn(name, material(name), Watch(cancelled=lambda: True))


def test_no_picture_and_no_good_one_are_one_sentence(name: str) -> None:
    given = material(name)
    holes = Material(given.pictures, (Label(state="hole"),) * len(given), seed=1)
    for wrong in (Material([]), holes):
        with pytest.raises(DatasetError) as caught:
            learn(name, wrong)
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith(".")


def test_defects_are_asked_for_where_they_are_needed() -> None:
    for name in NAMES:
        if learner(name).needs_defects:
            with pytest.raises(DatasetError):
                learn(name, Material([part(number) for number in range(8)]))


def test_a_single_good_picture_is_learned_with_a_word_or_refused(name: str) -> None:
    made, refusal = None, ""
    try:
        made = learn(name, material(name, good=1))
    except DatasetError as error:
        refusal = str(error)
    assert (made is None) == refusal.endswith(".")
    assert made is None or made.calibration.n_normal == 1


def test_a_picture_that_cannot_be_judged_is_refused(name: str) -> None:
    given = material(name)
    tiny = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ModelError) as caught:
        learn(name, replace(given, pictures=[tiny, *given.pictures[1:]]))
    assert "\n" not in str(caught.value)


def test_missing_weights_are_one_sentence(name: str) -> None:
    way = learner(name)
    choices = choices_of(way.choices, QUICK.get(name, {}))
    with pytest.raises(CheckpointError) as caught:
        way.learn(material(name), choices, Backbones(()), "cpu", Watch())
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("name", SWIFT)
def test_pictures_of_several_sizes_and_grey_ones_are_learned(name: str) -> None:
    given = material(name)
    pictures = list(given.pictures)
    pictures[1] = np.ascontiguousarray(pictures[1][:, :50])
    pictures[2] = np.ascontiguousarray(pictures[2].mean(axis=2).astype(np.uint8))
    assert learn(name, replace(given, pictures=pictures)).calibration.is_usable
