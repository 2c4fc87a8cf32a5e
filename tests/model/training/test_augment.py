from __future__ import annotations

import json
import pickle
import random
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from open_clip.transform import AugmentationCfg
from PIL import Image

from model.errors import DatasetError
from model.training.augment import Augmentation, AugmentedViews
from model.training.augmentation import GROUPS, LABEL_DESTROYING
from model.training.example import Example

STILL = Augmentation(
    scale=(1.0, 1.0),
    ratio=(1.0, 1.0),
    horizontal_flip=0,
    vertical_flip=0,
    rotation=0,
    jitter_share=0,
)


@dataclass(frozen=True)
class Marked:
    """Grey pictures with one bright defect, which the mask shows."""

    height: int = 60
    width: int = 90
    known: bool = True
    products: tuple[str, ...] = ("plate",)

    def __len__(self) -> int:
        return 4

    def view(self, index: int, turn: int) -> Example:
        noise = np.random.default_rng(index).integers(60, 90, (self.height, self.width, 3))
        picture, mask = noise.astype(np.uint8), np.zeros((self.height, self.width), np.uint8)
        mask[10:18, 50:70] = 1
        picture[mask > 0] = (200, 210, 220)
        return Example(picture, mask if self.known else None, True, "dent")


def views(augmentation: Augmentation, seed: int = 1, **marked: object) -> AugmentedViews:
    products = marked.pop("products", ("plate",) * 4)
    return AugmentedViews(Marked(products=products, **marked), augmentation, seed)


def equal(one: Example, other: Example) -> bool:
    return np.array_equal(one.picture, other.picture) and np.array_equal(one.mask, other.mask)


def test_turn_zero_is_the_picture_itself() -> None:
    varied = views(Augmentation())
    assert len(varied) == 4
    assert equal(varied.view(2, 0), Marked().view(2, 0))


def test_the_same_seed_index_and_turn_give_the_same_example_in_any_order() -> None:
    varied = views(Augmentation(quarter_turns=True, hue=0.1, grey_share=0.3))
    first = [varied.view(index, turn) for index in range(4) for turn in range(1, 4)]
    random.seed(5)
    torch.manual_seed(5)
    copy = pickle.loads(pickle.dumps(varied))
    again = [copy.view(index, turn) for index in reversed(range(4)) for turn in (3, 2, 1)]
    assert all(equal(a, b) for a, b in zip(first, reversed(again), strict=True))
    assert not any(equal(a, b) for a, b in pairwise(first))
    assert not equal(views(varied.augmentation, seed=2).view(0, 1), first[0])


def test_the_global_generators_do_not_notice() -> None:
    torch.manual_seed(3)
    random.seed(3)
    np.random.seed(3)
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1]
    views(Augmentation(hue=0.1)).view(1, 1)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.array_equal(np.random.get_state()[1], before[2])


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**31),
    st.integers(1, 40),
    st.booleans(),
    st.sampled_from([(60, 90), (90, 140), (200, 75)]),
)
def test_picture_and_mask_move_together_and_the_defect_stays(
    seed: int, turn: int, quarters: bool, size: tuple[int, int]
) -> None:
    wild = Augmentation(
        scale=(0.3, 1.0),
        rotation=30,
        quarter_turns=quarters,
        brightness=0,
        contrast=0,
        saturation=0,
    )
    got = views(wild, seed, height=size[0], width=size[1]).view(0, turn)
    assert got.mask is not None
    assert got.mask.shape == got.picture.shape[:2]
    assert got.is_defective
    assert got.name == "dent"
    defect = got.mask > 0
    # half of 160 pixels; a mirrored border may add some
    assert defect.sum() >= 80
    bright = got.picture.min(axis=2) > 145
    assert np.count_nonzero(bright != defect) <= 0.25 * defect.sum() + 12


def test_flips_and_quarter_turns_are_exact() -> None:
    plain = Marked().view(0, 0)
    flips = replace(STILL, horizontal_flip=1, vertical_flip=1)
    got = views(flips).view(0, 1)
    assert np.array_equal(got.picture, plain.picture[::-1, ::-1])
    assert np.array_equal(got.mask, plain.mask[::-1, ::-1])
    turned = [views(replace(STILL, quarter_turns=True)).view(0, turn) for turn in range(1, 30)]
    for number in range(4):
        expected = np.rot90(plain.picture, number)
        assert any(np.array_equal(one.picture, expected) for one in turned)


def test_nothing_switched_on_changes_nothing() -> None:
    assert equal(views(STILL).view(3, 5), Marked().view(3, 0))


def test_the_crop_has_the_area_and_ratio_asked_for() -> None:
    crop = replace(STILL, scale=(0.5, 0.7), ratio=(0.8, 1.25))
    shapes = {views(crop, height=200, width=400).view(0, turn).mask.shape for turn in range(1, 30)}
    # where the defect would be lost again and again, nothing is cut
    cut = shapes - {(200, 400)}
    assert len(cut) >= 20
    for height, width in cut:
        assert 0.49 <= height * width / 80_000 <= 0.71
        assert 0.78 <= width / height / 2 <= 1.28


def test_a_defect_of_unknown_place_is_never_cropped_away() -> None:
    got = views(Augmentation(scale=(0.2, 0.3)), known=False).view(0, 1)
    assert got.mask is None
    assert got.picture.shape == (60, 90, 3)


