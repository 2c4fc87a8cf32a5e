from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.errors import DatasetError
from model.learning import classifier_inputs
from model.learning.classifier_inputs import (
    PictureInputs,
    PooledInputs,
    ResizedPictures,
    statistics_of,
)
from model.learning.classifier_views import View, ViewRules, products_in
from model.learning.material import Material
from model.learning.watch import Watch
from model.preprocess import Preprocess


def rules(**changes: object) -> ViewRules:
    values = {"turn": 45.0, "second_turn": 80.0, "flips": True, "no_flips": ("metal_nut",)}
    return ViewRules(**(values | changes))  # type: ignore[arg-type]


@given(st.integers(0, 2**31))
def test_views_stay_within_the_rules(seed: int) -> None:
    view = rules().drawn("screw", torch.Generator().manual_seed(seed))
    assert -45 <= view.turn <= 45
    assert 0 <= view.second_turn <= 80


def test_a_metal_nut_is_never_mirrored_and_a_screw_is() -> None:
    draw = torch.Generator().manual_seed(1)
    nuts = [rules().drawn("metal_nut", draw) for _ in range(40)]
    assert not any(view.is_mirrored or view.is_upside_down for view in nuts)
    assert any(view.turn for view in nuts)
    screws = [rules().drawn("screw", draw) for _ in range(40)]
    assert 10 < sum(view.is_mirrored for view in screws) < 30
    assert not any(rules(flips=False).drawn("screw", draw).is_mirrored for _ in range(20))


def test_a_product_that_may_not_be_turned_is_not() -> None:
    draw = torch.Generator().manual_seed(1)
    view = rules(no_turns=("transistor",)).drawn("transistor", draw)
    assert (view.turn, view.second_turn) == (0.0, 0.0)


def test_a_view_moves_pixels_and_no_view_changes_nothing() -> None:
    picture = torch.arange(48.0).reshape(3, 4, 4)
    assert torch.equal(View().of(picture), picture)
    assert torch.equal(View(is_upside_down=True).of(picture)[:, 0], picture[:, -1])
    assert torch.equal(View(is_mirrored=True).of(picture)[:, :, 0], picture[:, :, -1])
    square = torch.ones(3, 21, 21)
    assert View(45.0).of(square)[0, 0, 0] == 0
    assert View(second_turn=45.0).of(square)[0, 10, 10] == 1


def test_names_of_products() -> None:
    assert products_in("metal_nut+ screw ++") == ("metal_nut", "screw")
    assert products_in("") == ()


def test_inputs_give_views_to_learn_from_and_pictures_to_judge() -> None:
    pixels = torch.randint(0, 255, (2, 8, 8, 3), dtype=torch.uint8).numpy()
    mean, std = statistics_of(pixels)
    preprocess = Preprocess(8, mean, std)
    draw = torch.Generator().manual_seed(3)
    device = torch.device("cpu")
    inputs = PictureInputs(
        pixels, preprocess, ["a", "metal_nut"], rules(turn=0, second_turn=0), draw, device
    )
    plain = inputs.plain([0, 1])
    assert plain.shape == (2, 3, 8, 8)
    assert abs(float(plain.mean())) < 1e-5
    drawn = torch.stack([inputs.drawn([0, 1]) for _ in range(12)])
    assert torch.equal(drawn[:, 1], plain[1].expand(12, -1, -1, -1))
    assert not torch.equal(drawn[:, 0], plain[0].expand(12, -1, -1, -1))


def test_a_set_of_one_colour_can_be_normalised() -> None:
    mean, std = statistics_of(torch.full((2, 4, 4, 3), 51, dtype=torch.uint8).numpy())
    assert mean == pytest.approx((0.2, 0.2, 0.2))
    assert min(std) > 0


def test_the_deviation_is_the_mean_of_the_pictures_own() -> None:
    pixels = torch.zeros(2, 4, 4, 3, dtype=torch.uint8)
    pixels[1] = 255
    pixels[0, :2] = 100
    _, std = statistics_of(pixels.numpy())
    assert std[0] == pytest.approx(50 / 2 / 255)


def test_pooled_features_are_judged_as_they_are() -> None:
    pooled = torch.arange(12.0).reshape(3, 2, 2)
    inputs = PooledInputs(pooled, torch.Generator().manual_seed(0), torch.device("cpu"))
    assert torch.equal(inputs.plain([1]), pooled[0, 1:])
    seen = {tuple(inputs.drawn([1])[0].tolist()) for _ in range(40)}
    assert seen == {tuple(pooled[view, 1].tolist()) for view in range(3)}


def test_many_pictures_lie_in_a_file_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [np.full((40, 50, 3), value, np.uint8) for value in (0, 90, 255)]
    kept = ResizedPictures(Material(pictures), 32, Watch()).pixels
    monkeypatch.setattr(classifier_inputs, "_IN_MEMORY", 100)
    found = ResizedPictures(Material(pictures), 32, Watch()).pixels
    assert isinstance(found, np.memmap)
    assert np.array_equal(found, kept)
    assert statistics_of(found) == statistics_of(kept)


def test_material_keeps_its_sources() -> None:
    pictures = [np.zeros((40, 40, 3), np.uint8)] * 3
    given = Material(pictures, groups=("a", "b", "a"))
    assert given.taken([2, 1]).groups == ("a", "b")
    assert Material(pictures).taken([0]).groups == ()
    with pytest.raises(DatasetError, match="as many"):
        Material(pictures, groups=("a",))


def test_a_preprocessing_that_sees_pictures_whole_stays_so() -> None:
    whole = Preprocess(32, whole=True)
    assert Preprocess.from_json(whole.to_json()) == whole
    assert "whole" not in Preprocess(32).to_json()
    assert not Preprocess.from_json(Preprocess(32).to_json()).whole
