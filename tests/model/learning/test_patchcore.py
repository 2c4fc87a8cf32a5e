from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from model.detectors.patchcore import PatchCore
from model.errors import BackboneMissing, CheckpointError, DatasetError, ModelError
from model.images import Picture
from model.learners import learner
from model.learning.choices import ChoiceError, choices_of
from model.learning.learner import Learned
from model.learning.material import Label, Material
from model.learning.watch import Watch
from model.memory_bank import MemoryBank
from model.plain_bank import PlainBank
from model.predictor import predict_with
from model.teaching import TeachingCancelled
from model.training.config import TrainingProgress
from tests.model.learning.plain_parts import part
from tests.model.tiny_patchcore import SIZE, backbones

SMALL = {"size": str(SIZE), "rows": "60"}


def parts(count: int = 6) -> Material:
    return Material([part(seed) for seed in range(count)], seed=2)


def learn(material: Material, watch: Watch | None = None, **given: str) -> Learned:
    way = learner("patchcore")
    choices = choices_of(way.choices, SMALL | given)
    return way.learn(material, choices, backbones(), "cpu", watch or Watch())


@functools.lru_cache(maxsize=1)
def learned() -> Learned:
    return learn(parts())


def score(made: Learned, picture: Picture) -> float:
    detector = made.detector
    return predict_with(detector, detector.preprocess, torch.device("cpu"), picture).score


def bank(made: Learned) -> MemoryBank | PlainBank:
    assert isinstance(made.detector, PatchCore)
    return made.detector.bank


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"coordinates": "0"},
        {"coordinates": "0", "backbone": "resnet18", "size": "64"},
        {"score": "peak", "map": "blocks", "levels": "123"},
    ],
)
def test_a_hole_is_above_the_limit_and_a_new_good_part_below(given: dict[str, str]) -> None:
    made = learn(parts(), **given)
    assert made.calibration.is_usable
    assert made.calibration.n_normal == 6
    assert score(made, part(50)) < made.calibration.limit < score(made, part(51, hole=True))
    assert made.backbone_sha256 == backbones().load(made.backbone_name).sha256
    assert made.extra["rows"] == bank(made).shape[0] == 60


def test_limits_come_from_banks_without_the_picture() -> None:
    """What is remembered has next to no distance; judged without itself, a part has one."""
    everything = learn(parts(3), rows="1000")
    remembered = [score(everything, picture) for picture in parts(3).pictures]
    assert max(remembered) < 0.2 * everything.calibration.typical


def test_one_seed_gives_one_result_and_disturbs_nobody() -> None:
    once = learned()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    again = learn(parts())
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(bank(again).rows, bank(once).rows)
    assert again.calibration == once.calibration


def test_defective_pictures_are_passed_over() -> None:
    pictures = [*parts().pictures, part(60, hole=True)]
    labels = (*(Label(),) * 6, Label(state="hole"))
    made = learn(Material(pictures, labels, seed=2))
    assert torch.equal(bank(made).rows, bank(learned()).rows)
    with pytest.raises(DatasetError, match="no good picture"):
        learn(Material([part(60, hole=True)], (Label(state="hole"),)))


def test_one_picture_is_enough_for_a_guess() -> None:
    made = learn(parts(1), copies="2")
    assert "guess" in made.calibration.method
    assert made.calibration.limit < score(made, part(51, hole=True))


def test_what_is_no_product_at_all_is_far_above_the_limit() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    for picture in (noise, np.zeros_like(noise), np.full_like(noise, 255)):
        assert score(learned(), picture) > learned().calibration.limit


def test_long_pictures_are_learned_in_the_tiles_in_which_they_are_judged() -> None:
    long = [part(seed, width=200) for seed in range(3)]
    made = learn(Material(long), rows="5000")
    single = learn(parts(3), rows="5000")
    assert bank(made).shape[0] > 2 * bank(single).shape[0]
    assert score(made, part(50, width=200)) < made.calibration.limit


def test_small_copies_of_the_pictures_are_kept_with_their_names() -> None:
    names = tuple(f"p{number}.png" for number in range(6))
    made = learn(Material(parts().pictures, names=names, seed=2))
    kept = made.detector.normals
    assert kept is not None
    assert kept.names == names
    assert len(kept.origins) == bank(made).shape[0]
    assert kept.picture(0).shape == (64, 64, 3)


def test_progress_runs_through_every_stage() -> None:
    seen: list[TrainingProgress] = []
    learn(parts(3), Watch(seen.append))
    order = list(dict.fromkeys(one.stage for one in seen))
    assert order[:2] == ["features", "coreset"]
    assert order[-1] == "limits"
    for stage in order:
        told = [one for one in seen if one.stage == stage]
        assert told[-1].done == told[-1].total
        assert all(0 <= one.done <= one.total for one in told)


@pytest.mark.parametrize("stage", ["features", "coreset", "limits"])
def test_it_stops_in_every_stage(stage: str) -> None:
    seen: list[str] = []
    watch = Watch(lambda now: seen.append(now.stage), lambda: stage in seen)
    with pytest.raises(TeachingCancelled):
        learn(parts(3), watch)
    assert seen.count(stage) == 1


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"neighbourhood": "2"}, ModelError, "must be odd"),
        ({"size": "20"}, ModelError, "at least 32"),
        ({"rows": "1"}, ChoiceError, "rows"),
        ({"levels": "4"}, ChoiceError, "one of auto"),
        ({"backbone": "resnet34"}, BackboneMissing, "resnet34-b627a593.pth"),
        ({"backbone": "resnet19"}, CheckpointError, "resnet19"),
        ({"backbone": ""}, CheckpointError, "looks through a backbone"),
    ],
)
def test_choices_that_cannot_be_are_sentences(
    given: dict[str, str], error: type[ModelError], words: str
) -> None:
    with pytest.raises(error, match=words):
        learn(parts(2), **given)


def test_pictures_that_cannot_be_used_are_sentences() -> None:
    small: Sequence[Picture] = [part(1), np.zeros((8, 8, 3), np.uint8)]
    with pytest.raises(ModelError, match="8 x 8"):
        learn(Material(small))
