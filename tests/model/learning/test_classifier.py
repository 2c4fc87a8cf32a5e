from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model import checkpoint
from model.backbones import Backbones
from model.errors import CheckpointError, DatasetError, ModelError
from model.images import Picture
from model.learning.choices import ChoiceError, choices_of
from model.learning.classifier import LEARNER, Taught, mean_curve, taught
from model.learning.classifier_choices import ClassifierChoices
from model.learning.classifier_folds import folds_of, rare_labels
from model.learning.classifier_testing import tested_on as judged_on
from model.learning.classifier_training import label_weights
from model.learning.material import Label, Material
from model.learning.watch import Watch
from model.teaching import TeachingCancelled
from model.training.config import TrainingProgress
from tests.rigs.learned import weights

SMALL = {"network": "test_efficientnet", "size": "48", "folds": "2", "epochs": "2", "batch": "8"}
HEADS = {"size": "48", "folds": "2", "epochs": "30", "views": "2"}


def picture(state: str, seed: int) -> Picture:
    image = np.random.default_rng(seed).integers(90, 130, (48, 48, 3)).astype(np.uint8)
    if state == "spot":
        image[12:36, 12:36] = 250
    if state == "line":
        image[:, 20:26] = 0
    return image


def material(*states: str, each: int = 6, product: str = "nut", seed: int = 1) -> Material:
    labels = [Label(product, state) for state in (states or ("good", "spot")) for _ in range(each)]
    pictures = [picture(label.state, number) for number, label in enumerate(labels)]
    return Material(pictures, tuple(labels), seed=seed)


def learn(given: Material, values: dict[str, str], watch: Watch | None = None) -> Taught:
    choices = choices_of(ClassifierChoices, values)
    return taught(given, choices, Backbones((weights(),)), "cpu", watch or Watch())


@pytest.fixture(scope="module")
def heads() -> Taught:
    return learn(material("good", "spot", "line"), HEADS)


def test_heads_on_a_frozen_backbone_learn_what_is_plain_to_see(heads: Taught) -> None:
    assert heads.figures.mean > 0.8
    assert heads.figures.labels == ("good", "line", "spot")
    assert sum(map(sum, heads.figures.confusion)) == 18
    learned = heads.learned
    assert learned.backbone_name == "adclip-tiny"
    assert learned.calibration.is_usable
    assert learned.calibration.limit <= 0.5 or learned.calibration.typical >= 0.499
    assert (learned.calibration.n_normal, learned.calibration.n_defective) == (6, 12)
    assert learned.extra["macro_f1"] == pytest.approx(heads.figures.mean)
    assert len(learned.epochs) == max(map(len, heads.curves))
    assert {"total", "validation"} <= set(learned.epochs[0].losses)


def test_its_checkpoint_says_the_same(heads: Taught, tmp_path: Path) -> None:
    learned = heads.learned
    file = tmp_path / "c.safetensors"
    checkpoint.save(
        file,
        learned.detector,
        learned.calibration,
        name="c",
        backbone_name=learned.backbone_name,
        backbone_sha256=learned.backbone_sha256,
        extra=learned.extra,
    )
    predictor = checkpoint.load(file, device="cpu", weight_folders=[weights()])
    good, spot = predictor.predict(picture("good", 90)), predictor.predict(picture("spot", 91))
    assert good.score < spot.score
    assert spot.class_probabilities[0][0] == "spot"
    with torch.inference_mode():
        image = learned.detector.preprocess(picture("spot", 91))
        assert float(learned.detector(image).image_score) == pytest.approx(spot.score, abs=1e-6)


def test_pictures_apart_are_judged_by_all_networks(heads: Taught) -> None:
    found = judged_on(heads.classifier, material("spot", "good", product="other"), Watch())
    assert [sum(row) for row in found.confusion] == [6, 0, 6]
    assert found.accuracy == pytest.approx(found.folds[0].accuracy)
    with pytest.raises(DatasetError, match="shows dent, which the classifier has not learned"):
        judged_on(heads.classifier, material("good", "dent"), Watch())


def test_a_network_of_timm_learns_as_a_whole_and_again_the_same() -> None:
    given = material()
    first, again = learn(given, SMALL), learn(given, SMALL)
    state = first.learned.detector.checkpoint_state()
    other = again.learned.detector.checkpoint_state()
    assert first.learned.backbone_name == ""
    assert all(torch.equal(state[key], other[key]) for key in state)
    assert first.learned.calibration == again.learned.calibration
    preprocess = first.learned.detector.preprocess
    assert (preprocess.filter, preprocess.whole) == ("area", True)
    pixels = np.stack(list(given.pictures))
    assert preprocess.mean == pytest.approx(pixels.mean(axis=(0, 1, 2)) / 255, abs=1e-3)


