from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.opencv import cv2
from model.training.example import Example, Image
from model.training.painted import PaintedViews, painted, part_mask, resized


def texture(seed: int, side: int = 96) -> Image:
    rng = np.random.default_rng(seed)
    grey = cv2.GaussianBlur(rng.normal(128, 40, (side, side, 3)), (0, 0), 1.5)
    return np.clip(grey, 0, 255).astype(np.uint8)


class Goods:
    def __init__(self, count: int = 3, defective: int = -1) -> None:
        self.count, self.defective = count, defective

    def __len__(self) -> int:
        return self.count

    def view(self, index: int, turn: int) -> Example:
        picture = texture(index)
        is_bad = index == self.defective
        mask = np.zeros((96, 96), np.uint8)
        mask[40:60, 45:50] = is_bad
        return Example(picture, mask, is_bad, "crack" if is_bad else "good")


def test_every_picture_is_shown_good_and_with_a_defect() -> None:
    views = PaintedViews(Goods(), seed=3, side=96)
    assert len(views) == 6
    for index in range(3):
        good, spoilt = views.view(2 * index, 0), views.view(2 * index + 1, 0)
        assert not good.is_defective
        assert good.mask is not None
        assert not good.mask.any()
        assert spoilt.is_defective
        assert spoilt.mask is not None
        assert spoilt.mask.any()
        # what the mask leaves out is the good part, but for the defect's soft edge
        inside = cv2.dilate(spoilt.mask, np.ones((17, 17), np.uint8)) > 0
        change = np.abs(spoilt.picture.astype(int) - good.picture.astype(int)).max(axis=2)
        assert change[spoilt.mask > 0].mean() > 3
        assert np.median(change[~inside]) <= 1 if (~inside).any() else True


def test_the_same_turn_is_the_same_and_another_is_not() -> None:
    views, again = PaintedViews(Goods(), 3, 96), PaintedViews(Goods(), 3, 96)
    first = views.view(1, 0)
    assert np.array_equal(first.picture, again.view(1, 0).picture)
    assert not np.array_equal(first.picture, views.view(1, 1).picture)
    assert not np.array_equal(first.picture, PaintedViews(Goods(), 4, 96).view(1, 0).picture)


def test_real_defects_are_repeated_and_copied_onto_good_pictures() -> None:
    views = PaintedViews(Goods(9, defective=1), 3, 96, defective=(1,))
    real = [index for index, source in enumerate(views.sources) if source == 1]
    assert len(real) == 5  # 0.6 of 8 good ones
    assert len(views) == 16 + 5
    for index in real:
        shown = views.view(index, 5)
        assert shown.is_defective
        assert shown.name == "crack"
        assert shown.mask is not None
        assert shown.mask.any()
    assert np.array_equal(views.view(16, 5).picture, texture(1))
    grounds = [texture(number) for number in range(9) if number != 1]
    shown = views.view(17, 5)
    inside = cv2.dilate(shown.mask, np.ones((17, 17), np.uint8)) > 0
    changes = [np.abs(shown.picture.astype(int) - g).max(axis=2)[~inside].mean() for g in grounds]
    assert min(changes) < 1


def test_every_example_is_of_the_kind_that_its_source_says() -> None:
    views = PaintedViews(Goods(4, defective=2), 3, 96, defective=(2,))
    states = [(views.sources[index] == 2, views.view(index, 0).is_defective) for index in range(8)]
    assert states == [(False, False), (False, True)] * 3 + [(True, True)] * 2


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), height=st.integers(40, 200), width=st.integers(40, 200))
def test_any_shape_of_picture_can_be_painted(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    found = painted(resized(Example(picture, None, False), 64).picture, rng)
    assert found.picture.shape == (64, 64, 3)
    assert found.mask is not None
    assert found.mask.shape == (64, 64)
    assert 0 < found.mask.sum() < 64 * 64
    assert set(np.unique(found.mask)) <= {0, 1}


def test_grey_parts_get_grey_defects() -> None:
    grey = np.repeat(texture(1)[:, :, :1], 3, axis=2)
    for seed in range(12):
        found = painted(grey, np.random.default_rng(seed))
        assert np.ptp(found.picture.astype(int), axis=2).max() == 0
        assert found.name != "discoloration"


def test_a_part_on_a_plain_ground_is_found() -> None:
    picture = np.full((120, 120, 3), 20, np.uint8)
    cv2.circle(picture, (60, 60), 35, (90, 140, 190), -1)
    found = part_mask(picture)
    assert found[60, 60] == 1
    assert found[5, 5] == 0
    assert found.sum() == pytest.approx(np.pi * 35**2, rel=0.1)
    assert part_mask(texture(3)).min() == 1
