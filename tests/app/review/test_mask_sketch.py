from __future__ import annotations

import pytest

from app.review.mask_sketch import NONE, RADII, MaskSketch, Tool

SQUARE = ((10, 10), (29, 10), (29, 29), (10, 29))


@pytest.fixture
def sketch() -> MaskSketch:
    found = MaskSketch()
    found.begin(100, 80, (SQUARE,))
    return found


def test_points_make_an_outline_and_the_first_one_closes_it(sketch: MaskSketch) -> None:
    for place in ((50.2, 50.9), (70.5, 50.5), (60.5, 70.5)):
        sketch.press(place, 3)
    assert sketch.points == [(50, 50), (70, 50), (60, 70)]
    assert sketch.is_open
    sketch.press((51.0, 51.5), 3)
    assert sketch.outlines == (SQUARE, ((50, 50), (70, 50), (60, 70)))
    assert not sketch.is_open
    sketch.undo()
    assert sketch.outlines == (SQUARE,)
    sketch.redo()
    assert len(sketch.outlines) == 2


def test_undo_takes_back_the_last_point_first(sketch: MaskSketch) -> None:
    sketch.press((50, 50), 3)
    sketch.press((60, 50), 3)
    sketch.undo()
    assert sketch.points == [(50, 50)]
    sketch.delete()
    assert sketch.points == []
    sketch.press((50, 50), 3)
    sketch.press((60, 50), 3)
    sketch.close()
    assert sketch.outlines == (SQUARE,)


def test_a_point_is_dragged_and_lands_once(sketch: MaskSketch) -> None:
    sketch.press((29, 28), 4)
    assert sketch.held == (0, 2)
    for x in (31, 35, 40):
        sketch.move((x, 40))
        assert sketch.outlines[0][2] == (x, 40)
    assert sketch.drawing.outlines == (SQUARE,)
    sketch.release()
    assert sketch.drawing.outlines[0][2] == (40, 40)
    sketch.undo()
    assert sketch.drawing.outlines == (SQUARE,)


def test_two_presses_on_a_line_add_a_point_and_delete_removes_it(sketch: MaskSketch) -> None:
    sketch.press((20, 10.4), 4)
    assert not sketch.is_open
    sketch.release()
    sketch.press_twice((20, 10.4), 4)
    assert sketch.drawing.outlines[0][1] == (20, 10)
    assert sketch.held == (0, 1)
    sketch.delete()
    assert sketch.drawing.outlines == (SQUARE,)
    assert sketch.held == NONE


def test_a_stroke_is_one_step_and_the_eraser_takes_it_away(sketch: MaskSketch) -> None:
    sketch.use(Tool.BRUSH)
    sketch.press((60, 40), 3)
    sketch.move((80, 40))
    assert len(sketch.stroke) == 2
    sketch.release()
    assert sketch.drawing.mask()[40, 60:81].all()
    sketch.use(Tool.ERASER)
    sketch.press((70, 0), 3)
    sketch.move((70, 79))
    sketch.release()
    assert not sketch.drawing.mask()[40, 70]
    assert len(sketch.outlines) == 3
    sketch.undo()
    sketch.undo()
    assert sketch.outlines == (SQUARE,)


def test_everything_goes_by_keys_too(sketch: MaskSketch) -> None:
    assert sketch.here == (50, 40)
    sketch.press_by_key()
    sketch.go(10, 0)
    sketch.press_by_key()
    sketch.go(0, 10)
    sketch.press_by_key()
    sketch.close()
    assert sketch.outlines[1] == ((50, 40), (60, 40), (60, 50))
    assert sketch.next_grip(1)
    assert sketch.held == (0, 0)
    sketch.go(-1, -1)
    assert sketch.drawing.outlines[0][0] == (9, 9)
    assert sketch.next_grip(-1) is False
    assert sketch.next_grip(-1)
    assert sketch.held == (1, 2)
    assert sketch.next_grip(1) is False
    sketch.use(Tool.BRUSH)
    sketch.go(20, 10)
    sketch.press_by_key()
    sketch.go(5, 0)
    sketch.press_by_key()
    assert sketch.drawing.mask()[sketch.here[1], sketch.here[0] - 5 : sketch.here[0]].all()


def test_the_cross_stays_in_the_frame(sketch: MaskSketch) -> None:
    sketch.go(-500, 500)
    assert sketch.here == (0, 79)


def test_the_brush_has_sizes(sketch: MaskSketch) -> None:
    sketch.resize_brush(-100)
    assert sketch.brush_px == 1
    sketch.resize_brush(100)
    assert sketch.radius == RADII[-1]


def test_what_is_open_is_dropped(sketch: MaskSketch) -> None:
    assert not sketch.drop()
    sketch.press((50, 50), 3)
    assert sketch.drop()
    assert not sketch.is_open
    sketch.press((10, 10), 3)
    assert sketch.has_grip
    assert sketch.drop()
    sketch.change(lambda drawing: drawing.cleared())
    assert sketch.outlines == ()
