from __future__ import annotations

import numpy as np
import pytest

from model.postprocess import to_source_size


@pytest.mark.parametrize(("height", "width"), [(32, 32), (700, 90), (1024, 1280)])
def test_source_size_is_reached_and_a_constant_kept(height: int, width: int) -> None:
    out = to_source_size(np.full((60, 60), 0.25, np.float32), height, width)
    assert out.shape == (height, width)
    assert out.dtype == np.float32
    assert np.abs(out - 0.25).max() < 1e-6


def test_a_map_of_the_right_size_is_returned_bit_for_bit() -> None:
    values = np.random.default_rng(1).random((70, 70), dtype=np.float32)
    assert np.array_equal(to_source_size(values, 70, 70), values)


def test_a_hot_spot_stays_at_its_place() -> None:
    values = np.zeros((20, 20), np.float32)
    values[4, 15] = 1
    out = to_source_size(values, 1000, 500)
    y, x = np.unravel_index(out.argmax(), out.shape)
    assert (y, x) == pytest.approx((225, 387), abs=15)
