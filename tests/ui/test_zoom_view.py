from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt5.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PyQt5.QtGui import QColor, QMouseEvent, QPainter, QWheelEvent
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.inspection.preview import pyramid
from app.ui import images
from app.ui.widgets.zoom_view import LARGEST, SMALLEST, ZoomPicture, ZoomView

WIDTH, HEIGHT = 400, 300
VIEW = (500, 400)


def a_picture(width: int = WIDTH, height: int = HEIGHT, overlay: bool = False) -> ZoomPicture:
    image = np.full((height, width, 3), 90, np.uint8)
    image[100:110, 200:210] = (0, 0, 250)  # a red square
    levels = tuple(images.base_image(level) for level in pyramid(image, 100))
    if not overlay:
        return ZoomPicture(levels)
    heat = images.heat_image(np.full((20, 20), 255, np.uint8))
    line = ((150.0, 150.0), (180.0, 150.0), (180.0, 180.0))
    return ZoomPicture(levels, heat, (40, 40, 20, 20), (line,))


@pytest.fixture
def view(app: QApplication, qtbot: QtBot) -> ZoomView:
    made = ZoomView()
    qtbot.addWidget(made)
    made.resize(*VIEW)
    made.show()
    made.show_picture(a_picture())
    return made


def colour_at(view: ZoomView, x: float, y: float) -> QColor:
    """The colour on the screen over a frame pixel."""
    place = view.to_widget(QPointF(x + 0.5, y + 0.5))
    return QColor(view.grab().toImage().pixel(int(place.x()), int(place.y())))


def is_red(colour: QColor) -> bool:
    return colour.red() > 200 and colour.green() < 60


def test_the_whole_picture_fits_undistorted(view: ZoomView) -> None:
    assert view.fits
    assert view.magnification == pytest.approx(1.25)
    assert view.to_widget(QPointF(0, 0)).x() == pytest.approx(0)
    assert is_red(colour_at(view, 205, 105))
    view.resize(800, 300)
    assert view.magnification == 1


@pytest.mark.parametrize("magnification", [1.0, 8.0, 0.4])
def test_a_pixel_stands_where_the_transform_says(view: ZoomView, magnification: float) -> None:
    view.zoom_to(magnification)
    view.look_at(QPointF(205, 105))
    assert is_red(colour_at(view, 205, 105))
    assert not is_red(colour_at(view, 214, 105))


def test_at_eight_to_one_pixels_are_hard(view: ZoomView) -> None:
    view.zoom_to(8)
    view.look_at(QPointF(205, 105))
    assert is_red(colour_at(view, 209.45, 105))
    assert colour_at(view, 210, 105).red() == 90


def test_the_place_under_the_pointer_stays(view: ZoomView) -> None:
    pointer = QPointF(330, 120)
    view.zoom_to(4)
    before = view.to_picture(pointer)
    event = QWheelEvent(
        pointer, view.mapToGlobal(pointer.toPoint()), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)
    after = view.to_picture(pointer)
    assert view.magnification == pytest.approx(5)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))


def test_the_mouse_drags_the_picture(view: ZoomView) -> None:
    view.zoom_to(4)
    grabbed = view.to_picture(QPointF(250, 200))
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    mouse(view, QEvent.Type.MouseButtonPress, (250, 200), left)
    mouse(view, QEvent.Type.MouseMove, (300, 180), left)
    mouse(view, QEvent.Type.MouseButtonRelease, (300, 180), none)
    there = view.to_picture(QPointF(300, 180))
    assert (there.x(), there.y()) == pytest.approx((grabbed.x(), grabbed.y()))
    mouse(view, QEvent.Type.MouseMove, (10, 10), none)
    assert view.to_picture(QPointF(300, 180)) == there


def mouse(view: ZoomView, kind: QEvent.Type, at: tuple[int, int], held: Qt.MouseButton) -> None:
    place = QPointF(*at)
    plain = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QMouseEvent(kind, place, Qt.MouseButton.LeftButton, held, plain))