def test_each_fold_keeps_its_best_epoch_and_stops_when_nothing_gets_better() -> None:
    # after the few steps in which a frozen head can still gain, a high rate only harms
    made = learn(material(), HEADS | {"epochs": "40", "patience": "3", "learning_rate": "3"})
    for fold, curve in zip(made.figures.folds, made.curves, strict=True):
        values = [(one.metrics["macro_f1"], -one.losses["validation"]) for one in curve]
        assert fold.best_epoch == values.index(max(values)) + 1
        assert len(curve) in (40, fold.best_epoch + 3)
    assert any(len(curve) < 40 for curve in made.curves)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (material("good"), "Every picture is good"),
        (material("spot", "line"), "no good picture of nut"),
        (material("good", "spot").taken(range(7)), "single picture"),
        (material("good", "spot", each=3), "choose 3 folds"),
        (Material([]), "no picture to learn from"),
    ],
)
def test_material_that_does_not_suffice_is_one_sentence(given: Material, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        learn(given, {"folds": "4", "size": "48"})


def test_a_product_without_defects_would_always_be_ok() -> None:
    both = material()
    labels = (*both.labels, *[Label("bolt")] * 2)
    given = Material([*both.pictures, *both.pictures[:2]], labels)
    with pytest.raises(DatasetError, match="no defective picture of bolt"):
        learn(given, SMALL)


@pytest.mark.parametrize(
    ("values", "kind", "says"),
    [
        ({"network": "no_such"}, CheckpointError, "timm has no network"),
        ({"network": "test_vit", "size": "50"}, CheckpointError, "cannot name pictures of 50"),
        ({"backbone": "ViT-L-14-336-quickgelu"}, CheckpointError, "ViT-L-14-336"),
        ({"product": "bolt"}, ChoiceError, "the pictures show nut"),
        ({"weights": "w.pth"}, ChoiceError, "weights are for a network"),
        (SMALL | {"weights": "absent.pth"}, CheckpointError, "absent.pth"),
        (SMALL | {"optimizer": "sgd", "learning_rate": "10"}, ModelError, "smaller learning_rate"),
    ],
)
def test_choices_that_cannot_be_met_are_one_sentence(
    values: dict[str, str], kind: type[Exception], says: str
) -> None:
    given = material()
    if values.get("optimizer") == "sgd":
        given = Material([one * (i % 2) for i, one in enumerate(given.pictures)], given.labels)
        values = values | {"epochs": "60", "patience": "0", "batch": "2"}
    with pytest.raises(kind, match=says):
        learn(given, values)


def test_it_can_be_stopped_in_every_stage() -> None:
    stages: list[str] = []

    def note(now: TrainingProgress) -> None:
        stages.append(now.stage)
        assert 0 <= now.done <= now.total

    learn(material(), SMALL, Watch(note))
    assert list(dict.fromkeys(stages)) == ["features", "training", "limits"]
    for stage in dict.fromkeys(stages):
        seen: list[str] = []
        watch = Watch(
            lambda now, seen=seen: seen.append(now.stage),  # type: ignore[misc]
            lambda seen=seen, stage=stage: stage in seen,  # type: ignore[misc]
        )
        with pytest.raises(TeachingCancelled):
            learn(material(), SMALL, watch)


def test_a_learner_by_the_contract() -> None:
    assert LEARNER.needs_defects
    assert LEARNER.choices is ClassifierChoices


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.integers(2, 5), st.lists(st.integers(2, 9), min_size=2, max_size=4))
def test_folds_hold_every_picture_out_once_and_every_label_in(
    seed: int, count: int, numbers: list[int]
) -> None:
    names = [f"label{k}" for k, number in enumerate(numbers) for _ in range(number)]
    if max(numbers) < count:
        with pytest.raises(DatasetError):
            folds_of(names, count, seed)
        return
    folds = folds_of(names, count, seed)
    assert sorted(i for fold in folds for i in fold.held) == list(range(len(names)))
    for fold in folds:
        assert not set(fold.train) & set(fold.held)
        assert {names[i] for i in fold.train} == set(names)
    assert rare_labels(names, count) == {k: n for k, n in Counter(names).items() if n < count}


def test_a_single_split_holds_a_fifth_out() -> None:
    (fold,) = folds_of(["a"] * 20 + ["b"] * 10, 1, 0)
    assert (len(fold.train), len(fold.held)) == (24, 6)


def test_nothing_of_one_source_stands_on_both_sides() -> None:
    names = ["good"] * 12 + ["bad"] * 12
    groups = [f"g{i // 3}" for i in range(24)]
    for fold in folds_of(names, 3, 5, groups):
        assert not {groups[i] for i in fold.train} & {groups[i] for i in fold.held}
    with pytest.raises(DatasetError, match="2 sources, too few for 3 folds"):
        folds_of(names, 3, 5, ["a", "b"] * 12)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=40))
def test_weights_of_labels(values: list[int]) -> None:
    targets = torch.tensor(values)
    balanced = label_weights(targets, 4, "balanced")
    counts = torch.bincount(targets, minlength=4)
    shares = balanced * counts
    assert torch.allclose(shares[counts > 0], shares.max(), rtol=1e-4)
    assert math.isclose(float(shares.sum()) / len(values), 1.0, rel_tol=1e-4)
    assert (balanced[counts == 0] == 0).all()
    assert torch.equal(label_weights(targets, 4, "none")[counts > 0].unique(), torch.ones(1))


def test_the_mean_curve_is_that_of_the_networks_still_learning(heads: Taught) -> None:
    curve = mean_curve(heads.curves)
    first = [one[0].losses["total"] for one in heads.curves]
    assert curve[0].losses["total"] == pytest.approx(sum(first) / len(first))
    assert mean_curve([]) == ()
