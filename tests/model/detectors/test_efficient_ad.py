from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from model import checkpoint
from model.detectors.efficient_ad import EfficientAd, RawMaps, input_of
from model.errors import CheckpointError
from model.types import Calibration
from tests.model.tiny_efficient_ad import add_size, detector, part

LIMITS = Calibration(0.1, 2.0, 0.05, 1.5, 10, 0, "made up")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    add_size(monkeypatch)


def _raw(local: torch.Tensor, whole: torch.Tensor, beyond: float = 0.0) -> RawMaps:
    return RawMaps(local, whole, torch.full((len(local),), beyond))


def _images(count: int = 2) -> torch.Tensor:
    made = detector()
    return torch.cat([made.preprocess(part(seed)) for seed in range(count)])


def test_score_is_the_peak_and_the_border_repeats() -> None:
    made = detector()
    scores = made(_images())
    assert scores.anomaly_map.shape == (2, 1, 64, 64)
    assert torch.equal(scores.image_score, scores.anomaly_map.flatten(1).amax(1))
    assert torch.equal(scores.anomaly_map[..., 0, :], scores.anomaly_map[..., 4, :])
    assert torch.equal(scores.anomaly_map[..., 63], scores.anomaly_map[..., 59])


def test_only_the_reference_mode_has_a_border_of_zeros() -> None:
    made = detector()
    # far above every pixel: the whole picture is calmer than the calibration's zero
    made.quantiles.copy_(torch.tensor([1e3, 2e3, 1e3, 2e3]))
    calm = made(_images())
    assert float(calm.image_score.max()) < 0
    made.reference = True
    tied = made(_images())
    assert tied.image_score.tolist() == [0, 0]
    assert float(tied.anomaly_map[..., :4, :].abs().max()) == 0


def test_a_checkpoint_gives_the_same_numbers_without_any_backbone(tmp_path: Path) -> None:
    made = detector()
    made.teacher_mean.fill_(0.2)
    made.quantiles.copy_(torch.tensor([0.5, 0.7, 0.1, 0.4]))
    file = tmp_path / "one.safetensors"
    checkpoint.save(file, made, LIMITS, name="one", backbone_name="", backbone_sha256="")
    loaded = checkpoint.load(file, device="cpu")
    assert isinstance(loaded.detector, EfficientAd)
    assert loaded.detector.preprocess == input_of(256)
    assert not loaded.detector.reference
    with torch.inference_mode():
        assert torch.equal(loaded.detector(_images()).anomaly_map, made(_images()).anomaly_map)
    picture = part(1)
    assert np.isfinite(loaded.predict(picture).anomaly_map).all()


@pytest.mark.parametrize("level", [0.0, 1e-6, 3.0, 1e4])
def test_constant_validation_maps_keep_the_map_finite(level: float) -> None:
    made = detector()
    made.quantiles.fill_(level)
    same = torch.full((1, 5, 5), level)
    other = same.clone()
    other[0, 2, 2] += max(0.05, 0.05 * level)
    calm = made.comparable(_raw(same, same))
    risen = made.comparable(_raw(other, same))
    assert torch.equal(calm, torch.zeros_like(calm))
    assert bool(risen.isfinite().all())
    assert float(risen[0, 2, 2]) > 0.1


def test_the_span_of_real_quantiles_is_kept() -> None:
    made = detector()
    made.quantiles.copy_(torch.tensor([1.0, 1.5, 2.0, 4.0]))
    low = made.comparable(_raw(torch.full((1, 1, 1), 1.0), torch.full((1, 1, 1), 2.0)))
    high = made.comparable(_raw(torch.full((1, 1, 1), 1.5), torch.full((1, 1, 1), 4.0)))
    assert float(low) == pytest.approx(0)
    assert float(high) == pytest.approx(0.1)


def test_a_strange_look_raises_the_whole_picture() -> None:
    made, flat = detector(), torch.zeros(1, 5, 5)
    made.set_lift(torch.tensor([0.5, 0.2]))
    calm, raised = (made.comparable(_raw(flat, flat, beyond)) for beyond in (0.0, 3.0))
    assert torch.allclose(raised - calm, torch.full_like(flat, 6.0))
    made.reference = True
    assert torch.equal(made.comparable(_raw(flat, flat, 3.0)), calm)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("teacher.0.weight", torch.zeros(2), "does not fit"),
        ("quantiles", torch.full((4,), torch.nan), "not finite"),
        ("teacher_std", torch.zeros(6), "not positive"),
        ("surplus", torch.zeros(1), "does not fit"),
    ],
)
def test_a_damaged_state_is_refused(key: str, value: torch.Tensor, words: str) -> None:
    made = detector()
    state = made.checkpoint_state() | {key: value}
    with pytest.raises(CheckpointError, match=words):
        detector().load_checkpoint_state(state)
    del state["student.0.bias"]
    with pytest.raises(CheckpointError):
        detector().load_checkpoint_state(state)


def test_a_damaged_description_is_refused() -> None:
    good = detector().config()
    small = good | {"preprocess": dataclasses.replace(input_of(256), size=128).to_json()}
    for config in (
        {},
        good | {"size": "xl"},
        good | {"size": ["s"]},
        small,
        good | {"reference": 1},
    ):
        if config.get("reference") == 1:
            assert EfficientAd.from_config(config, nn.Identity()).reference
            continue
        with pytest.raises(CheckpointError, match="damaged"):
            EfficientAd.from_config(config, nn.Identity())
