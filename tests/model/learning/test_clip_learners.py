from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model.backbone import TINY
from model.backbones import Backbones
from model.detectors.ad_clip import AdClip
from model.detectors.few_shot_clip import FewShotClip
from model.errors import CheckpointError, DatasetError
from model.learners import learner
from model.learning.clip_start import started
from model.learning.material import Label, Material
from model.learning.painted_clip import PaintedClipChoices, _augmentation
from model.learning.watch import Watch
from model.teach import Lesson, teach
from model.training.config import TrainingProgress
from tests.rigs.learned import learn, learned, material, part, weights


def test_few_shot_learns_as_teach_does() -> None:
    given = material("few_shot_clip")
    made = learned("few_shot_clip")
    start = started(None, Backbones((weights(),)), "cpu")
    lesson = Lesson(max_rows=200, copies=1, names=given.names)
    detector, limits = teach(start, given.pictures, len(given), given.seed, lesson=lesson)
    assert isinstance(made.detector, FewShotClip)
    assert isinstance(detector, FewShotClip)
    assert torch.equal(made.detector.bank.rows, detector.bank.rows)
    assert made.calibration == limits
    assert made.backbone_name == TINY


def test_few_shot_takes_some_of_the_good_and_none_of_the_defective() -> None:
    pictures = [part(number) for number in range(5)]
    labels = (Label(), Label(state="hole"), Label(), Label(), Label())
    made = learn("few_shot_clip", Material(pictures, labels), shots="3")
    assert made.calibration.n_normal == 3
    assert isinstance(made.detector, FewShotClip)
    assert made.detector.n_shots == 3
    with pytest.raises(DatasetError, match="no good picture"):
        learn("few_shot_clip", Material([part(0)], (Label(state="hole"),)))


def test_progress_has_stages_that_end() -> None:
    seen: list[TrainingProgress] = []
    learn("few_shot_clip", material("few_shot_clip", good=2), Watch(seen.append))
    told = [(one.stage, one.done, one.total) for one in seen]
    assert told == [
        *(("features", done, 2) for done in (1, 2)),
        *(("limits", done, 4) for done in (1, 2, 3, 4)),
    ]


def test_painted_learns_a_branch_and_keeps_its_curves() -> None:
    made = learned("painted_clip")
    assert isinstance(made.detector, AdClip)
    assert made.epochs
    assert [one.number for one in made.epochs] == list(range(1, len(made.epochs) + 1))
    assert "painted" in made.calibration.method


def test_variations_follow_the_choices_and_the_product() -> None:
    plain = Material([part(0)])
    nuts = Material([part(0)], (Label("metal_nut"),))
    usual = _augmentation(PaintedClipChoices(), plain)
    assert usual.lets_mirror([""])
    assert _augmentation(PaintedClipChoices(flips=False), plain).left_out("") == {"flip"}
    assert _augmentation(PaintedClipChoices(), nuts).left_out("") == {"flip", "colour"}


def test_a_missing_start_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no checkpoint 'default\.safetensors'"):
        started(None, Backbones((tmp_path,)), "cpu")
    with pytest.raises(CheckpointError, match="no checkpoint 'other'"):
        learn("few_shot_clip", material("few_shot_clip"), start="other")
    assert started(Path("default"), Backbones((weights(),)), "cpu").info.name == "start"


def test_both_are_listed_by_name() -> None:
    for name in ("few_shot_clip", "painted_clip"):
        assert learner(name).needs_defects is False
