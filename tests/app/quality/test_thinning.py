from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quality.thinning import thin, with_gaps


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e3, 1e3)), max_size=200),
    st.integers(1, 50),
)
def test_nothing_is_hidden(points: list[tuple[float, float]], spans: int) -> None:
    points = sorted(points)
    times = np.array([time for time, _ in points], np.float64)
    values = np.array([value for _, value in points], np.float64)
    bins = thin(times, values, spans)
    assert bins.counts.sum() == len(points)
    assert len(bins.times) <= max(spans, len(points) if len(points) <= spans else spans)
    assert (np.diff(bins.times) >= 0).all()
    if points:
        assert bins.low.min() == values.min()
        assert bins.high.max() == values.max()
        assert (bins.middle * bins.counts).sum() == pytest.approx(values.sum(), abs=1e-6)


def test_few_points_stay_where_they_are() -> None:
    times = np.array([0.0, 10.0, 20.0])
    bins = thin(times, np.array([1.0, 2.0, 3.0]), 30)
    assert bins.times.tolist() == [0.0, 10.0, 20.0]
    assert bins.middle.tolist() == [1.0, 2.0, 3.0]


def test_a_line_pauses_over_night() -> None:
    times, values = with_gaps(np.array([0.0, 1.0, 90.0]), np.array([5.0, 6.0, 7.0]), 10)
    assert times.tolist() == [0, 1, 1, 90]
    assert np.isnan(values[2])
    assert values[[0, 1, 3]].tolist() == [5, 6, 7]
    same, _ = with_gaps(np.array([0.0, 1.0]), np.array([5.0, 6.0]), 10)
    assert same.tolist() == [0, 1]
