from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from model import checkpoint
from model.backbone import TINY
from model.checkpoint_seal import SEAL_KEY
from model.errors import CheckpointError, ModelError, UnknownDetector
from model.types import Calibration
from tests.model.tiny_clip import LIMITS, SIZE, backbone, few_shot, picture, zero_shot


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A few-shot checkpoint with its backbone beside it."""
    file = tmp_path / "nut.safetensors"
    checkpoint.save(
        file,
        few_shot(),
        LIMITS,
        name="Nut M8",
        backbone_name=TINY,
        backbone_sha256=backbone().sha256,
        extra={"good": ["a.png"], "seed": 3},
    )
    shutil.copy(backbone().file, tmp_path)
    return file


def rewritten(file: Path, **changes: object) -> None:
    """Change values of the header, or with `tensors` the tensors; without a seal, as once."""
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    tensors = load_file(file) | dict(changes.pop("tensors", {}))  # type: ignore[call-overload]
    metadata.pop(SEAL_KEY)
    metadata["adclip"] = json.dumps(json.loads(metadata["adclip"]) | changes)
    save_file(tensors, file, metadata)


def test_the_header_tells_all(made: Path) -> None:
    info = checkpoint.inspect(made)
    assert (info.name, info.detector, info.backbone) == ("Nut M8", "few_shot_clip", TINY)
    assert (info.backbone_sha256, info.image_size) == (backbone().sha256, SIZE)
    assert (info.n_shots, info.calibration, info.format) == (3, LIMITS, 1)
    assert info.extra == {"good": ["a.png"], "seed": 3}
    assert info.size_bytes == made.stat().st_size
    assert len(info.sha256) == 64
    assert info.created.endswith("+00:00")
    assert info.software.startswith("adclip-station")


def test_loaded_it_is_what_was_inspected(made: Path) -> None:
    predictor = checkpoint.load(made, device="cpu")
    assert predictor.info == checkpoint.inspect(made)
    assert predictor.calibration == LIMITS
    assert np.isfinite(predictor.predict(picture(1)).score)


def test_limits_that_are_not_there_stay_not_there(tmp_path: Path) -> None:
    file = tmp_path / "raw.safetensors"
    info = checkpoint.save(
        file,
        zero_shot(),
        Calibration(),
        name="raw",
        backbone_name=TINY,
        backbone_sha256="",
    )
    assert math.isnan(info.calibration.limit)
    again = checkpoint.inspect(file)
    assert math.isnan(again.calibration.map_limit)
    assert not again.calibration.is_usable
    loaded = checkpoint.load(file, device="cpu", weight_folders=[backbone().file.parent])
    assert not loaded.calibration.is_usable


def test_missing_file(tmp_path: Path) -> None:
    for action in (checkpoint.inspect, checkpoint.load):
        with pytest.raises(CheckpointError, match=r"Cannot read the checkpoint .*none"):
            action(tmp_path / "none.safetensors")


@pytest.mark.parametrize("content", [b"", b"\x00" * 200, b"{}", b"PK\x03\x04" + b"x" * 500])
def test_no_safetensors(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "odd.safetensors"
    file.write_bytes(content)
    for action in (checkpoint.inspect, checkpoint.load):
        with pytest.raises(CheckpointError, match=r"odd\.safetensors is no safetensors"):
            action(file)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_cut_off(made: Path, share: float) -> None:
    data = made.read_bytes()
    made.write_bytes(data[: int(len(data) * share)])
    for action in (checkpoint.inspect, checkpoint.load):
        with pytest.raises(CheckpointError, match="is cut off"):
            action(made)


def test_tensors_of_something_else(tmp_path: Path) -> None:
    for action in (checkpoint.inspect, checkpoint.load):
        with pytest.raises(CheckpointError, match="no checkpoint of this program"):
            action(backbone().file)


def test_newer_format(made: Path) -> None:
    rewritten(made, format=2)
    for action in (checkpoint.inspect, checkpoint.load):
        with pytest.raises(CheckpointError, match=r"format 2 .* reads up to 1; update"):
            action(made)


@pytest.mark.parametrize("damage", [{"calibration": 5}, {"stranger": 1}, {"format": "x"}])
def test_damaged_header(made: Path, damage: dict[str, object]) -> None:
    rewritten(made, **damage)
    with pytest.raises(CheckpointError):
        checkpoint.inspect(made)


def test_unknown_detector(made: Path) -> None:
    rewritten(made, kind="flow")
    assert checkpoint.inspect(made).detector == "flow"
    with pytest.raises(UnknownDetector, match="update the program"):
        checkpoint.load(made)


@pytest.mark.parametrize(
    "tensor", [torch.full((2,), float("nan")), torch.zeros(2, 2), torch.zeros(0)]
)
def test_tensors_that_cannot_be_used(made: Path, tensor: torch.Tensor) -> None:
    rewritten(made, tensors={"image_statistics": tensor})
    with pytest.raises(CheckpointError, match=r"nut\.safetensors cannot be used.*image_statistics"):
        checkpoint.load(made)


def test_backbone_missing(made: Path, tmp_path: Path) -> None:
    (tmp_path / f"{TINY}.safetensors").unlink()
    with pytest.raises(CheckpointError, match=f"put {TINY}.safetensors with sha256") as caught:
        checkpoint.load(made, weight_folders=[tmp_path / "more"])
    assert str(tmp_path) in str(caught.value)


def test_another_backbone_of_that_name(made: Path, tmp_path: Path) -> None:
    file = tmp_path / f"{TINY}.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(CheckpointError, match="another file of that name"):
        checkpoint.load(made)
    folder = tmp_path / "right"
    folder.mkdir()
    shutil.copy(backbone().file, folder)
    assert checkpoint.load(made, weight_folders=[folder]).info.name == "Nut M8"


def test_what_is_not_finite_is_not_written(tmp_path: Path) -> None:
    detector = few_shot()
    detector.image_statistics[0] = float("inf")
    with pytest.raises(CheckpointError, match="image_statistics is not finite"):
        checkpoint.save(
            tmp_path / "a.safetensors",
            detector,
            LIMITS,
            name="a",
            backbone_name=TINY,
            backbone_sha256="",
        )
    assert list(tmp_path.iterdir()) == []


def test_a_name_or_folder_that_cannot_be_written(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "a.bin", "must be a file ending in"),
        (tmp_path / "none" / "a.safetensors", "Cannot write"),
    ):
        with pytest.raises(CheckpointError, match=reason):
            checkpoint.save(
                path, zero_shot(), LIMITS, name="a", backbone_name=TINY, backbone_sha256=""
            )


def test_unknown_device(made: Path) -> None:
    with pytest.raises(ModelError, match="'abacus'"):
        checkpoint.load(made, device="abacus")


def test_prompts_of_the_reference(tmp_path: Path) -> None:
    file = tmp_path / "epoch_15.pth"
    detector = zero_shot()
    detector.save_official(file)
    info = checkpoint.inspect(file)
    assert (info.backbone, info.image_size, info.n_shots) == (TINY, 240, 0)
    assert not info.calibration.is_usable
    loaded = checkpoint.load(file, device="cpu", weight_folders=[backbone().file.parent])
    assert torch.allclose(loaded.detector.text_features, detector.text_features, atol=1e-6)
    assert loaded.info == info
    with pytest.raises(CheckpointError, match=f"put {TINY}.safetensors"):
        checkpoint.load(file)


def test_prompts_for_no_known_backbone(tmp_path: Path) -> None:
    file = tmp_path / "epoch_1.pth"
    torch.save({"prompt_learner": {"ctx_pos": torch.zeros(1, 1, 12, 99)}}, file)
    with pytest.raises(CheckpointError, match="width 99"):
        checkpoint.inspect(file)
