from __future__ import annotations

import numpy as np

from model.variation import changed, turned
from tests.model.tiny_clip import picture


def test_a_changed_copy_is_another_picture_of_the_same_part() -> None:
    image = picture(3, 120, 160)
    rng = np.random.default_rng(0)
    copies = [changed(image, rng) for _ in range(8)]
    for copy in copies:
        assert copy.shape == image.shape
        assert copy.dtype == np.uint8
        assert not np.array_equal(copy, image)
        assert np.corrcoef(copy.ravel(), image.ravel())[0, 1] > 0.5
    assert len({copy.tobytes() for copy in copies}) == 8


def test_the_same_generator_makes_the_same_copy_and_keeps_the_picture() -> None:
    image = picture(4)
    before = image.copy()
    first = changed(image, np.random.default_rng(5))
    assert np.array_equal(first, changed(image, np.random.default_rng(5)))
    assert np.array_equal(image, before)


def test_eight_ways_to_lay_a_picture_down() -> None:
    image = picture(6, 40, 60)
    ways = turned(image)
    assert len({way.tobytes() for way in ways}) == 8
    assert sorted({way.shape for way in ways}) == [(40, 60, 3), (60, 40, 3)]
    assert all(np.array_equal(np.sort(way.ravel()), np.sort(image.ravel())) for way in ways)
