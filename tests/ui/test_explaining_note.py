"""The note on heatmaps that explain, as the screens paint it."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt5.QtGui import QImage
from PyQt5.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import i18n
from app.inspection.explaining import NOTE
from app.ui import images
from app.ui.widgets.image_view import ImageView, Picture
from app.ui.widgets.zoom_view import ZoomPicture, ZoomView


def shown(kind: str, note: str, qtbot: QtBot) -> ImageView | ZoomView:
    base = images.base_image(np.full((300, 400, 3), 120, np.uint8))
    heat = images.heat_image(np.full((60, 60), 255, np.uint8))
    view: ImageView | ZoomView
    if kind == "live":
        view = ImageView()
        view.show_picture(Picture(base, heat, (30, 30, 60, 60), note=note))
    else:
        view = ZoomView()
        view.show_picture(ZoomPicture((base,), heat, (30, 30, 60, 60), note=note))
    qtbot.addWidget(view)
    view.resize(640, 480)
    return view


def grabbed(view: QWidget) -> QImage:
    return view.grab().toImage()


def plate(image: QImage) -> tuple[int, int]:
    """Return how many pixels of the lowest 40 rows are dark and how many bright."""
    dark = bright = 0
    for y in range(image.height() - 40, image.height()):
        for x in range(image.width()):
            light = image.pixelColor(x, y).lightness()
            dark += light < 60
            bright += light > 200
    return dark, bright


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("kind", ["live", "review"])
def test_the_note_stands_below_the_heat_while_it_is_shown(
    app: QApplication, qtbot: QtBot, kind: str, language: str
) -> None:
    i18n.set_language(language)
    view = shown(kind, NOTE, qtbot)
    dark, bright = plate(grabbed(view))
    assert dark > 5000
    assert bright > 100
    if isinstance(view, ImageView):
        view.set_overlay_visible(False)
    else:
        view.set_heat_on(False)
    assert plate(grabbed(view)) == (0, 0)


@pytest.mark.parametrize("kind", ["live", "review"])
def test_heat_that_measures_has_no_note(app: QApplication, qtbot: QtBot, kind: str) -> None:
    assert plate(grabbed(shown(kind, "", qtbot))) == (0, 0)
