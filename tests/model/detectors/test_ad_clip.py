from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from model import registry
from model.detectors.ad_clip import AdClip
from model.detectors.ad_clip_heads import text_of_names
from model.detectors.ad_clip_parts import Blend
from model.errors import CheckpointError
from tests.model.tiny_clip import SIZE, ad_clip, backbone, picture, with_fellow, zero_shot


def inputs(detector: AdClip, *seeds: int) -> torch.Tensor:
    return torch.cat([detector.preprocess(picture(seed)) for seed in seeds])


@torch.no_grad()
def test_without_a_bank_scores_are_probabilities() -> None:
    detector = AdClip(zero_shot(), ("good", "crack"), 32).eval()
    scores = detector(inputs(detector, 1, 2))
    assert scores.anomaly_map.shape == (2, 1, SIZE, SIZE)
    assert ((scores.image_score > 0) & (scores.image_score < 1)).all()
    assert ((scores.anomaly_map > 0) & (scores.anomaly_map < 1)).all()
    assert scores.class_probabilities is not None
    assert torch.allclose(scores.class_probabilities.sum(1), torch.ones(2))


@torch.no_grad()
def test_with_a_bank_the_weights_decide_between_bank_and_training() -> None:
    detector = ad_clip()
    assert detector.taught is not None
    images = inputs(detector, 5, 6)
    detector.blend = dataclasses.replace(detector.blend, trained=0.0)
    few = detector.taught(images)
    found = detector(images)
    assert torch.allclose(found.image_score, few.image_score, atol=1e-5)
    assert torch.allclose(found.anomaly_map, few.anomaly_map, atol=1e-5)
    detector.blend = dataclasses.replace(detector.blend, trained=1.0)
    assert not torch.allclose(detector(images).image_score, few.image_score, atol=1e-2)


@torch.no_grad()
def test_normal_pictures_are_about_one_spread_around_zero() -> None:
    detector = ad_clip()
    detector.blend = dataclasses.replace(detector.blend, trained=1.0)
    seeds = range(20, 50)
    detector.standardise([inputs(detector, seed) for seed in seeds])
    scores = detector(inputs(detector, *seeds)).image_score
    assert abs(float(scores.mean())) < 0.2
    assert float(scores.std()) < 1.5


def test_names_begin_as_their_text() -> None:
    base = zero_shot()
    rows = text_of_names(base, ("good", "scratch", "deep_scratch"))
    assert rows.shape == (3, base.text_features.shape[1])
    assert torch.allclose(rows.norm(dim=1), torch.ones(3), atol=1e-5)
    assert F.cosine_similarity(rows[1], rows[2], dim=0) < 1 - 1e-6
    assert text_of_names(base, ()).shape == (0, rows.shape[1])


@torch.no_grad()
def test_a_detector_without_names_names_nothing() -> None:
    detector = AdClip(zero_shot(), (), 32).eval()
    found = detector(inputs(detector, 1)).class_probabilities
    assert found is not None
    assert found.shape == (1, 0)


@pytest.mark.parametrize(
    "made",
    [
        lambda: AdClip(zero_shot(), ("good", "crack"), 32).eval(),
        lambda: ad_clip(3),
        with_fellow,
        lambda: with_fellow(0),
    ],
    ids=["alone", "bank", "bank and fellow", "fellow"],
)
@torch.no_grad()
def test_state_and_configuration_make_the_same_detector(made: Callable[[], AdClip]) -> None:
    detector = made()
    copy = registry.build("ad_clip", detector.config(), backbone().clip)
    copy.load_checkpoint_state(detector.checkpoint_state())
    copy.eval()
    images = inputs(detector, 7, 8)
    one, two = detector(images), copy(images)
    assert torch.allclose(one.image_score, two.image_score, atol=1e-4)
    assert torch.allclose(one.anomaly_map, two.anomaly_map, atol=1e-3)


@torch.no_grad()
def test_fellows_say_the_mean_of_all() -> None:
    detector = with_fellow(0)
    fellow = detector.fellows[0]
    assert isinstance(fellow, AdClip)
    images = inputs(detector, 3, 4)
    features = detector.base.features(images)
    own, other = (one.trained(images, features) for one in (detector, fellow))
    found = detector(images)
    mean = (own.image_score + other.image_score) / 2
    assert torch.allclose(found.image_score, mean.sigmoid(), atol=1e-6)
    of_map = (own.anomaly_map + other.anomaly_map) / 2
    assert torch.allclose(found.anomaly_map, of_map.sigmoid(), atol=1e-6)
    assert not torch.allclose(own.image_score, other.image_score, atol=1e-3)
    detector.leave()
    assert torch.allclose(detector(images).image_score, own.image_score.sigmoid(), atol=1e-6)


def test_only_what_looks_through_the_same_backbone_can_join() -> None:
    detector = ad_clip()
    with pytest.raises(ValueError, match="bank, fellows or other names"):
        detector.join([ad_clip(2)])
    with pytest.raises(ValueError, match="bank, fellows or other names"):
        detector.join([AdClip(zero_shot(), ("good",), 32)])
    other = ad_clip(0)
    other.base.features_list = (3,)
    with pytest.raises(ValueError, match="another backbone"):
        detector.join([other])
    assert not len(detector.fellows)


def test_a_damaged_state_is_refused_and_changes_nothing() -> None:
    detector = with_fellow()
    state = detector.checkpoint_state()
    for spoil in (
        "side.map_head.weight",
        "taught.bank.rows",
        "base.text_features",
        "fellows.0.side.stem.0.weight",
        "fellows.0.base.text_features",
    ):
        with pytest.raises(CheckpointError, match="missing, misshaped or not finite"):
            detector.load_checkpoint_state(
                {key: value * float("nan") if key == spoil else value
                 for key, value in state.items()}
            )  # fmt: skip


def test_a_damaged_configuration_is_refused() -> None:
    config = ad_clip().config()
    for spoil in (
        {"side": 33},
        {"blend": {"patches": 2.0}},
        {"taught": {"bank": [1]}},
        {"fellows": [{"side": 32}]},
        {"fellows": 3},
    ):
        with pytest.raises(CheckpointError, match="damaged"):
            registry.build("ad_clip", config | spoil, backbone().clip)


@pytest.mark.parametrize("values", [{"patches": -0.1}, {"trained": 1.1}, {"peak_fraction": 0.0}])
def test_weights_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"within|above"):
        Blend(**values)
