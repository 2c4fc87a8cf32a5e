from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from model import weight_sources
from model.backbones import backbones_at
from model.errors import BackboneMissing, CheckpointError
from model.resnet import RESNETS, build_resnet, fits_resnet, load_resnet, published_resnet
from model.weight_identity import identify
from model.weight_sources import known_weights
from model.weights import add, fetch, list_weights
from tests.model import tiny_resnet
from tests.rigs.file_server import serving

V1 = "resnet18:IMAGENET1K_V1"


def whole(folder: Path, name: str = "resnet18-f37072fd.pth", **options: Any) -> Path:
    """A whole state as torch's file, as torchvision publishes it."""
    torch.manual_seed(3)
    file = folder / name
    torch.save(build_resnet("resnet18").state_dict(), file, **options)
    return file


def test_every_resnet_is_known_with_8_digits_of_its_hash() -> None:
    entries = [one for one in known_weights() if one.backbone in RESNETS]
    assert {one.backbone for one in entries} == set(RESNETS)
    for one in entries:
        assert len(one.sha256) == 8
        assert one.published_file == f"{one.backbone}-{one.sha256}.pth"
    assert [one.name for one in entries if one.is_usual] == [f"{n}:IMAGENET1K_V1" for n in RESNETS]
    assert published_resnet("resnet18") == "resnet18-f37072fd.pth"


@pytest.mark.parametrize("is_archive", [True, False])
def test_a_published_file_is_found_under_its_own_name(tmp_path: Path, is_archive: bool) -> None:
    file = whole(tmp_path, _use_new_zipfile_serialization=is_archive)
    found = backbones_at([tmp_path]).load("resnet18")
    assert found.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    listed = {one.name: one for one in list_weights(tmp_path)}
    assert listed[V1].state == "present"
    assert listed[V1].file == file


def test_the_first_published_weights_go_before_the_second(tmp_path: Path) -> None:
    for one in known_weights():
        if one.backbone == "wide_resnet50_2":
            (tmp_path / one.published_file).touch()
    with pytest.raises(CheckpointError, match="95faca4d"):
        backbones_at([tmp_path]).load("wide_resnet50_2")


@pytest.mark.parametrize("left_out", ["counters", "stage 4", "half"])
def test_what_nobody_looks_at_may_be_missing(tmp_path: Path, left_out: str) -> None:
    torch.manual_seed(3)
    state = build_resnet("resnet18").state_dict()
    expected = state["layer3.1.conv2.weight"].clone()
    if left_out == "counters":
        state = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    elif left_out == "stage 4":
        state = {k: v for k, v in state.items() if not k.startswith(("layer4", "fc"))}
    else:
        state = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
        expected = expected.half().float()
    save_file(state, tmp_path / "w.safetensors")
    network: Any = load_resnet("resnet18", tmp_path / "w.safetensors")
    assert torch.equal(network.layer3[1].conv2.weight, expected)
    assert not network.training
    assert not any(one.requires_grad for one in network.parameters())
    assert identify(tmp_path / "w.safetensors").backbone == "resnet18"


def test_shapes_tell_the_resnets_apart() -> None:
    with torch.device("meta"):
        states = {name: build_resnet(name).state_dict() for name in ("resnet34", "resnet50")}
    for name, state in states.items():
        shapes = {key: tuple(value.shape) for key, value in state.items()}
        assert [one for one in RESNETS if fits_resnet(one, shapes)] == [name]


def test_an_added_file_is_named_after_its_network(tmp_path: Path) -> None:
    file = whole(tmp_path, "model_best.pth")
    entry = add(file, tmp_path / "weights")
    assert entry.file.name == "resnet18.pth"
    assert backbones_at([tmp_path / "weights"]).load("resnet18").sha256 == entry.sha256


def _publish(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let torchvision's table speak of one file for every ResNet."""
    table = [SimpleNamespace(name="IMAGENET1K_V1", url=url)]
    monkeypatch.setattr(weight_sources, "get_model_weights", lambda _: table)


def test_fetch_takes_the_published_file_and_checks_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = whole(tmp_path).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    monkeypatch.setenv("NO_PROXY", "*")
    with serving() as server:
        path = f"/models/resnet18-{sha256[:8]}.pth"
        _publish(monkeypatch, server.url + path)
        server.files[path] = content[:-1] + b"x"
        with pytest.raises(CheckpointError, match="another sha256"):
            fetch("resnet18", tmp_path / "weights")
        server.files[path] = content
        entry = fetch("resnet18", tmp_path / "weights")
    assert (entry.name, entry.sha256) == (V1, sha256)
    assert entry.file.name == "resnet18.IMAGENET1K_V1.pth"
    assert backbones_at([tmp_path / "weights"]).load("resnet18", sha256).sha256 == sha256
    # the hash tells the training run whatever the file is called
    renamed = tmp_path / "renamed.pth"
    renamed.write_bytes(content)
    assert identify(renamed).tag == "IMAGENET1K_V1"


def test_missing_weights_say_which_file_to_put_where(tmp_path: Path) -> None:
    with pytest.raises(BackboneMissing) as caught:
        backbones_at([tmp_path]).load("resnet34")
    sentence = str(caught.value)
    assert f"put resnet34-b627a593.pth into {tmp_path}" in sentence
    assert "weights fetch resnet34" in sentence


@pytest.mark.parametrize("fault", ["missing", "shape", "surplus", "nan", "other"])
def test_files_that_do_not_fit_are_refused(tmp_path: Path, fault: str) -> None:
    state = load_file(tiny_resnet.weights())
    name = "resnet18"
    if fault == "missing":
        del state["layer3.0.bn1.running_mean"]
    elif fault == "shape":
        state["conv1.weight"] = torch.zeros(64, 3, 3, 3)
    elif fault == "surplus":
        state["layer3.2.conv1.weight"] = torch.zeros(1)
    elif fault == "nan":
        state["conv1.weight"][0, 0, 0, 0] = float("nan")
    else:
        name = "resnet34"
    file = tmp_path / "w.safetensors"
    save_file(state, file)
    with pytest.raises(CheckpointError) as caught:
        load_resnet(name, file)
    assert str(file) in str(caught.value)
    if fault in ("missing", "shape", "surplus"):
        with pytest.raises(CheckpointError, match="do not fit any supported CLIP ViT or ResNet"):
            identify(file)


def test_an_unknown_resnet_is_refused() -> None:
    with pytest.raises(CheckpointError, match="known are resnet18"):
        build_resnet("resnet19")
