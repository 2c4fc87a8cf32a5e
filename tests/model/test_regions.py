from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.errors import ModelError
from model.opencv import cv2
from model.regions import MAX_REGIONS, find_regions


def test_two_regions_largest_first_with_box_area_and_peak() -> None:
    values = np.zeros((60, 80), np.float32)
    values[5:10, 10:20] = 0.6
    values[30:50, 40:70] = 0.7
    values[35, 45] = 0.9
    large, small = find_regions(values, 0.5)
    assert (large.area_px, large.box, large.peak) == (600, (40, 30, 70, 50), np.float32(0.9))
    assert (small.area_px, small.box, small.peak) == (50, (10, 5, 20, 10), np.float32(0.6))
    assert sorted(small.polygon) == [(10, 5), (10, 9), (19, 5), (19, 9)]


def test_the_limit_itself_belongs_to_the_region() -> None:
    values = np.full((40, 40), 0.5, np.float32)
    assert find_regions(values, 0.5)[0].area_px == 1600
    assert find_regions(values, float(np.nextafter(np.float32(0.5), np.float32(1)))) == ()


def test_diagonal_neighbours_are_one_region() -> None:
    values = np.eye(32, dtype=np.float32)
    assert [region.area_px for region in find_regions(values, 0.5)] == [32]


def test_small_regions_are_left_out_and_the_number_is_bounded() -> None:
    values = np.zeros((200, 200), np.float32)
    values[::2, ::2] = 1
    assert len(find_regions(values, 0.5)) == MAX_REGIONS
    assert find_regions(values, 0.5, min_area_px=2) == ()


@pytest.mark.parametrize("limit", [float("nan"), float("inf")])
def test_a_limit_that_is_no_number_is_refused(limit: float) -> None:
    with pytest.raises(ModelError, match="map limit"):
        find_regions(np.zeros((40, 40), np.float32), limit)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float32, (32, 37), elements=st.floats(0, 1, width=32)),
    st.floats(0.3, 0.95),
    st.integers(0, 5),
)
def test_regions_cover_exactly_the_large_enough_components(
    values: np.ndarray, limit: float, min_area: int
) -> None:
    regions = find_regions(values, limit, min_area)
    _, _, stats, _ = cv2.connectedComponentsWithStats(
        (values >= np.float32(limit)).astype(np.uint8), connectivity=8
    )
    expected = sorted((int(a) for a in stats[1:, cv2.CC_STAT_AREA] if a >= min_area), reverse=True)
    assert [int(region.area_px) for region in regions] == expected[:MAX_REGIONS]
    for region in regions:
        x0, y0, x1, y1 = region.box
        assert region.peak >= np.float32(limit)
        assert region.peak in values[y0:y1, x0:x1]
        assert all(x0 <= x < x1 and y0 <= y < y1 for x, y in region.polygon)
