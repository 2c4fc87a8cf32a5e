from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from model.detectors.anomaly_clip import AnomalyClip, map_peak
from model.errors import CheckpointError
from model.layers.prompts import PromptLearner
from model.preprocess import Preprocess
from tests.model.clips import small_clip


def _detector(seed: int = 0, **options: Any) -> AnomalyClip:
    clip = small_clip()
    torch.manual_seed(seed)
    values: dict[str, Any] = {"features_list": (2, 4), "dpam": 3} | options
    return AnomalyClip(clip, PromptLearner(clip, 4, 2, 3), Preprocess(40), **values).eval()


def _images(height: int = 40, width: int = 40, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(2))


def test_scores_and_maps_have_the_promised_shapes_and_ranges() -> None:
    with torch.inference_mode():
        scores = _detector()(_images(40, 64))
    assert scores.image_score.shape == (2,)
    assert scores.anomaly_map.shape == (2, 1, 40, 64)
    assert scores.anomaly_map.dtype == scores.image_score.dtype == torch.float32
    assert 0 <= scores.image_score.min() <= scores.image_score.max() <= 1
    assert 0 <= scores.anomaly_map.min() <= scores.anomaly_map.max() <= 2


def test_a_batch_is_the_same_as_its_images_one_by_one() -> None:
    detector = _detector(map_weight=0.5)
    with torch.inference_mode():
        whole = detector(_images())
        single = [detector(one[None]) for one in _images()]
    for index, one in enumerate(single):
        assert torch.allclose(whole.image_score[index], one.image_score[0], atol=1e-6)
        assert torch.allclose(whole.anomaly_map[index], one.anomaly_map[0], atol=1e-6)


def test_map_weight_mixes_the_peak_in() -> None:
    plain, mixed = _detector(), _detector(map_weight=0.3, peak_fraction=0.01)
    with torch.inference_mode():
        expected, found = plain(_images()), mixed(_images())
    peak = map_peak(expected.anomaly_map[:, 0], 0.01)
    assert torch.allclose(found.image_score, 0.7 * expected.image_score + 0.3 * peak, atol=1e-6)


def test_peak_is_the_mean_of_the_highest() -> None:
    values = torch.arange(100.0).reshape(1, 10, 10)
    assert map_peak(values, 0.03).item() == pytest.approx(98)
    assert map_peak(values, 1e-9).item() == 99


def test_token_layers_do_not_change_the_scores() -> None:
    detector = _detector()
    with torch.inference_mode():
        plain = detector(_images())
        features = detector.features(_images(), token_layers=(3,))
        scores = detector.text_scores(features, 40)
    assert list(features.tokens) == [3]
    assert torch.allclose(scores.anomaly_map, plain.anomaly_map, atol=1e-6)
    assert torch.allclose(scores.image_score, plain.image_score, atol=1e-6)


def test_config_builds_the_same_detector() -> None:
    detector = _detector(map_weight=0.25, sigma=2.5)
    config = json.loads(json.dumps(detector.config()))
    other = AnomalyClip.from_config(config, detector.clip)
    assert other.config() == detector.config()
    other.load_checkpoint_state(detector.checkpoint_state())
    with torch.inference_mode():
        expected, found = detector(_images()), other(_images())
    assert torch.equal(expected.image_score, found.image_score)
    assert torch.equal(expected.anomaly_map, found.anomaly_map)


def test_the_checkpoint_holds_prompts_and_text_but_no_backbone() -> None:
    keys = sorted(_detector().checkpoint_state())
    assert keys == [
        "prompt_learner.compound_prompts_text.0",
        "prompt_learner.compound_prompts_text.1",
        "prompt_learner.ctx_neg",
        "prompt_learner.ctx_pos",
        "text_features",
    ]


@pytest.mark.parametrize("fault", ["missing", "shape", "nan", "surplus"])
def test_a_bad_checkpoint_state_is_refused_whole(fault: str) -> None:
    detector, state = _detector(), dict(_detector(seed=5).checkpoint_state())
    key = "prompt_learner.ctx_pos"
    if fault == "missing":
        del state[key]
    elif fault == "surplus":
        state["more"] = torch.zeros(1)
    else:
        state[key] = state[key][..., :2] if fault == "shape" else state[key] * float("nan")
    before = {k: v.clone() for k, v in detector.checkpoint_state().items()}
    with pytest.raises(CheckpointError):
        detector.load_checkpoint_state(state)
    assert all(torch.equal(v, before[k]) for k, v in detector.checkpoint_state().items())


@pytest.mark.parametrize(
    "change",
    [
        {"features_list": []},
        {"map_weight": 2},
        {"peak_fraction": 0},
        {"unknown": 1},
        {"prompts": {"n_ctx": "x"}},
        {"preprocess": {}},
        {"prompts": {"n_ctx": 90}},
        {"prompts": {"word": "very " * 70}},
    ],
)
def test_a_damaged_config_is_one_sentence(change: dict[str, Any]) -> None:
    config = _detector().config() | change
    with pytest.raises(CheckpointError, match="damaged"):
        AnomalyClip.from_config(config, small_clip())


def test_it_can_be_moved_to_another_type() -> None:
    detector = _detector().double()
    with torch.inference_mode():
        scores = detector(_images().double())
    assert scores.image_score.isfinite().all()
