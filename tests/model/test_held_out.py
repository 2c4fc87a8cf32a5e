from __future__ import annotations

import numpy as np
import pytest

from model.errors import DatasetError
from model.held_out import Labelled, drawn_rounds, with_defect
from tests.model.test_teach import good, part


def test_every_image_is_held_out_once_and_never_learned_from_then() -> None:
    images = good(7)
    rounds = drawn_rounds(images, None, 5, 3)
    held: list[int] = []
    for one in rounds:
        pool = {id(picture) for picture in one.pool}
        unchanged = [i for i, image in enumerate(images) if any(image is p for p in one.good)]
        held += unchanged
        assert not pool & {id(images[i]) for i in unchanged}
        assert len(pool) + len(unchanged) == 7
        assert len(one.good) == len(one.defective) >= 20
    assert sorted(held) == list(range(7))


def test_the_same_seed_draws_the_same() -> None:
    images = good(5)
    first, again, other = (drawn_rounds(images, None, seed, 2) for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        assert all(a is b for a, b in zip(one.pool, two.pool, strict=True))
        assert all(np.array_equal(a, b) for a, b in zip(one.defective, two.defective, strict=True))
    assert [id(p) for p in first[0].pool] != [id(p) for p in other[0].pool]


def test_labelled_images_serve_every_round() -> None:
    labelled = Labelled([part(50)], [part(51, hole=True)])
    rounds = drawn_rounds(good(3), labelled, 0, 2)
    assert len(rounds) == 2
    assert all(len(one.pool) == 3 and one.good is labelled.good for one in rounds)
    with pytest.raises(DatasetError, match="give at least one"):
        drawn_rounds([], labelled, 0, 2)


@pytest.mark.parametrize("shape", [(64, 96), (300, 200)])
def test_only_the_painted_place_changes(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    picture = np.clip(rng.normal(120, 6, (*shape, 3)), 0, 255).astype(np.uint8)
    shares = []
    for seed in range(6):
        found = with_defect(picture, np.random.default_rng(seed))
        assert found.shape == picture.shape
        assert found.dtype == np.uint8
        assert np.array_equal(found, with_defect(picture, np.random.default_rng(seed)))
        shares.append(np.mean((found != picture).any(axis=2)))
    assert min(shares) > 0
    assert np.median(shares) < 0.6
