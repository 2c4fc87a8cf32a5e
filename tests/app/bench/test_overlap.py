from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bench.overlap import made_maps, plain_aupro
from model.metrics import aupro


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 4),
    steps=st.sampled_from([2, 7, 200, 10_000]),
)
def test_the_fast_way_equals_the_definition(seed: int, count: int, steps: int) -> None:
    masks, maps = made_maps(count, 40, seed)
    # few distinct values: many pixels lie exactly on a threshold
    coarse = [(np.round(one * steps) / steps).astype(np.float32) for one in maps]
    expected = _plain(masks, coarse)
    if np.isfinite(expected):
        assert aupro(masks, coarse) == pytest.approx(expected, abs=1e-12)


def _plain(masks: list[np.ndarray], maps: list[np.ndarray]) -> float:
    with np.errstate(invalid="ignore", divide="ignore"):
        try:
            return plain_aupro(masks, maps)
        except ValueError:  # no point below the highest rate
            return float("nan")


def test_made_maps_see_most_defects_and_are_repeatable() -> None:
    masks, maps = made_maps(3, 64, seed=5)
    again = made_maps(3, 64, seed=5)[1]
    assert all(np.array_equal(one, other) for one, other in zip(maps, again, strict=True))
    assert 0.6 < aupro(masks, maps) < 1
