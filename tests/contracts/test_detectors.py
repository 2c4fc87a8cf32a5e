"""What every detector of the registry must do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from model import checkpoint
from model.backbone import TINY
from model.backbones import Backbones
from model.detector import Detector
from model.errors import BackboneMissing, CheckpointError, ModelError
from model.learners import LEARNERS
from model.predictor import Predictor
from model.registry import DETECTORS, build
from tests.model.tiny_clip import DETECTORS as MADE
from tests.model.tiny_clip import LIMITS, backbone, info, picture
from tests.rigs.learned import learned, weights


@dataclass(frozen=True)
class Case:
    """A detector and the network that its checkpoints name."""

    detector: Detector
    backbone: str
    sha256: str

    @property
    def network(self) -> torch.nn.Module:
        return Backbones((weights(),)).load(self.backbone, self.sha256).module


def made(kind: str) -> Case:
    """Return a detector with made-up weights, or the one that was learned in a few steps."""
    if kind in MADE:
        return Case(MADE[kind](), TINY, backbone().sha256)
    found = learned(kind)
    return Case(found.detector, found.backbone_name, found.backbone_sha256)


@pytest.fixture(params=list(DETECTORS))
def case(request: pytest.FixtureRequest) -> Case:
    return made(request.param)


@pytest.fixture
def detector(case: Case) -> Detector:
    return case.detector


def batch(detector: Detector, count: int = 3) -> torch.Tensor:
    return torch.cat([detector.preprocess(picture(40 + seed)) for seed in range(count)])


def test_every_detector_is_tried_here() -> None:
    assert set(MADE) <= set(DETECTORS)
    assert set(DETECTORS) <= {*MADE, *LEARNERS}


def test_what_is_learned_is_of_a_known_kind() -> None:
    for name in LEARNERS:
        assert learned(name).detector.kind in DETECTORS


def test_shapes_types_and_finiteness(detector: Detector) -> None:
    with torch.inference_mode():
        scores = detector(batch(detector))
    assert scores.image_score.shape == (3,)
    assert scores.anomaly_map.ndim == 4
    assert scores.anomaly_map.shape[:2] == (3, 1)
    for values in (scores.image_score, scores.anomaly_map):
        assert values.dtype == torch.float32
        assert values.isfinite().all()
    # a probability may well be 1 for all of them
    assert len({one.numpy().tobytes() for one in scores.anomaly_map}) == 3


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


def test_saved_and_loaded_it_gives_the_same_bits(case: Case, tmp_path: Path) -> None:
    detector = case.detector
    file = tmp_path / "made.safetensors"
    checkpoint.save(
        file,
        detector,
        LIMITS,
        name="made",
        backbone_name=case.backbone,
        backbone_sha256=case.sha256,
    )
    loaded = checkpoint.load(file, device="cpu", weight_folders=[weights()])
    assert checkpoint.inspect(file).image_size == detector.preprocess.size
    assert loaded.detector.config() == detector.config()
    assert loaded.calibration == LIMITS
    inputs = batch(detector)
    with torch.inference_mode():
        before, after = detector(inputs), loaded.detector(inputs)
    assert torch.equal(before.image_score, after.image_score)
    assert torch.equal(before.anomaly_map, after.anomaly_map)


def test_nan_missing_surplus_and_misshaped_tensors_are_refused(case: Case) -> None:
    detector = case.detector
    state = detector.checkpoint_state()
    other = build(detector.kind, detector.config(), case.network)
    for key, value in state.items():
        if value.is_floating_point():
            damaged = value.clone()
            damaged.view(-1)[0] = float("nan")
            with pytest.raises(CheckpointError, match=r"not finite|not usable"):
                other.load_checkpoint_state(state | {key: damaged})
        with pytest.raises(CheckpointError):
            other.load_checkpoint_state({k: v for k, v in state.items() if k != key})
        with pytest.raises(CheckpointError):
            other.load_checkpoint_state(state | {key: value[..., :0]})
    with pytest.raises(CheckpointError):
        other.load_checkpoint_state(state | {"stranger": torch.zeros(1)})


def test_a_frozen_backbone_is_not_stored(case: Case) -> None:
    if not case.backbone:
        pytest.skip(f"{case.detector.kind} brings all its weights in the checkpoint")
    stored = sum(value.numel() for value in case.detector.checkpoint_state().values())
    frozen = sum(value.numel() for value in case.network.parameters())
    assert stored < 200_000
    assert stored < frozen / 20


def test_the_detector_of_another_kind_is_refused(case: Case, tmp_path: Path) -> None:
    """A file whose header names another kind ends in one sentence."""
    file = tmp_path / "made.safetensors"
    kinds = list(DETECTORS)
    at = kinds.index(case.detector.kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(case.detector), "kind", kinds[(at + 4) % len(kinds)])
        checkpoint.save(
            file,
            case.detector,
            LIMITS,
            name="made",
            backbone_name=case.backbone,
            backbone_sha256=case.sha256,
        )
    with pytest.raises(CheckpointError, match=r"made\.safetensors") as caught:
        checkpoint.load(file, device="cpu", weight_folders=[weights()])
    assert "\n" not in str(caught.value)


def test_a_missing_backbone_is_said(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "made.safetensors"
    checkpoint.save(
        file,
        case.detector,
        LIMITS,
        name="made",
        backbone_name=case.backbone,
        backbone_sha256=case.sha256,
    )
    if not case.backbone:
        assert checkpoint.load(file, device="cpu").detector.kind == case.detector.kind
        return
    with pytest.raises(BackboneMissing, match=case.backbone):
        checkpoint.load(file, device="cpu")


@pytest.mark.parametrize("shape", [(200, 64), (64, 200, 3), (64, 64, 4)])
def test_pictures_of_every_form_get_a_map_of_their_size(case: Case, shape: tuple[int, ...]) -> None:
    image = np.random.default_rng(3).integers(0, 255, shape).astype(np.uint8)
    seen = Predictor(case.detector, LIMITS, info(case.detector)).predict(image)
    assert seen.anomaly_map.shape == shape[:2]
    assert np.isfinite(seen.anomaly_map).all()
    assert np.isfinite(seen.score)


@pytest.mark.parametrize("image", [np.zeros((20, 64, 3), np.uint8), np.zeros((64, 64), np.int32)])
def test_pictures_that_cannot_be_judged_are_refused(case: Case, image: np.ndarray) -> None:
    with pytest.raises(ModelError):
        Predictor(case.detector, LIMITS, info(case.detector)).predict(image)


def test_weights_that_came_apart_make_an_error_and_no_score(case: Case) -> None:
    """A result that is no number must never become a verdict."""
    state = {key: value.clone() for key, value in case.detector.checkpoint_state().items()}
    other = build(case.detector.kind, case.detector.config(), case.network)
    other.load_checkpoint_state(state)
    for value in (*other.parameters(), *other.buffers()):
        if value.is_floating_point():
            value.detach().fill_(float("nan"))
    with pytest.raises(ModelError, match="not a number"):
        Predictor(other, LIMITS, info(other)).predict(picture(1))
