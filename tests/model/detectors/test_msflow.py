from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from model import checkpoint, registry
from model.detectors.msflow import MSFlow, signs_of
from model.errors import CheckpointError
from model.msflow_settings import MSFlowSettings
from tests.model.tiny_clip import LIMITS, picture
from tests.model.tiny_msflow import SETTINGS, SIZE, msflow
from tests.model.tiny_patchcore import backbones


def inputs(detector: MSFlow, *seeds: int) -> Tensor:
    return torch.cat([detector.preprocess(picture(seed)) for seed in seeds])


@torch.no_grad()
@pytest.mark.parametrize("name", ["adclip-tiny", "resnet18"])
@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS,
        replace(SETTINGS, pooled=True, directions=0),
        replace(SETTINGS, pyramid=False, score="added", shown="multiplied"),
    ],
    ids=["small", "as the paper", "other ways"],
)
def test_scores_and_maps_have_their_shapes(name: str, settings: MSFlowSettings) -> None:
    detector = msflow(name, settings)
    scores = detector(inputs(detector, 1, 2))
    assert scores.image_score.shape == (2,)
    assert scores.anomaly_map.shape == (2, 1, SIZE, SIZE)
    assert scores.image_score.isfinite().all()
    assert scores.anomaly_map.isfinite().all()


@torch.no_grad()
def test_a_batch_is_judged_as_its_pictures_are() -> None:
    detector = msflow()
    together = detector(inputs(detector, 1, 2, 3, 4, 5, 6))
    alone = detector(inputs(detector, 5))
    assert torch.allclose(together.image_score[4], alone.image_score[0], atol=1e-4)
    assert torch.allclose(together.anomaly_map[4], alone.anomaly_map[0], atol=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("name", ["adclip-tiny", "resnet18"])
def test_a_checkpoint_gives_the_same_detector(name: str, tmp_path: Path) -> None:
    detector = msflow(name)
    found = backbones().load(name)
    file = tmp_path / "flows.safetensors"
    checkpoint.save(
        file, detector, LIMITS, name="x", backbone_name=name, backbone_sha256=found.sha256
    )
    again = checkpoint.load(file, device="cpu", weight_folders=backbones().folders)
    assert isinstance(again.detector, MSFlow)
    assert again.detector.settings == detector.settings
    expected, given = detector(inputs(detector, 7)), again.detector(inputs(detector, 7))
    assert torch.equal(given.image_score, expected.image_score)
    assert torch.equal(given.anomaly_map, expected.anomaly_map)


def test_the_network_of_others_is_left_alone() -> None:
    module = backbones().load("resnet18").module
    made = registry.build("msflow", msflow("resnet18").config(), module)
    assert isinstance(made, MSFlow)
    pads = [m.padding_mode for m in module.modules() if isinstance(m, nn.Conv2d)]
    own = [m for m in made.levels.modules() if isinstance(m, nn.Conv2d) and m.padding != (0, 0)]
    assert set(pads) == {"zeros"}
    assert {m.padding_mode for m in own} == {"reflect"}


@pytest.mark.parametrize(
    ("key", "spoil"),
    [
        ("flows.parallel.0.blocks.0.scale", lambda value: value * float("nan")),
        ("flows.parallel.0.blocks.0.permutation", torch.zeros_like),
        ("flows.fusion.permutation_1", lambda value: value.float()),
        ("normality.score", lambda value: value[:1]),
        ("start.scales.2.directions", lambda value: None),
        ("normality.signs", lambda value: -value.abs()),
        ("flows.more", lambda value: torch.zeros(1)),
    ],
)
def test_a_spoilt_state_is_refused_and_changes_nothing(key: str, spoil: object) -> None:
    detector = msflow()
    state = {k: v.clone() for k, v in detector.checkpoint_state().items()}
    assert callable(spoil)
    value = spoil(state.get(key))
    if value is None:
        state.pop(key)
    else:
        state[key] = value
    before = {k: v.clone() for k, v in detector.checkpoint_state().items()}
    with pytest.raises(CheckpointError, match=key.rpartition(".")[2]):
        detector.load_checkpoint_state(state)
    after = detector.checkpoint_state()
    assert all(torch.equal(after[k], v) for k, v in before.items())


@pytest.mark.parametrize(
    "spoilt",
    [
        {"depths": [1, 1]},
        {"depths": [0, 1, 1]},
        {"depths": [1, 1, 10**6]},
        {"condition": 6},
        {"share": 0},
        {"score": "guessed"},
        {"directions": -1},
        {"condition": "many"},
    ],
)
def test_a_damaged_description_is_a_sentence(spoilt: dict[str, object]) -> None:
    detector = msflow()
    config = detector.config()
    config["settings"] = config["settings"] | spoilt
    with pytest.raises(CheckpointError, match="description of its detector is damaged"):
        registry.build("msflow", config, detector.levels.backbone)
    config["settings"].pop("share")
    with pytest.raises(CheckpointError, match="damaged"):
        registry.build("msflow", config, detector.levels.backbone)


def test_a_small_defect_is_no_sign_of_the_whole_picture_but_a_shift_of_all_is() -> None:
    generator = torch.Generator().manual_seed(7)
    logs = [-torch.rand(1, 1, side, side, generator=generator) for side in (16, 8, 4)]
    spoilt = [one.clone() for one in logs]
    for one in spoilt:
        one[:, :, : one.shape[2] // 4, : one.shape[3] // 4] = -100
    usual = signs_of(logs)
    assert float((signs_of(spoilt) - usual).abs().max()) < 0.25
    shifted = signs_of([one - 5 for one in logs]) - usual
    assert torch.allclose(shifted[:, :3], torch.full((1, 3), -5.0), atol=1e-5)
    even = signs_of([torch.full_like(one, -0.5) for one in logs])
    assert (even[:, 3:] < usual[:, 3:] - 3).all()
