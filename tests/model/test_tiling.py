from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.tiling import MAX_ASPECT, MAX_SIDE, Span, merge, plan_tiles

sides = st.integers(32, 8192)


@settings(max_examples=400, deadline=None)
@given(sides, sides)
@example(256, 4096)
@example(8192, 32)
@example(8192, 8192)
@example(2049, 2048)
def test_tiles_cover_every_pixel_with_weights_that_add_up_to_one(height: int, width: int) -> None:
    tiles = plan_tiles(height, width)
    for length, picked in (
        (height, {tile.vertical.start: tile.vertical for tile in tiles}),
        (width, {tile.horizontal.start: tile.horizontal for tile in tiles}),
    ):
        total = np.zeros(length)
        for span in picked.values():
            assert 0 <= span.start < span.stop <= length
            assert span.weights.shape == (span.stop - span.start,)
            assert (span.weights > 0).all()
            total[span.start : span.stop] += span.weights
        assert np.allclose(total, 1, atol=1e-6)
    rows = {tile.vertical.start for tile in tiles}
    columns = {tile.horizontal.start for tile in tiles}
    assert len(tiles) == len(rows) * len(columns)


@settings(max_examples=200, deadline=None)
@given(sides, sides)
def test_tiles_are_neither_too_large_nor_too_long(height: int, width: int) -> None:
    for tile in plan_tiles(height, width):
        rows, columns = tile.size
        assert max(rows, columns) <= MAX_SIDE
        assert max(rows, columns) <= MAX_ASPECT * min(rows, columns)


@pytest.mark.parametrize(("height", "width"), [(1024, 1280), (32, 64), (2048, 2048), (500, 1000)])
def test_an_ordinary_picture_is_a_single_tile(height: int, width: int) -> None:
    (tile,) = plan_tiles(height, width)
    assert tile.size == (height, width)
    assert (tile.vertical.weights == 1).all()


def test_neighbours_overlap_with_smooth_ramps() -> None:
    spans: list[Span] = [tile.horizontal for tile in plan_tiles(256, 4096)]
    assert len(spans) > 8
    for left, right in itertools.pairwise(spans):
        assert left.stop - right.start >= 60
    for span in spans:
        assert np.abs(np.diff(span.weights)).max() < 0.03


@settings(max_examples=25, deadline=None)
@given(st.integers(32, 3000), st.integers(32, 3000), st.floats(-5, 5, width=32))
def test_a_constant_is_reproduced(height: int, width: int, value: float) -> None:
    tiles = plan_tiles(height, width)
    merged = merge(height, width, ((t, np.full(t.size, value, np.float32)) for t in tiles))
    assert merged.shape == (height, width)
    assert np.allclose(merged, value, atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(256, 4096), (4096, 256), (2500, 2600), (40, 8192)])
def test_a_smooth_function_is_reproduced(height: int, width: int) -> None:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    values = np.sin(x / 200) + np.cos(y / 300)
    tiles = plan_tiles(height, width)
    merged = merge(height, width, ((t, values[t.window]) for t in tiles))
    assert np.abs(merged - values).max() < 1e-5


def test_tiles_that_disagree_join_without_a_seam() -> None:
    tiles = plan_tiles(256, 4096)
    assert len(tiles) > 8
    levels = [float(index % 2) for index in range(len(tiles))]
    merged = merge(
        256,
        4096,
        ((t, np.full(t.size, v, np.float32)) for t, v in zip(tiles, levels, strict=True)),
    )
    assert np.ptp(merged) > 0.99
    assert np.abs(np.diff(merged, axis=1)).max() < 0.03
