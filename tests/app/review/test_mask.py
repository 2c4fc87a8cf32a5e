from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.inspection.verdict import Decision, Verdict
from app.review.mask import box_of, machine_outlines, outlines_of, raster, simplified
from tests.rigs.records import REGION, a_record

masks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24)))


@given(masks)
def test_outlines_and_pixels_are_the_same_thing(mask: np.ndarray) -> None:
    assert np.array_equal(raster(outlines_of(mask), *mask.shape), mask)


@given(masks, st.tuples(st.integers(0, 50), st.integers(0, 50)))
def test_a_part_of_the_frame_lies_where_it_was_cut(
    mask: np.ndarray, corner: tuple[int, int]
) -> None:
    found = outlines_of(mask, corner)
    assert np.array_equal(raster(found, *mask.shape, corner), mask)
    whole = raster(found, 80, 80)
    assert whole.sum() == mask.sum()
    assert all(x >= corner[0] and y >= corner[1] for one in found for x, y in one)


def test_a_hole_stays_open() -> None:
    ring = np.ones((9, 9), np.bool_)
    ring[3:6, 3:6] = False
    found = outlines_of(ring)
    assert len(found) == 2
    assert not raster(found, 9, 9)[4, 4]


def test_points_outside_the_frame_are_cut_off() -> None:
    found = raster([((-5, -5), (3, -5), (3, 3), (-5, 3))], 6, 8)
    assert found.sum() == 16
    assert found[:4, :4].all()
    assert raster([()], 6, 8).sum() == 0


@given(st.integers(6, 40), st.integers(6, 40))
def test_fewer_points_keep_the_area(a: int, b: int) -> None:
    y, x = np.mgrid[:100, :100]
    blob = ((x - 50) / a) ** 2 + ((y - 50) / b) ** 2 <= 1
    exact = outlines_of(blob)
    fewer = simplified(exact)
    assert len(fewer[0]) <= max(8, 0.8 * len(exact[0]))
    wrong = raster(fewer, 100, 100) ^ blob
    # not further than a pixel from the border, which is about 2 (a + b) pixels long
    assert wrong.sum() <= 3 * (a + b)


def test_the_machines_regions_are_outlines() -> None:
    record = a_record(Verdict.NG, decision=Decision(Verdict.NG, ("score-above-limit",), (REGION,)))
    assert machine_outlines(record) == (REGION.polygon,)
    assert box_of(REGION.polygon) == (1, 2, 6, 10)
    assert machine_outlines(a_record()) == ()
