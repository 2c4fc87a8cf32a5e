from __future__ import annotations

import numpy as np
import pytest
from PyQt5.QtCore import QPointF, Qt
from PyQt5.QtWidgets import QApplication, QPushButton, QShortcut, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.inspection.verdict import Decision, Verdict
from app.review.mask_sketch import Tool
from app.ui import images
from app.ui.widgets.mask_editor import MaskEditor
from app.ui.widgets.zoom_view import ZoomPicture, ZoomView
from model.types import Region
from tests.rigs.records import a_record

REGION = Region(((100, 80), (139, 80), (139, 109), (100, 109)), 1200, 0.7, (100, 80, 140, 110))
RECORD = a_record(
    Verdict.NG,
    frame_width=400,
    frame_height=300,
    decision=Decision(Verdict.NG, ("score-above-limit",), (REGION,)),
)


class Table:
    """A view with the editor below it, as on the screen."""

    def __init__(self, bot: QtBot) -> None:
        self.bot = bot
        self.window = QWidget()
        layout = QVBoxLayout(self.window)
        self.view = ZoomView()
        self.editor = MaskEditor(self.view)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.editor)
        self.view.show_picture(
            ZoomPicture((images.base_image(np.full((300, 400, 3), 90, np.uint8)),))
        )
        bot.addWidget(self.window)
        self.window.resize(800, 760)
        self.window.show()
        bot.waitExposed(self.window)
        self.done: list[tuple[tuple[tuple[int, int], ...], ...]] = []
        self.cancelled = 0
        self.editor.done.connect(self.done.append)
        self.editor.cancelled.connect(self._on_cancelled)
        self.editor.begin(RECORD)

    def _on_cancelled(self) -> None:
        self.cancelled += 1

    def at(self, x: float, y: float) -> object:
        return self.view.to_widget(QPointF(x + 0.5, y + 0.5)).toPoint()

    def click(self, x: float, y: float) -> None:
        self.bot.mouseClick(self.editor.canvas, Qt.LeftButton, pos=self.at(x, y))

    def keys(self, *keys: int) -> None:
        for key in keys:
            self.bot.keyClick(self.editor.canvas, key)


@pytest.fixture
def table(app: QApplication, qtbot: QtBot) -> Table:
    return Table(qtbot)


@pytest.mark.parametrize("zoom", [None, 1.0, 8.0])
def test_a_polygon_is_drawn_where_the_mouse_was_at_any_zoom(
    table: Table, zoom: float | None
) -> None:
    if zoom:
        table.view.zoom_to(zoom)
        table.view.look_at(QPointF(200, 150))
    corners = ((190, 140), (215, 141), (204, 165))
    for corner in corners:
        table.click(*corner)
    table.click(*corners[0])
    slack = 0 if zoom == 8.0 else 1
    (outline,) = table.editor.outlines
    assert np.abs(np.array(outline) - corners).max() <= slack
    table.keys(Qt.Key_Return)
    assert table.done == [(outline,)]
    assert not table.editor.is_active
    assert table.editor.isHidden()


def test_the_view_may_move_while_an_outline_is_open(table: Table) -> None:
    table.click(190, 140)
    table.view.zoom_to(4.0)
    table.click(215, 141)
    table.view.pan(30, 20)
    table.click(204, 165)
    table.keys(Qt.Key_Return, Qt.Key_Return)
    assert np.abs(np.array(table.done[0][0]) - ((190, 140), (215, 141), (204, 165))).max() <= 1


def test_the_machines_areas_are_taken_on_request_and_corrected(table: Table) -> None:
    assert table.editor.outlines == ()
    table.keys(Qt.Key_M, Qt.Key_E)
    assert table.editor.canvas.sketch.tool is Tool.ERASER
    before = table.editor.canvas.sketch.drawing.mask().sum()
    table.click(139, 109)
    assert table.editor.canvas.sketch.drawing.mask().sum() < before
    table.bot.keyClick(table.editor.canvas, Qt.Key_Z, Qt.ControlModifier)
    table.keys(Qt.Key_Return)
    assert table.done == [(REGION.polygon,)]


def test_a_mask_by_keys_alone(table: Table) -> None:
    table.keys(Qt.Key_B, Qt.Key_BracketRight, Qt.Key_Space)
    for _ in range(3):
        table.bot.keyClick(table.editor.canvas, Qt.Key_Right, Qt.ShiftModifier)
    table.keys(Qt.Key_Space, Qt.Key_Return)
    (mask,) = table.done
    x = [point[0] for outline in mask for point in outline]
    assert min(x) < 200 < 230 < max(x)


def test_nothing_is_defective_is_said_not_left_empty(table: Table) -> None:
    table.keys(Qt.Key_Return)
    assert table.done == []
    assert not table.editor.buttons["done"].isEnabled()
    table.keys(Qt.Key_N)
    assert table.done == [()]


def test_escape_drops_what_is_open_then_ends(table: Table) -> None:
    table.click(190, 140)
    table.keys(Qt.Key_Escape)
    assert table.editor.is_active
    table.keys(Qt.Key_Escape)
    assert (table.cancelled, table.done) == (1, [])
    assert not table.editor.is_active


def test_no_key_decides_behind_the_sheet(table: Table) -> None:
    pressed: list[str] = []
    shortcut = QShortcut(Qt.Key_1, table.window)
    shortcut.activated.connect(lambda: pressed.append("1"))
    table.keys(Qt.Key_1, Qt.Key_N)
    assert pressed == []
    assert table.done == [()]
    table.bot.keyClick(table.window, Qt.Key_1)
    assert pressed == ["1"]


def test_an_earlier_mask_is_corrected_and_buttons_do_what_keys_do(table: Table) -> None:
    earlier = (((10, 10), (40, 10), (40, 40)),)
    table.editor.begin(RECORD, earlier)
    assert table.editor.outlines == earlier
    for name in ("machine", "clear", "undo"):
        table.bot.mouseClick(table.editor.buttons[name], Qt.LeftButton)
    assert table.editor.outlines == (*earlier, REGION.polygon)
    table.bot.mouseClick(table.editor.buttons["done"], Qt.LeftButton)
    assert table.done == [(*earlier, REGION.polygon)]


def test_the_wheel_still_magnifies_and_the_sheet_grows_with_the_view(table: Table) -> None:
    table.window.resize(900, 800)
    table.bot.waitUntil(lambda: table.editor.canvas.size() == table.view.size())
    assert table.editor.canvas.geometry() == table.view.rect()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_button_is_clipped_or_small(table: Table, language: str) -> None:
    from app import i18n

    i18n.set_language(language)
    table.window.resize(620, 640)
    table.editor.retranslate()
    table.bot.wait(20)
    for button in table.editor.findChildren(QPushButton):
        assert button.width() >= button.sizeHint().width()
        assert button.height() >= 40


def test_the_mask_is_seen(table: Table) -> None:
    before = table.view.grab().toImage()
    table.keys(Qt.Key_M)
    after = table.view.grab().toImage()
    inside = table.at(120, 95)
    assert before.pixelColor(inside) != after.pixelColor(inside)