@given(
    st.floats(0.001, 100),
    st.lists(st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)), max_size=4),
)
def test_the_picture_never_leaves_the_view(
    magnification: float, moves: list[tuple[float, float]]
) -> None:
    view = ZoomView()
    view.resize(*VIEW)
    view.show_picture(a_picture())
    view.zoom_to(magnification)
    assert SMALLEST <= view.magnification <= LARGEST
    for dx, dy in moves:
        view.pan(dx, dy)
        frame = view.transform().mapRect(QRectF(0, 0, WIDTH, HEIGHT))
        if frame.width() >= VIEW[0]:
            assert frame.left() <= 1e-6
            assert frame.right() >= VIEW[0] - 1e-6
        else:
            assert frame.center().x() == pytest.approx(VIEW[0] / 2)
    view.deleteLater()


def test_the_view_stays_with_the_next_picture_also_of_another_size(view: ZoomView) -> None:
    view.zoom_to(8)
    view.look_at(QPointF(300, 200))
    view.show_picture(a_picture())
    assert (view.magnification, view.centre) == (8, QPointF(300, 200))
    view.show_picture(None, "No picture was kept.")
    view.show_picture(a_picture())
    assert (view.magnification, view.centre) == (8, QPointF(300, 200))
    view.show_picture(a_picture(220, 160))
    assert view.magnification == 8
    assert view.centre.x() <= 220 - VIEW[0] / 16


def test_overlay_and_outline_lie_where_they_belong_and_can_be_hidden(view: ZoomView) -> None:
    view.show_picture(a_picture(overlay=True))
    view.set_opacity(1.0)
    assert colour_at(view, 50, 50).blue() < 89
    assert colour_at(view, 70, 50).blue() == 90
    # The outline is white with a black edge.
    assert colour_at(view, 165, 149.4).red() > 200
    view.set_heat_on(False)
    assert colour_at(view, 50, 50).blue() == 90
    view.set_contours_on(False)
    assert colour_at(view, 165, 149.4).red() == 90
    view.set_heat_on(True)
    view.set_contours_on(True)
    view.set_raw(True)
    assert colour_at(view, 50, 50).blue() == 90
    assert colour_at(view, 165, 149.4).red() == 90


def test_a_fine_line_is_never_lost(view: ZoomView) -> None:
    image = np.full((2048, 2448, 3), 60, np.uint8)
    columns = list(range(31, 2448, 77))
    image[:, columns] = 255
    levels = tuple(images.base_image(level) for level in pyramid(image, 100))
    view.show_picture(ZoomPicture(levels))
    row = view.grab().toImage()
    y = VIEW[1] // 2
    for column in columns:
        x = int(view.to_widget(QPointF(column + 0.5, 0)).x())
        around = [QColor(row.pixel(min(VIEW[0] - 1, x + d), y)).red() for d in (-1, 0, 1)]
        assert max(around) > 75, column


def test_a_sentence_stands_in_place_of_a_picture(view: ZoomView) -> None:
    before = view.grab().toImage()
    view.show_picture(None, "The stored picture is gone; it cannot be shown.")
    assert view.accessibleName().startswith("The stored picture")
    assert view.grab().toImage() != before
    view.zoom_to(8)
    view.fit()
    view.look_at(QPointF(5, 5))
    view.show_picture(a_picture())
    assert view.message == ""


class Dot:
    def paint(self, painter: QPainter, view: ZoomView) -> None:
        place = view.to_widget(QPointF(20, 20))
        painter.fillRect(QRectF(place.x() - 3, place.y() - 3, 6, 6), QColor("#00FF00"))


def test_a_layer_is_drawn_above_and_taken_away(view: ZoomView) -> None:
    dot = Dot()
    view.add_layer(dot)
    assert colour_at(view, 19.5, 19.5).green() == 255
    view.set_raw(True)
    assert colour_at(view, 19.5, 19.5).green() == 90
    view.set_raw(False)
    view.remove_layer(dot)
    assert colour_at(view, 19.5, 19.5).green() == 90


def test_memory_is_known() -> None:
    picture = a_picture(overlay=True)
    assert picture.bytes_held >= WIDTH * HEIGHT * 4
    assert picture.size.width() == WIDTH
