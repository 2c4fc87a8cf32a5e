from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from model.postprocess import peak, smooth, to_source_size


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0.5, 1.0, 2.5, 4.0, 9.0]))
def test_smooth_is_the_gaussian_filter_of_scipy(height: int, width: int, sigma: float) -> None:
    values = np.random.default_rng(5).random((2, 1, height, width), dtype=np.float32)
    got = smooth(torch.from_numpy(values), sigma).numpy()
    for one, expected in zip(got, values, strict=True):
        assert np.abs(one[0] - gaussian_filter(expected[0], sigma)).max() < 2e-6


def test_smooth_with_sigma_zero_changes_nothing() -> None:
    values = torch.rand(1, 1, 5, 7)
    assert torch.equal(smooth(values, 0.0), values)


def test_peak_is_the_mean_of_the_highest_share() -> None:
    values = torch.arange(100.0).reshape(1, 1, 10, 10)
    assert peak(values, 0.0).tolist() == [99]
    assert peak(values, 0.02).tolist() == [98.5]
    assert peak(values, 1.0).tolist() == [49.5]
    assert peak(torch.cat([values, -values]), 0.02).tolist() == [98.5, -0.5]


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
