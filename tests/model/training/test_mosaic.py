from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.data import Sample
from model.opencv import cv2
from model.preprocess import Preprocess
from model.training.config import LoopConfig
from model.training.example import Example
from model.training.material import material
from model.training.mosaic import MosaicViews, mosaic
from model.training.plan import TrainPlan
from model.training.recipes import recipe
from model.training.shots import Split


class Flat:
    """Pictures of one grey value, their number; every third has a defect, another no mask."""

    def __init__(self, count: int, size: tuple[int, int] = (40, 60)) -> None:
        self.count, self.size = count, size

    def __len__(self) -> int:
        return self.count

    def view(self, index: int, turn: int) -> Example:
        picture = np.full((*self.size, 3), 10 * index + turn, np.uint8)
        mask = np.zeros(self.size, np.uint8)
        if index % 3 == 0:
            mask[3, 2:50] = 1
        return Example(picture, mask, index % 3 == 0, "scratch" if index % 3 == 0 else "good")


def test_about_the_wanted_share_is_mosaics_and_none_or_all_at_the_ends() -> None:
    views = Flat(20)

    def count(share: float) -> int:
        wrapped = MosaicViews(views, share)
        pairs = ((i, turn) for i in range(20) for turn in range(5))
        return sum(len(np.unique(wrapped.view(i, t).picture)) > 1 for i, t in pairs)

    assert count(0.0) == 0
    assert 10 <= count(0.2) <= 30
    # four parts may all be the same picture
    assert count(1.0) >= 98


def test_same_turn_same_mosaic_and_another_turn_another_one() -> None:
    views = MosaicViews(Flat(12), 1.0, seed=3)
    assert len(views) == 12
    first, again, other = views.view(4, 0), views.view(4, 0), views.view(4, 1)
    assert np.array_equal(first.picture, again.picture)
    assert not np.array_equal(first.picture, other.picture)
    assert 40 in first.picture


def test_parts_are_of_the_same_product() -> None:
    products = ["even" if index % 2 == 0 else "odd" for index in range(12)]
    views = MosaicViews(Flat(12), 1.0, products=products)
    for index in range(12):
        values = np.unique(views.view(index, 0).picture) // 10
        assert {int(value) % 2 for value in values} == {index % 2}


@settings(max_examples=30, deadline=None)
@example(size=(8, 47), defective=[False, False, False, True])
@given(
    size=st.tuples(st.integers(8, 50), st.integers(8, 50)),
    defective=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_label_and_mask_are_those_of_the_parts(
    size: tuple[int, int], defective: list[bool]
) -> None:
    parts = []
    for number, flag in enumerate(defective):
        mask = np.zeros((37, 23), np.uint8)
        mask[5, 4] = flag
        parts.append(Example(np.full((37, 23, 3), number + 1, np.uint8), mask, flag, "n"))
    whole = mosaic(parts, size)
    assert whole.picture.shape == (*size, 3)
    assert whole.mask is not None
    assert whole.mask.shape == size
    assert whole.is_defective == any(defective)
    # a single defective pixel is not lost, and stays within its part
    marked = {int(value) - 1 for value in np.unique(whole.picture[whole.mask == 1])}
    assert marked == {number for number, flag in enumerate(defective) if flag}
    rows, columns = size[0] // 2, size[1] // 2
    assert (whole.picture[:rows, :columns] == 1).all()
    assert (whole.picture[rows:, columns:] == 4).all()


def test_an_unknown_mask_makes_the_whole_unknown_and_names_must_agree() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    known = Example(picture, np.zeros((8, 8), np.uint8), False, "good")
    bent = Example(picture, None, True, "bent")
    split = Example(picture, np.ones((8, 8), np.uint8), True, "split")
    assert mosaic([known, known, known, bent], (8, 8)).mask is None
    assert mosaic([known, known, known, bent], (8, 8)).name == "bent"
    assert mosaic([known, split, known, bent], (8, 8)).name == ""
    assert mosaic([known] * 4, (8, 8)).name == "good"


@pytest.mark.parametrize(("name", "is_mosaic"), [("mvtec", True), ("visa", False)])
def test_the_published_recipe_takes_mosaics_of_one_data_set(
    tmp_path: Path, name: str, is_mosaic: bool
) -> None:
    samples = []
    for number in range(30):
        file = tmp_path / f"{number}.png"
        cv2.imwrite(str(file), np.full((32, 32, 3), number, np.uint8))
        samples.append(Sample(file, "bent" if number % 2 else "good", number % 2 == 1))
    plan = TrainPlan(data=tmp_path, recipe=recipe("sowa"), loop=LoopConfig(tmp_path / "run"))
    preprocess = Preprocess(32, (0.5,) * 3, (0.5,) * 3)
    views = material(plan, Split(tuple(samples), (), ()), name, preprocess).views
    mixed = [len(np.unique(views.view(index, 0).picture)) > 1 for index in range(30)]
    assert any(mixed) == is_mosaic
    assert not all(mixed)


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        MosaicViews(Flat(3), 1.5)
    with pytest.raises(ValueError, match="products"):
        MosaicViews(Flat(3), products=["a"])
