from __future__ import annotations

import gc
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt5.QtCore import QRectF
from PyQt5.QtGui import QImage

from app.ui import images
from model.opencv import cv2


def test_cividis_is_the_published_table() -> None:
    grey = np.arange(256, dtype=np.uint8)[:, None]
    published = cv2.applyColorMap(grey, cv2.COLORMAP_CIVIDIS)[:, 0, ::-1].astype(int)
    # 32 straight pieces; the table has its only kink between two of them.
    assert np.abs(published - images.cividis()).max() <= 6
    assert np.abs(published - images.cividis()).mean() < 0.5


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 41),
    seed=st.integers(0, 2**32 - 1),
    grey=st.booleans(),
)
def test_every_pixel_arrives_whatever_the_width(
    height: int, width: int, seed: int, grey: bool
) -> None:
    shape = (height, width) if grey else (height, width, 3)
    array = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    image = images.base_image(array)
    y, x = seed % height, seed % width
    colour = image.pixelColor(x, y)
    expected = [int(array[y, x])] * 3 if grey else [int(value) for value in array[y, x]]
    assert [colour.blue(), colour.green(), colour.red()] == expected


def test_a_picture_outlives_its_array() -> None:
    array = np.full((200, 300, 3), 77, np.uint8)
    image = images.base_image(array)
    array[:] = 0
    del array
    gc.collect()
    assert image.pixelColor(299, 199).red() == 77


def test_a_view_with_gaps_is_accepted() -> None:
    array = np.zeros((20, 20, 3), np.uint8)
    array[::2, ::2] = 200
    image = images.base_image(array[::2, ::2])
    assert (image.width(), image.height()) == (10, 10)
    assert image.pixelColor(9, 9).green() == 200


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4,), np.uint8),
    ],
)
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="need"):
        images.base_image(array)
    with pytest.raises(ValueError, match="need"):
        images.heat_image(array)


def test_heat_below_the_middle_of_the_scale_is_invisible_and_rises_from_there() -> None:
    ramp = np.arange(256, dtype=np.uint8)[None, :]
    overlay = images.heat_image(ramp)
    assert overlay.format() == QImage.Format.Format_ARGB32_Premultiplied
    alpha = [overlay.pixelColor(x, 0).alpha() for x in range(256)]
    assert alpha[: images.FIRST_VISIBLE + 1] == [0] * (images.FIRST_VISIBLE + 1)
    assert all(a <= b for a, b in itertools.pairwise(alpha))
    assert alpha[-1] == 200
    yellow = overlay.pixelColor(255, 0)
    assert (yellow.red() > 240, yellow.blue() < 80) == (True, True)


def test_a_flattened_picture_shows_heat_where_it_is_and_nothing_else() -> None:
    base = images.base_image(np.full((40, 60, 3), 100, np.uint8))
    heat = np.zeros((40, 60), np.uint8)
    heat[:20, :30] = 255
    result = images.with_overlay(base, images.heat_image(heat), QRectF(0, 0, 60, 40), 1.0)
    assert result.pixelColor(10, 10).red() > 180
    assert result.pixelColor(50, 30).getRgb() == (100, 100, 100, 255)


@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0, 0.2),
)
def test_the_box_of_visible_heat_holds_all_of_it_and_little_more(
    shape: tuple[int, int], seed: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    heat = np.where(rng.random(shape) < share, 255, images.FIRST_VISIBLE).astype(np.uint8)
    box = images.visible_heat(heat)
    if box is None:
        assert heat.max() <= images.FIRST_VISIBLE
        return
    x, y, width, height = box
    inside = heat[y : y + height, x : x + width]
    assert inside.shape == (height, width)
    assert (inside > images.FIRST_VISIBLE).sum() == (heat > images.FIRST_VISIBLE).sum()
    core = heat[y + 1 : y + height - 1, x + 1 : x + width - 1]
    if core.size:
        assert heat[y : y + 2].max() == heat[y + height - 2 : y + height].max() == 255
