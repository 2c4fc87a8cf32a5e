from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui import images
from app.ui.widgets.image_view import ImageView, Picture


@pytest.fixture
def view(app: QApplication, qtbot: QtBot) -> ImageView:
    found = ImageView()
    qtbot.addWidget(found)
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    size=st.tuples(st.integers(200, 1500), st.integers(150, 1200)),
    shape=st.tuples(st.integers(8, 900), st.integers(8, 900)),
)
def test_a_picture_is_centred_as_large_as_fits_and_not_distorted(
    view: ImageView, size: tuple[int, int], shape: tuple[int, int]
) -> None:
    view.resize(*size)
    view.show_picture(Picture(images.base_image(np.zeros((*shape, 3), np.uint8))))
    target = view.target()
    assert view.rect().contains(target)
    assert target.width() == view.width() or target.height() == view.height()
    scale = min(view.width() / shape[1], view.height() / shape[0])
    assert target.width() == pytest.approx(max(1, shape[1] * scale), abs=1)
    assert target.height() == pytest.approx(max(1, shape[0] * scale), abs=1)
    centre = view.rect().center() - target.center()
    assert abs(centre.x()) <= 1
    assert abs(centre.y()) <= 1


def test_one_pixel_lines_survive_a_smaller_window(view: ImageView) -> None:
    array = np.zeros((800, 1280, 3), np.uint8)
    columns = range(20, 1280, 40)
    for column in columns:
        array[:, column] = 255
    view.resize(900, 563)
    view.show_picture(Picture(images.base_image(array)))
    row = view.grab().toImage()
    bright = [row.pixelColor(x, 280).red() > 60 for x in range(row.width())]
    seen = sum(now and not before for before, now in itertools.pairwise(bright))
    assert seen == len(columns)


def test_without_a_picture_it_says_so(view: ImageView) -> None:
    view.resize(600, 400)
    assert view.target().isEmpty()
    empty = view.grab().toImage()
    view.set_placeholder("No picture of this part")
    assert view.grab().toImage() != empty


def test_a_stale_picture_is_grey_and_darker(view: ImageView) -> None:
    view.resize(400, 400)
    red = np.zeros((100, 100, 3), np.uint8)
    red[:, :, 2] = 255
    view.show_picture(Picture(images.base_image(red)))
    live = view.grab().toImage().pixelColor(10, 10)
    assert (live.red(), live.green()) == (255, 0)
    view.set_stale("Camera lost\nPicture of 12:00:00")
    stale = view.grab().toImage().pixelColor(10, 10)
    assert abs(stale.red() - stale.green()) < 6
    assert stale.red() < 100
    view.set_stale("")
    assert view.grab().toImage().pixelColor(10, 10) == live


def test_what_is_judged_and_what_is_not_is_outlined(view: ImageView) -> None:
    base = images.base_image(np.full((100, 200, 3), 90, np.uint8))
    lines = (((20.0, 20.0), (180.0, 20.0), (180.0, 80.0), (20.0, 80.0)),)
    plain = Picture(base)
    view.show_picture(plain)
    bare = view.grab().toImage()
    shots = []
    for picture in (Picture(base, judged=lines), Picture(base, excluded=lines)):
        view.show_picture(picture)
        shots.append(view.grab().toImage())
    assert shots[0] != bare
    assert shots[0] != shots[1]  # dashed and dotted, told apart without colour
    view.set_contours_visible(False)
    assert view.grab().toImage() == bare
