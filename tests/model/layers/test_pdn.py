from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.detectors.efficient_ad import EfficientAd, input_of
from model.layers.autoencoder import Autoencoder, decoder_sides
from model.layers.pdn import SIZES, Pdn, check_side, grid_of
from tests.model.tiny_efficient_ad import add_size


def _count(module: torch.nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


def test_parameters_are_those_of_the_paper() -> None:
    with torch.device("meta"):
        found = {
            "s": _count(Pdn("s", 384)),
            "s student": _count(Pdn("s", 768)),
            "m": _count(Pdn("m", 384)),
            "m student": _count(Pdn("m", 768)),
            "autoencoder": _count(Autoencoder(384, 256)),
        }
    assert found == {
        "s": 2_694_144,
        "s student": 4_267_392,
        "m": 8_026_624,
        "m student": 11_615_488,
        "autoencoder": 1_096_320,
    }


@settings(max_examples=12, deadline=None)
@given(st.integers(256, 420))
def test_both_networks_have_one_grid_at_any_side(side: int) -> None:
    with pytest.MonkeyPatch.context() as patch, torch.inference_mode():
        add_size(patch)
        images = torch.zeros(1, 3, side, side)
        assert Pdn("tiny", 6)(images).shape == (1, 6, grid_of(side), grid_of(side))
        assert Autoencoder(6, side, (4, 8))(images).shape[2:] == (grid_of(side), grid_of(side))


@pytest.mark.parametrize("size", SIZES)
def test_padding_gives_a_quarter_of_the_side(size: str) -> None:
    images = torch.zeros(1, 3, 256, 256, device="meta")
    with torch.device("meta"):
        network = Pdn(size, 4, padding=True)
        assert network(images).shape == (1, 4, 64, 64)
        assert network.padded(False)(images).shape == (1, 4, 56, 56)


def test_the_decoder_of_the_paper() -> None:
    assert decoder_sides(256) == (3, 8, 15, 32, 63, 127)


@pytest.mark.parametrize("side", [0, 255, 4096, "many"])
def test_a_side_out_of_range_is_refused(side: object) -> None:
    with pytest.raises(ValueError, match=r"256 to 2048|invalid literal"):
        check_side(side)


def test_256_is_the_smallest_side() -> None:
    assert check_side(256) == 256
    too_small = input_of(255)
    with pytest.raises(ValueError, match="255"):
        EfficientAd("xs", too_small)
