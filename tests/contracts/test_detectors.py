"""What every detector of the registry must do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model import checkpoint
from model.backbone import TINY
from model.detector import Detector
from model.errors import CheckpointError
from model.registry import DETECTORS, build
from tests.model.tiny_clip import DETECTORS as MADE
from tests.model.tiny_clip import LIMITS, SIZE, backbone, picture


@pytest.fixture(params=list(DETECTORS))
def detector(request: pytest.FixtureRequest) -> Detector:
    return MADE[request.param]()


def batch(detector: Detector, count: int = 3) -> torch.Tensor:
    return torch.cat([detector.preprocess(picture(40 + seed)) for seed in range(count)])


def test_every_detector_is_tried_here() -> None:
    assert list(MADE) == list(DETECTORS)


def test_shapes_types_and_finiteness(detector: Detector) -> None:
    with torch.inference_mode():
        scores = detector(batch(detector))
    assert scores.image_score.shape == (3,)
    assert scores.anomaly_map.shape == (3, 1, SIZE, SIZE)
    for values in (scores.image_score, scores.anomaly_map):
        assert values.dtype == torch.float32
        assert values.isfinite().all()
    assert scores.image_score.unique().numel() == 3


def test_the_same_input_gives_the_same_bits(detector: Detector) -> None:
    inputs = batch(detector)
    with torch.inference_mode():
        first, again = detector(inputs), detector(inputs)
    assert torch.equal(first.image_score, again.image_score)
    assert torch.equal(first.anomaly_map, again.anomaly_map)


def test_a_batch_is_its_images_one_by_one(detector: Detector) -> None:
    inputs = batch(detector)
    with torch.inference_mode():
        together = detector(inputs)
        alone = [detector(one[None]) for one in inputs]
    score = torch.cat([one.image_score for one in alone])
    maps = torch.cat([one.anomaly_map for one in alone])
    assert torch.allclose(together.image_score, score, atol=1e-4)
    assert torch.allclose(together.anomaly_map, maps, atol=1e-4)


def test_saved_and_loaded_it_gives_the_same_bits(detector: Detector, tmp_path: Path) -> None:
    file = tmp_path / "made.safetensors"
    checkpoint.save(
        file,
        detector,
        LIMITS,
        name="made",
        backbone_name=TINY,
        backbone_sha256=backbone().sha256,
    )
    loaded = checkpoint.load(file, device="cpu", weight_folders=[backbone().file.parent])
    assert loaded.detector.config() == detector.config()
    assert loaded.calibration == LIMITS
    inputs = batch(detector)
    with torch.inference_mode():
        before, after = detector(inputs), loaded.detector(inputs)
    assert torch.equal(before.image_score, after.image_score)
    assert torch.equal(before.anomaly_map, after.anomaly_map)


def test_nan_missing_surplus_and_misshaped_tensors_are_refused(detector: Detector) -> None:
    state = detector.checkpoint_state()
    other = build(detector.kind, detector.config(), backbone().clip)
    for key, value in state.items():
        if value.is_floating_point():
            damaged = value.clone()
            damaged.view(-1)[0] = float("nan")
            with pytest.raises(CheckpointError, match="not finite"):
                other.load_checkpoint_state(state | {key: damaged})
        with pytest.raises(CheckpointError):
            other.load_checkpoint_state({k: v for k, v in state.items() if k != key})
        with pytest.raises(CheckpointError):
            other.load_checkpoint_state(state | {key: value[..., :0]})
    with pytest.raises(CheckpointError):
        other.load_checkpoint_state(state | {"stranger": torch.zeros(1)})


def test_the_backbone_is_not_stored(detector: Detector) -> None:
    stored = sum(value.numel() for value in detector.checkpoint_state().values())
    assert stored < 200_000
    assert stored < sum(value.numel() for value in detector.clip.parameters()) / 20
    assert isinstance(detector.clip, torch.nn.Module)