def test_a_defect_that_fills_the_picture_cannot_be_kept_so_nothing_is_cut() -> None:
    class Full(Marked):
        def view(self, index: int, turn: int) -> Example:
            plain = super().view(index, turn)
            return replace(plain, mask=np.ones_like(plain.mask))

    crop = replace(STILL, scale=(0.2, 0.3))
    assert AugmentedViews(Full(), crop, 1, ("plate",) * 4).view(0, 1).mask.shape == (60, 90)


@pytest.mark.parametrize("product", ["metal_nut", "Metal Nut", "screw", "transistor", "capsule"])
def test_products_that_a_flip_makes_defective_are_not_flipped(product: str) -> None:
    assert "flip" in LABEL_DESTROYING[product.lower().replace(" ", "_")]
    flips = replace(STILL, horizontal_flip=1, vertical_flip=1, quarter_turns=True)
    assert equal(views(flips, products=(product,) * 4).view(1, 1), Marked().view(1, 0))
    assert not equal(views(flips, products=("tile",) * 4).view(1, 1), Marked().view(1, 0))


def test_a_user_sets_what_is_left_out_for_a_product_or_for_all() -> None:
    flips = replace(STILL, horizontal_flip=1)
    plain = Marked().view(0, 0)
    own = replace(flips, without={"my plate": ("flip",), "metal_nut": ()})
    assert equal(AugmentedViews(Marked(), own, 1, ("my_plate",) * 4).view(0, 1), plain)
    assert not equal(AugmentedViews(Marked(), own, 1, ("metal_nut",) * 4).view(0, 1), plain)
    everyone = replace(flips, without={"*": ("flip",)})
    assert equal(AugmentedViews(Marked(), everyone, 1, ("tile",) * 4).view(0, 1), plain)


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_switches_off_its_own_variations(group: str) -> None:
    only = {
        "crop": replace(STILL, scale=(0.5, 0.6)),
        "flip": replace(STILL, horizontal_flip=1),
        "rotation": replace(STILL, rotation=20),
        "light": replace(STILL, brightness=0.5, contrast=0.5, saturation=0, jitter_share=1),
        "colour": replace(STILL, brightness=0, contrast=0, saturation=1, grey_share=1),
    }[group]
    plain = Marked().view(0, 0)
    assert not equal(views(only).view(0, 1), plain)
    assert equal(views(replace(only, without={"plate": (group,)})).view(0, 1), plain)


def test_colours_change_from_turn_to_turn_and_grey_is_that_of_red_green_blue() -> None:
    jitter = replace(STILL, brightness=0, contrast=0, saturation=0, hue=0.5, jitter_share=1)
    plain, seen = Marked().view(0, 0), set()
    for turn in range(1, 6):
        got = views(jitter).view(0, turn)
        assert np.array_equal(got.mask, plain.mask)
        seen.add(got.picture.tobytes())
    assert len(seen) == 5
    grey = views(replace(STILL, grey_share=1)).view(0, 1).picture
    expected = Image.fromarray(plain.picture[:, :, ::-1].copy()).convert("L")
    assert np.array_equal(grey, np.repeat(np.asarray(expected)[:, :, None], 3, axis=2))


def test_json_round_trip_with_every_value_changed() -> None:
    augmentation = Augmentation(
        (0.5, 0.9), (0.7, 1.4), 0.1, 0.2, True, 3.0, 0.3, 0.4, 0.5, 0.06, 0.7, 0.8, {"a": ("flip",)}
    )
    assert Augmentation.from_json(json.loads(json.dumps(augmentation.to_json()))) == augmentation
    assert Augmentation.from_json({}) == Augmentation()


@pytest.mark.parametrize(
    "values",
    [
        {"scale": [0, 1]},
        {"scale": [0.9, 0.5]},
        {"scale": 3},
        {"ratio": [-1, 1]},
        {"horizontal_flip": 1.1},
        {"hue": 0.6},
        {"rotation": 90},
        {"rotation": "much"},
        {"without": {"a": ["shear"]}},
        {"without": ["a"]},
        {"erase": 1},
    ],
)
def test_other_values_are_refused_in_a_sentence(values: dict[str, object]) -> None:
    with pytest.raises(DatasetError, match="augmentation"):
        Augmentation.from_json(values)


def test_the_configuration_of_open_clip_is_taken_over() -> None:
    config = AugmentationCfg(
        scale=(0.6, 1.0),
        color_jitter=(0.3, 0.2, 0.1, 0.05),
        color_jitter_prob=0.7,
        gray_scale_prob=0.2,
    )
    got = Augmentation.from_open_clip(config, rotation=2.0)
    assert got.scale == (0.6, 1.0)
    assert (got.brightness, got.contrast, got.saturation, got.hue) == (0.3, 0.2, 0.1, 0.05)
    assert (got.jitter_share, got.grey_share, got.rotation) == (0.7, 0.2, 2.0)
    assert (got.horizontal_flip, got.vertical_flip) == (0, 0)
    assert Augmentation.from_open_clip(AugmentationCfg()).jitter_share == 0
    with pytest.raises(DatasetError, match="erased patch"):
        Augmentation.from_open_clip(AugmentationCfg(re_prob=0.2))


@pytest.mark.parametrize(
    ("products", "flip", "expected"),
    [
        (["tile", "cookie"], 0.5, True),
        (["tile", "metal_nut"], 0.5, False),
        (["tile"], 0.0, False),
    ],
)
def test_mirroring_needs_flips_that_spoil_no_product(
    products: list[str], flip: float, expected: bool
) -> None:
    assert Augmentation(horizontal_flip=flip).lets_mirror(products) is expected
