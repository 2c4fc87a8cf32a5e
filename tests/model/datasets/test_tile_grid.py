from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from model.datasets.tile_grid import TileGrid


@given(st.integers(1, 900), st.integers(32, 300), st.floats(0, 0.9))
@settings(deadline=None)
def test_tiles_cover_a_side_and_overlap_enough(length: int, side: int, overlap: float) -> None:
    starts = TileGrid(side, overlap).starts(length)
    if length < side:
        assert starts == ()
        return
    assert starts[0] == 0
    assert starts[-1] == length - side
    steps = [after - before for before, after in pairwise(starts)]
    assert all(0 < step <= side for step in steps)
    shared = min(side - 1, round(overlap * side))
    assert all(side - step >= shared - 1 for step in steps)


@given(st.integers(32, 300), st.integers(32, 300))
@settings(deadline=None)
def test_every_pixel_is_on_a_tile(height: int, width: int) -> None:
    corners = TileGrid(32, 0.25).corners(height, width)
    assert len(set(corners)) == len(corners)
    assert {x for x, _ in corners} == set(TileGrid(32, 0.25).starts(width))
    assert max(y for _, y in corners) == height - 32


def test_no_more_tiles_than_needed() -> None:
    assert TileGrid(100, 0).starts(200) == (0, 100)
    assert TileGrid(100, 0.25).starts(100) == (0,)
    assert TileGrid(200, 0.25).starts(256) == (0, 56)
