from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from model.errors import CheckpointError
from model.layers.class_network import HeadNetwork, TimmNetwork, check_network, start_from

NAME = "test_efficientnet"


def test_a_name_that_timm_does_not_know_gets_near_ones() -> None:
    with pytest.raises(CheckpointError, match=r"did you mean .*efficientnet_b4"):
        TimmNetwork("efficentnet_b4", 3, 48)


def test_a_size_that_a_network_cannot_have_is_a_sentence() -> None:
    with pytest.raises(CheckpointError, match="cannot name pictures of 50 pixels"):
        check_network("test_vit", 50)


@pytest.mark.parametrize("name", ["test_efficientnet", "test_vit", "test_convnext"])
def test_networks_of_every_family_are_fit(name: str) -> None:
    check_network(name, 64)


def test_it_starts_from_a_file_with_other_classes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source, made = TimmNetwork(NAME, 1000, 48), TimmNetwork(NAME, 3, 48)
    head = made.network.get_classifier().weight.clone()
    state = source.network.state_dict()
    state = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    save_file(state, tmp_path / "w.safetensors")
    start_from(made, tmp_path / "w.safetensors")
    assert torch.equal(made.network.conv_stem.weight, source.network.conv_stem.weight)
    assert torch.equal(made.network.get_classifier().weight, head)


@pytest.mark.parametrize("change", ["missing", "surplus", "shape", "nan"])
def test_a_file_for_another_network_is_refused(tmp_path: Path, change: str) -> None:
    made = TimmNetwork(NAME, 3, 48)
    before = made.network.conv_stem.weight.clone()
    state = {key: value.clone() for key, value in made.network.state_dict().items()}
    if change == "missing":
        del state["conv_stem.weight"]
    elif change == "surplus":
        state["other.weight"] = torch.ones(2)
    elif change == "shape":
        state["conv_stem.weight"] = torch.ones(2, 3, 3, 3)
    else:
        state["conv_stem.weight"][0] = torch.nan
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=f"do not fit {NAME}"):
        start_from(made, tmp_path / "w.safetensors")
    assert torch.equal(made.network.conv_stem.weight, before)


def test_a_missing_file_of_weights_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        start_from(TimmNetwork(NAME, 3, 48), tmp_path / "none.safetensors")


def test_a_constant_feature_does_not_blow_up_a_head() -> None:
    head = HeadNetwork(2, 3)
    head.standardise(torch.ones(5, 4))
    assert torch.isfinite(head.logits(torch.ones(1, 2, 3, 3))).all()
