from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.postprocess import to_source, to_source_size
from model.preprocess import Preprocess


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


@given(st.integers(1, 200), st.integers(1, 200), st.integers(8, 64))
def test_a_padded_ramp_comes_back_as_a_ramp(height: int, width: int, size: int) -> None:
    preprocess = Preprocess(size, resize="pad")
    content = preprocess.content(height, width)
    values = np.full((size, size), 1e6, np.float32)
    columns = (np.arange(content.width, dtype=np.float32) + 0.5) / content.width
    values[content.top :, content.left :][: content.height, : content.width] = columns
    out = to_source(values, preprocess, height, width)
    assert out.shape == (height, width)
    expected = (np.arange(width) + 0.5) / width
    # beyond the outermost centres the ramp is held
    low, high = columns[0], columns[-1]
    if width >= content.width:
        assert np.abs(out - np.clip(expected, low, high)).max() < 1e-3
    assert out.max() <= 1


def test_squash_is_the_plain_resize() -> None:
    values = np.random.default_rng(1).random((20, 20), dtype=np.float32)
    squashed = to_source(values, Preprocess(70), 50, 90)
    assert np.array_equal(squashed, to_source_size(values, 50, 90))


def test_a_small_map_of_a_padded_input_is_cut_where_the_picture_lies() -> None:
    values = np.zeros((8, 8), np.float32)
    values[:, 2:6] = np.linspace(1, 2, 4)
    out = to_source(values, Preprocess(64, resize="pad"), 200, 100)
    assert out.shape == (200, 100)
    assert out[:, 37].mean() == pytest.approx(4 / 3, abs=0.05)
    assert out[:, 62].mean() == pytest.approx(5 / 3, abs=0.05)
