from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from safetensors import safe_open

from model import checkpoint
from model.backbones import Backbones
from model.checkpoint_header import TEACHER_KEY
from model.detectors.efficient_ad import input_of
from model.distil import DistilConfig, distil
from model.distil_pictures import Pictures
from model.distil_target import ClipTarget, make_target
from model.errors import BackboneFile, CheckpointError, DatasetError
from model.images import write_image
from model.learning.efficient_ad_names import read_teacher
from model.learning.watch import Watch
from model.teaching import TeachingCancelled
from model.training.config import TrainingProgress
from tests.model.tiny_clip import backbone
from tests.model.tiny_efficient_ad import add_size, part


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    add_size(monkeypatch)
    # the large network looks at 60 instead of 360 pixels
    monkeypatch.setattr("model.distil_target._NATIVE_SHARE", 0.25)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "below").mkdir(parents=True)
    for number in range(3):
        write_image(folder / f"{number}.png", part(number, hole=number == 1))
    write_image(folder / "below" / "last.jpg", part(9))
    return folder


def _config(folder: Path, images: Path | None, **others: object) -> DistilConfig:
    made = DistilConfig(
        folder / "teacher.safetensors",
        "tiny",
        images,
        steps=20,
        batch=2,
        device="cpu",
        folders=(backbone().file.parent,),
    )
    return replace(made, **others)  # type: ignore[arg-type]


def test_a_teacher_learns_what_the_large_network_says(tmp_path: Path, images: Path) -> None:
    seen: list[TrainingProgress] = []
    # what the large network says of a picture that is half dark, half bright, is easy to tell
    for number in range(4):
        halves = np.full((64, 64, 3), 20, np.uint8)
        halves[:, number % 2 * 32 : number % 2 * 32 + 32] = 230
        write_image(images / f"{number}.png", halves)
    (images / "below" / "last.jpg").unlink()
    config = _config(tmp_path, images, steps=40, learning_rate=0.01)
    made = distil(config, Watch(seen.append))
    assert made.pictures == 4
    assert made.resumed == 0
    first = next(one.last for one in seen if one.last is not None)
    assert made.loss < 0.9 * first.losses["total"]
    assert [one.stage for one in seen if one.done == one.total] == ["features", "training"]
    size, state = read_teacher(made.file)
    assert size == "tiny"
    assert set(state) == {f"{layer}.{end}" for layer in (0, 3, 6, 8) for end in ("weight", "bias")}
    with safe_open(made.file, "pt") as opened:
        facts = json.loads(opened.metadata()[TEACHER_KEY])
    assert facts["target"] == {"name": "adclip-tiny", "sha256": backbone().sha256}
    assert facts["images"] == "images"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["images", "teacher.safetensors"]


def test_a_teacher_is_no_checkpoint_and_no_problem_in_a_list(tmp_path: Path, images: Path) -> None:
    made = distil(_config(tmp_path, images, steps=1), Watch())
    with pytest.raises(BackboneFile, match="no checkpoint"):
        checkpoint.inspect(made.file)


def test_a_run_that_was_ended_goes_on_to_the_same_bits(tmp_path: Path, images: Path) -> None:
    whole = distil(_config(tmp_path, images), Watch())
    folder = tmp_path / "again"
    folder.mkdir()
    config = _config(folder, images)
    steps: list[int] = []

    def ended() -> bool:
        return len(steps) >= 7

    def count(now: TrainingProgress) -> None:
        if now.stage == "training":
            steps.append(now.done)

    with pytest.raises(TeachingCancelled):
        distil(config, Watch(count, ended))
    assert [one.name for one in folder.iterdir()] == ["teacher.safetensors.state"]
    made = distil(config, Watch())
    # the step during which it was stopped had been noted
    assert made.resumed == 8
    assert made.sha256 == whole.sha256
    assert [one.name for one in folder.iterdir()] == ["teacher.safetensors"]


