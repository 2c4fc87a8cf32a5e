from __future__ import annotations

import numpy as np
import pytest
from PyQt5.QtCore import QPoint, QPointF, Qt
from PyQt5.QtWidgets import QApplication, QPushButton, QShortcut, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import i18n
from app.inspection.recipe_parts import RegionOfInterest
from app.ui.widgets.frame_editor import FrameEditor, Tool
from app.ui.widgets.frame_shapes import Kind, ScaleLine, Shapes, Target
from tests.ui.mouse import drag

WIDTH, HEIGHT = 400, 300
SQUARE = ((100.0, 80.0), (200.0, 80.0), (200.0, 180.0), (100.0, 180.0))


class Board:
    """An editor with a picture, drawn on with mouse and keys alone."""

    def __init__(self, bot: QtBot) -> None:
        self.bot = bot
        self.window = QWidget()
        self.editor, self.next = FrameEditor(), QPushButton("Next")
        rows = QVBoxLayout(self.window)
        rows.addWidget(self.editor, 1)
        rows.addWidget(self.next)
        bot.addWidget(self.window)
        self.window.resize(900, 800)
        self.window.show()
        bot.waitExposed(self.window)
        self.editor.set_picture(np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
        # One pixel of the picture is two of the screen: places come out to the pixel.
        self.editor.view.zoom_to(2.0)
        self.editor.view.look_at(QPointF(200, 150))
        self.changes = 0
        self.editor.changed.connect(self._on_changed)
        self.editor.canvas.setFocus()

    def _on_changed(self) -> None:
        self.changes += 1

    @property
    def shapes(self) -> Shapes:
        return self.editor.shapes()

    def at(self, x: float, y: float) -> QPoint:
        return self.editor.view.to_widget(QPointF(x, y)).toPoint()

    def click(self, *places: tuple[float, float]) -> None:
        for place in places:
            self.bot.mouseClick(self.editor.canvas, Qt.LeftButton, pos=self.at(*place))

    def drag(self, start: tuple[float, float], *way: tuple[float, float]) -> None:
        drag(self.editor.canvas, [self.at(*place) for place in (start, *way)])

    def keys(self, *keys: int, held: int = Qt.NoModifier) -> None:
        for key in keys:
            self.bot.keyClick(self.editor.canvas, key, held)


@pytest.fixture
def board(app: QApplication, qtbot: QtBot) -> Board:
    return Board(qtbot)


def test_a_rectangle_by_mouse_becomes_a_named_region(board: Board) -> None:
    board.editor.set_tool(Tool.RECTANGLE)
    board.drag((100, 80), (150, 120), (200, 180))
    assert board.shapes.regions == (RegionOfInterest(name="Region 1", polygon=SQUARE),)
    field = board.editor.selection.name
    assert field.isVisible()
    assert field.text() == "Region 1"
    field.setFocus()
    field.selectAll()
    board.bot.keyClicks(field, "Gasket")
    board.bot.keyClick(field, Qt.Key_Return)
    assert [region.name for region in board.shapes.regions] == ["Gasket"]
    assert board.changes == 2
    board.editor.undo()
    assert [region.name for region in board.shapes.regions] == ["Region 1"]


def test_two_clicks_do_as_well_as_a_drag(board: Board) -> None:
    board.editor.set_tool(Tool.RECTANGLE)
    board.click((200, 180), (100, 80))
    assert board.shapes.regions[0].polygon == SQUARE


def test_a_rectangle_by_keys_alone(board: Board) -> None:
    board.keys(Qt.Key_R, Qt.Key_Space)
    for _ in range(4):
        board.keys(Qt.Key_Right, Qt.Key_Down, held=Qt.ShiftModifier)
    board.keys(Qt.Key_Space)
    (region,) = board.shapes.regions
    assert region.polygon == ((200, 150), (240, 150), (240, 190), (200, 190))
    # It is selected: arrows move it, comma and full stop take its grips.
    board.keys(Qt.Key_Left, Qt.Key_Left)
    assert board.shapes.regions[0].polygon[0] == (198, 150)
    board.keys(Qt.Key_Period, Qt.Key_Up)
    assert board.shapes.regions[0].polygon[0] == (198, 149)
    # Steps of one key that was pressed again and again are one step back.
    board.keys(Qt.Key_Z, Qt.Key_Z, held=Qt.ControlModifier)
    assert board.shapes.regions[0].polygon[0] == (200, 150)


def test_a_polygon_closes_at_its_first_corner_and_never_crosses_itself(board: Board) -> None:
    board.editor.set_tool(Tool.POLYGON)
    board.click((60, 60), (160, 60), (60, 160), (160, 160))
    board.keys(Qt.Key_Return)
    assert board.shapes.regions == ()
    assert "cross" in board.editor.hint.text()
    board.keys(Qt.Key_Backspace, Qt.Key_Backspace)
    board.click((160, 160), (60, 160), (60, 60))
    assert board.shapes.regions[0].polygon == ((60, 60), (160, 60), (160, 160), (60, 160))


@pytest.mark.parametrize("by_clicks", [False, True])
def test_an_exclusion_is_dragged_or_clicked(board: Board, by_clicks: bool) -> None:
    board.editor.set_tool(Tool.EXCLUSION)
    if by_clicks:
        board.click(*SQUARE)
        board.keys(Qt.Key_Return)
    else:
        board.drag(SQUARE[0], SQUARE[2])
    assert board.shapes.exclusions == (SQUARE,)


def test_what_was_brushed_is_moved_as_a_whole(board: Board) -> None:
    board.editor.set_tool(Tool.BRUSH)
    board.drag((100, 100), (150, 130), (220, 110))
    (before,) = board.shapes.exclusions
    board.keys(Qt.Key_Period, Qt.Key_Right, Qt.Key_Right)
    (after,) = board.shapes.exclusions
    assert after == tuple((x + 2, y) for x, y in before)


def test_the_scale_line_asks_for_its_length(board: Board) -> None:
    board.editor.set_tool(Tool.SCALE)
    board.drag((50, 100), (200, 100), (350, 100))
    field = board.editor.selection.length
    assert board.shapes.mm_per_px is None
    assert board.editor.hint.text() == "Type the length of the line in mm and press Enter."
    board.bot.waitUntil(field.hasFocus)
    board.bot.keyClicks(field, "60")
    board.bot.keyClick(field, Qt.Key_Return)
    assert board.shapes.mm_per_px == pytest.approx(0.2)
    assert board.editor.canvas.hasFocus()


def test_the_anchor_is_one_box_of_whole_pixels(board: Board) -> None:
    board.editor.set_tool(Tool.ANCHOR)
    board.drag((20, 30), (60, 70))
    board.drag((220, 130), (260, 180))
    assert board.shapes.anchor_box == (220, 130, 40, 50)
    board.drag((220, 100), (228, 103))
    assert board.shapes.anchor_box == (220, 130, 40, 50)
    assert "too small" in board.editor.hint.text()


def test_what_is_drawn_is_moved_and_resized_by_mouse(board: Board) -> None:
    board.editor.set_shapes(
        Shapes((RegionOfInterest(name="A", polygon=SQUARE, ng_limit=0.5),), (), (300, 200, 40, 40))
    )
    board.click((150, 130))
    board.drag((150, 130), (170, 140))
    assert board.shapes.regions[0].polygon[0] == (120, 90)
    board.drag((220, 190), (250, 200))
    assert board.shapes.regions[0].polygon == ((120, 90), (250, 90), (250, 200), (120, 200))
    assert board.shapes.regions[0].ng_limit == 0.5
    board.click((320, 220))
    board.drag((340, 220), (350, 260))
    assert board.shapes.anchor_box == (300, 200, 50, 40)
    board.keys(Qt.Key_Delete)
    assert board.shapes.anchor_box is None
    assert board.editor.canvas.sketch.selected is None


def test_tab_goes_from_shape_to_shape_and_out(board: Board) -> None:
    board.editor.set_shapes(
        Shapes(
            (RegionOfInterest(name="A", polygon=SQUARE),),
            (SQUARE,),
            None,
            ScaleLine((0, 0), (50, 0)),
        )
    )
    seen = []
    for _ in range(3):
        board.keys(Qt.Key_Tab)
        seen.append(board.editor.canvas.sketch.selected)
    assert seen == [Target(Kind.REGION), Target(Kind.EXCLUSION), Target(Kind.SCALE)]
    board.keys(Qt.Key_Tab)
    assert board.editor.canvas.sketch.selected is None
    assert board.next.hasFocus()


def test_a_plain_drag_moves_the_picture_and_draws_nothing(board: Board) -> None:
    board.editor.view.zoom_to(8.0)
    before = board.editor.view.centre
    board.drag((200, 150), (195, 147), (190, 145))
    assert board.editor.view.centre != before
    assert board.changes == 0


def test_a_read_only_editor_shows_and_changes_nothing(board: Board) -> None:
    board.editor.set_shapes(Shapes((RegionOfInterest(name="A", polygon=SQUARE),)))
    board.editor.set_read_only(True)
    board.click((150, 130))
    board.keys(Qt.Key_R, Qt.Key_Tab, Qt.Key_Delete)
    board.drag((20, 20), (80, 80))
    assert board.changes == 0
    assert not board.editor.bar.tools[Tool.RECTANGLE].isVisible()


def test_only_the_offered_tools_are_taken(board: Board) -> None:
    board.editor.set_tools([Tool.LOOK, Tool.ANCHOR])
    board.keys(Qt.Key_P)
    assert board.editor.tool is Tool.LOOK
    board.keys(Qt.Key_A)
    assert board.editor.tool is Tool.ANCHOR
    board.editor.set_tools([Tool.RECTANGLE])
    assert board.editor.tool is Tool.RECTANGLE


def test_keys_of_the_screen_behind_are_not_taken_while_one_draws(board: Board) -> None:
    hit: list[str] = []
    for key in ("R", "Esc"):
        shortcut = QShortcut(key, board.editor)
        shortcut.activated.connect(lambda key=key: hit.append(key))
    board.keys(Qt.Key_R, Qt.Key_Space, Qt.Key_Escape)
    assert hit == []
    assert board.editor.tool is Tool.RECTANGLE
    board.keys(Qt.Key_Escape)
    assert hit == ["Esc"]


def test_every_hint_and_button_is_korean_in_korean(board: Board) -> None:
    i18n.set_language("ko")
    board.editor.retranslate()
    for tool in Tool:
        board.editor.set_tool(tool)
        assert not board.editor.hint.text().isascii(), tool
        assert not board.editor.bar.tools[tool].text().isascii(), tool
