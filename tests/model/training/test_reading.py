from __future__ import annotations

import multiprocessing
import os
import pickle

import numpy as np
import pytest
import torch

from model.errors import DatasetError, ModelError
from model.preprocess import Preprocess
from model.training.example import Example
from model.training.reading import Key, Reader, Reading, digest, read, unpacked
from tests.model.training.trainees import SIDE, SpotViews

PREPROCESS = Preprocess(SIDE)


class WrongMask(SpotViews):
    def view(self, index: int, turn: int) -> Example:
        example = super().view(index, turn)
        return Example(example.picture, np.zeros((20, 20), np.uint8), True)


def keys(count: int, turn: int = 0) -> list[Key]:
    return [Key("training", index, turn) for index in range(count)]


def same(one: Reading, other: Reading) -> bool:
    arrays = all(
        a.dtype == b.dtype and np.array_equal(a, b)
        for a, b in ((one.image, other.image), (one.mask, other.mask))
    )
    facts = ("key", "has_mask", "label", "name", "digest")
    return arrays and all(getattr(one, name) == getattr(other, name) for name in facts)


def test_a_view_comes_at_the_size_of_the_network() -> None:
    views = SpotViews(unknown=3)
    good, bad, unknown = (read(views, Key("training", i, 0), PREPROCESS) for i in (0, 1, 3))
    assert good.image.shape == (3, SIDE, SIDE)
    assert (good.label, good.has_mask, good.name, good.mask.sum()) == (0, True, "good", 0)
    assert (bad.label, bad.has_mask, bad.name) == (1, True, "spot")
    expected = 36 * SIDE * SIDE / (20 * 24)
    assert expected * 0.6 < bad.mask.sum() < expected * 1.4
    assert set(np.unique(bad.mask)) == {0, 1}
    assert (unknown.label, unknown.has_mask, unknown.mask.sum()) == (1, False, 0)


def test_the_packed_image_gives_back_every_bit() -> None:
    example = SpotViews().view(1, 0)
    reading = read(SpotViews(), Key("training", 1, 0), PREPROCESS)
    assert reading.image.dtype == np.uint8
    given_back = unpacked(torch.from_numpy(reading.image), PREPROCESS)
    assert torch.equal(given_back, PREPROCESS(example.picture)[0])


class Sharp(Preprocess):
    def __call__(self, image: np.ndarray) -> torch.Tensor:
        return super().__call__(image) * 1.001


def test_an_image_that_would_lose_is_kept_as_it_is() -> None:
    sharp = Sharp(SIDE)
    reading = read(SpotViews(), Key("training", 1, 0), sharp)
    assert reading.image.dtype == np.float32
    expected = sharp(SpotViews().view(1, 0).picture)[0]
    assert torch.equal(unpacked(torch.from_numpy(reading.image), sharp), expected)


def test_the_digest_tells_all_that_an_example_says() -> None:
    example = SpotViews().view(1, 0)
    mask = example.mask
    assert mask is not None
    others = [
        Example(example.picture ^ np.uint8(1), mask, True, "spot"),
        Example(example.picture.reshape(24, 20, 3), mask, True, "spot"),
        Example(example.picture, 1 - mask, True, "spot"),
        Example(example.picture, None, True, "spot"),
        Example(example.picture, mask, False, "spot"),
        Example(example.picture, mask, True, "other"),
    ]
    assert len({digest(example), *map(digest, others)}) == 7
    assert digest(example) == digest(SpotViews().view(1, 0))


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"mask of training picture 2 is 20 x 20 .* 24 x 20"):
        read(WrongMask(), Key("training", 1, 0), PREPROCESS)


def test_workers_read_the_same_in_the_same_order_and_leave() -> None:
    state = torch.get_rng_state()
    here, there = (Reader({"training": SpotViews(9)}, PREPROCESS, n) for n in (0, 2))
    for turn in (0, 1):
        pairs = zip(here.read(keys(9, turn)), there.read(keys(9, turn)), strict=True)
        assert all(same(one, other) for one, other in pairs)
    first = next(there.read(keys(9)))
    assert same(first, here.one(Key("training", 0, 0)))
    # what the abandoned stream had under way does not turn up in the next one
    assert [found.key.number for found in there.read(keys(3, 1))] == [0, 1, 2]
    assert len(multiprocessing.active_children()) == 2
    there.close()
    assert not multiprocessing.active_children()
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("workers", [0, 1])
def test_a_picture_that_cannot_be_read_gives_its_sentence(workers: int) -> None:
    reader = Reader({"training": SpotViews(4, broken=2)}, PREPROCESS, workers)
    with pytest.raises(DatasetError) as caught:
        list(reader.read(keys(4)))
    assert str(caught.value) == "Picture 2 cannot be read; remove it."
    reader.close()
    assert not multiprocessing.active_children()


class Deadly(SpotViews):
    def view(self, index: int, turn: int) -> Example:
        if index == 2:
            os._exit(3)
        return super().view(index, turn)


@pytest.mark.logs_expected
def test_a_worker_that_dies_gives_a_sentence() -> None:
    reader = Reader({"training": Deadly(4)}, PREPROCESS, 1)
    with pytest.raises(ModelError, match="resume with fewer workers"):
        list(reader.read(keys(4)))
    reader.close()
    assert not multiprocessing.active_children()


def test_views_travel_to_workers() -> None:
    assert pickle.loads(pickle.dumps(SpotViews(5))) == SpotViews(5)
