from __future__ import annotations

import numpy as np
import pytest

from model.patch_origins import cell_centres, origins_of
from model.preprocess import Preprocess
from model.tiling import plan_tiles
from model.variation import changed_by


def test_squashed_pictures_are_divided_evenly() -> None:
    (tile,) = plan_tiles(60, 90)
    cells = cell_centres(Preprocess(48), (2, 3), tile)
    assert cells[:, :, 0].tolist() == [[15, 15, 15], [45, 45, 45]]
    assert cells[:, :, 1].tolist() == [[15, 45, 75], [15, 45, 75]]


def test_padding_counts_to_the_border() -> None:
    (tile,) = plan_tiles(50, 100)
    cells = cell_centres(Preprocess(100, resize="pad"), (4, 4), tile)
    # the picture fills the middle half of the input's height
    assert cells[:, 0, 0].tolist() == [0, pytest.approx(12.5), pytest.approx(37.5), 50]
    assert cells[0, :, 1].tolist() == [12.5, 37.5, 62.5, 87.5]


def test_tiles_lie_where_they_were_cut() -> None:
    tiles = plan_tiles(64, 400)
    last = cell_centres(Preprocess(48), (4, 4), tiles[-1])
    assert last[..., 1].max() < 400
    assert last[..., 1].min() > tiles[-1].horizontal.start


def test_a_mark_on_a_copy_is_traced_to_the_picture() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[140:150, 220:230] = 255
    for seed in range(5):
        copy, moved = changed_by(picture, np.random.default_rng(seed))
        y, x = (axis.mean() for axis in np.nonzero(copy[:, :, 0] > 100))
        cells = np.array([[[y, x]]], np.float32)
        number, down, across = origins_of(cells, (200, 300), 7, moved)[0]
        assert number == 7
        assert down * 200 == pytest.approx(144.5, abs=1)
        assert across * 300 == pytest.approx(224.5, abs=1)