@pytest.mark.logs_expected
def test_a_damaged_or_foreign_state_is_passed_over(
    tmp_path: Path, images: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = _config(tmp_path, images, steps=2)
    state = tmp_path / "teacher.safetensors.state"
    state.write_bytes(b"not a state")
    with caplog.at_level(logging.WARNING):
        made = distil(config, Watch())
    assert made.resumed == 0
    assert "beginning anew" in caplog.text
    torch.save({"fingerprint": "of other choices", "step": 1}, state)
    assert distil(config, Watch()).sha256 == made.sha256


def test_without_images_procedural_products_are_drawn(tmp_path: Path) -> None:
    made = distil(_config(tmp_path, None, steps=1, pictures=2), Watch())
    assert made.pictures == 2


def test_what_is_missing_is_said(tmp_path: Path, images: Path) -> None:
    with pytest.raises(CheckpointError, match=r"wide_resnet101_2 FILE"):
        distil(_config(tmp_path, images, target="wide_resnet101_2"), Watch())
    with pytest.raises(CheckpointError, match="resnet18 are missing"):
        distil(_config(tmp_path, images, target="resnet18"), Watch())
    with pytest.raises(CheckpointError, match="No backbone is called"):
        distil(_config(tmp_path, images, target="resnet99"), Watch())
    with pytest.raises(DatasetError, match="no folder"):
        distil(_config(tmp_path, images / "none"), Watch())
    with pytest.raises(CheckpointError, match=r"ending in \.safetensors"):
        distil(_config(tmp_path, images, out=tmp_path / "t.pth"), Watch())
    assert [one.name for one in tmp_path.iterdir()] == ["images"]


def test_a_resnet_by_file(tmp_path: Path, images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.distil_target._RESNET_SIDE", 64)
    torch.manual_seed(1)
    file = tmp_path / "resnet18-f37072fd.pth"
    torch.save(torchvision.models.resnet18(weights=None).state_dict(), file)
    target = make_target("resnet18", file, Backbones(()), 6)
    pictures = Pictures.of(images, 9, 0)
    target.fit([pictures.input(number, target.preprocess) for number in range(4)])
    seen = torch.cat([target(pictures.input(n, target.preprocess)) for n in range(4)])
    assert seen.shape == (4, 6, 8, 8)
    assert torch.allclose(seen.mean((0, 2, 3)), torch.zeros(6), atol=1e-3)
    assert torch.allclose(seen.std((0, 2, 3), correction=0), torch.ones(6), atol=1e-2)
    config = _config(tmp_path, images, steps=1, target="resnet18", target_file=file)
    assert distil(config, Watch()).target == "resnet18"


def test_the_directions_of_a_clip_are_of_mean_0_and_variance_1(images: Path) -> None:
    target = ClipTarget(backbone().clip, 6, {"name": "adclip-tiny"})
    pictures = Pictures.of(images, 9, 0)
    inputs = [pictures.input(number, target.preprocess) for number in range(4)]
    target.fit(inputs)
    seen = target(torch.cat(inputs)).transpose(0, 1).flatten(1)
    assert torch.allclose(seen.mean(1), torch.zeros(6), atol=1e-2)
    assert torch.allclose(torch.cov(seen), torch.eye(6), atol=2e-2)
    with pytest.raises(CheckpointError, match="768 features"):
        ClipTarget(backbone().clip, 769, {"name": "adclip-tiny"})


def test_every_picture_comes_before_one_comes_again() -> None:
    pictures = Pictures([part(seed) for seed in range(5)], 3)
    drawn = [number for step in range(5) for number in pictures.drawn(step, 2)]
    assert sorted(drawn[:5]) == sorted(drawn[5:]) == list(range(5))
    # any step can be asked for at any time
    assert pictures.drawn(1, 2) == drawn[2:4]


def test_some_pictures_are_grey_always_the_same() -> None:
    plain = replace(input_of(256), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    colourful = np.zeros((64, 64, 3), np.uint8)
    colourful[..., 2] = 200
    pictures = Pictures([colourful] * 60, 0)
    grey = [bool((one[0, 0] == one[0, 1]).all()) for one in map(pictures.inputs(plain), range(60))]
    assert 1 <= sum(grey) <= 15
    again = Pictures([colourful] * 60, 0).inputs(plain)
    assert grey == [bool((one[0, 0] == one[0, 1]).all()) for one in map(again, range(60))]
