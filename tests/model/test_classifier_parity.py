"""The classifier against the reference numbers; skips loudly where they are absent."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from model.detectors.classifier import Classifier, ClassifierForm
from model.learning.classifier_choices import ClassifierChoices
from model.learning.classifier_figures import macro_f1
from model.learning.classifier_folds import folds_of
from model.learning.classifier_inputs import PictureInputs, ResizedPictures
from model.learning.classifier_labels import labels_of
from model.learning.classifier_training import optimizer_of
from model.learning.classifier_views import View, ViewRules
from model.learning.material import Label, Material
from model.learning.watch import Watch
from model.preprocess import Preprocess
from tests.model import golden_classifier as golden

TOLERANCE = 1e-4


def agree(ours: Tensor, key: str, tolerance: float = TOLERANCE) -> None:
    theirs = golden.tensor(key)
    assert ours.shape == theirs.shape
    assert float((ours.detach() - theirs).abs().max()) <= tolerance * float(theirs.abs().max())


def labels() -> tuple[Label, ...]:
    pairs = (str(name).partition("-") for name in golden.arrays()["labels"])
    return tuple(Label(product, state) for product, _, state in pairs)


def test_the_labels_are_those_of_the_contest_in_their_order() -> None:
    known = labels()
    pictures = [np.zeros((40, 40, 3), np.uint8)] * len(known)
    found = labels_of(Material(pictures, tuple(reversed(known))))
    assert found == known
    assert len({label.product for label in found}) == 15


def test_one_network_gives_features_logits_and_probabilities() -> None:
    network = golden.network()
    form = ClassifierForm(labels(), "efficientnet_b4", 1, Preprocess(golden.SIDE))
    classifier = Classifier(form, None, [network]).eval()
    with torch.no_grad():
        features = network.features(golden.inputs())
        scores = classifier(golden.inputs())
    assert tuple(golden.arrays()["features_shape"]) == tuple(features.shape)
    assert network.is_linear
    agree(features[:, ::64], "features_sub")
    agree(network.logits(features), "logits")
    assert scores.class_probabilities is not None
    agree(scores.class_probabilities, "softmax")
    assert scores.anomaly_map.shape == (2, 1, 4, 4)


def test_one_step_of_adadelta() -> None:
    network = golden.network()
    optimizer = optimizer_of(network, ClassifierChoices(optimizer="adadelta"))
    loss = F.cross_entropy(network(golden.inputs()), torch.tensor(golden.STEP_TARGETS))
    loss.backward()
    inner = network.network
    agree(loss.detach(), "train_loss")
    agree(inner.classifier.weight.grad.norm(), "train_grad_norm_classifier_weight", 2e-3)
    agree(inner.conv_stem.weight.grad.norm(), "train_grad_norm_conv_stem", 2e-3)
    optimizer.step()
    agree(inner.classifier.bias.detach(), "train_after_classifier_bias")
    agree(inner.conv_stem.weight.detach()[::8], "train_after_conv_stem_sub")


@pytest.fixture(scope="module")
def resized() -> ResizedPictures:
    # pictures are BGR everywhere else
    return ResizedPictures(Material([golden.picture()[:, :, ::-1].copy()]), 384, Watch())


def test_pictures_are_resized_and_normalised_as_in_the_contest(resized: ResizedPictures) -> None:
    assert np.array_equal(resized.pixels[0][::8, ::8], golden.arrays()["resized_sub"])
    preprocess = Preprocess(384, golden.MEAN, golden.STD, filter="area", whole=True)
    rules, draw = ViewRules(0, 0, False), torch.Generator()
    inputs = PictureInputs(resized.pixels, preprocess, [""], rules, draw, torch.device("cpu"))
    picture = inputs.plain([0])[0]
    agree(picture[:, ::8, ::8], "normalised_sub")
    assert torch.equal(preprocess(golden.picture()[:, :, ::-1].copy())[0], picture)
    agree(View(30.0).of(picture)[:, ::8, ::8], "affine30_sub")
    whole = View(30.0, is_upside_down=True, is_mirrored=True, second_turn=50.0)
    agree(whole.of(picture)[:, ::8, ::8], "affine30_vflip_hflip_rot50_sub")


def test_the_folds_are_scikit_learn_s() -> None:
    names = [f"label{number}" for number in golden.arrays()["fold_labels"]]
    for number, fold in enumerate(folds_of(names, 5, golden.FOLD_SEED)):
        assert np.array_equal(np.flatnonzero(golden.arrays()["fold_of"] == number), fold.held)


def test_macro_f1() -> None:
    targets, named = golden.arrays()["fold_labels"], golden.arrays()["pred"]
    assert macro_f1(targets, named) == pytest.approx(float(golden.arrays()["macro_f1"]), abs=1e-9)
