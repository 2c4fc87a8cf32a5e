from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.review.mask_drawing import MaskDrawing, MaskHistory

SQUARE = ((10, 10), (29, 10), (29, 29), (10, 29))
FAR = ((60, 60), (79, 60), (79, 79), (60, 79))
EMPTY = MaskDrawing(100, 90)

places = st.tuples(st.integers(-10, 110), st.integers(-10, 100))


def test_an_outline_far_from_others_keeps_its_points() -> None:
    drawing = EMPTY.with_outlines([SQUARE, FAR])
    assert drawing.outlines == (SQUARE, FAR)
    assert drawing.mask().sum() == 800


def test_outlines_that_overlap_become_one() -> None:
    drawing = EMPTY.with_outlines([SQUARE, FAR, ((20, 20), (49, 20), (49, 39), (20, 39))])
    assert len(drawing.outlines) == 2
    assert drawing.outlines[0] == FAR
    mask = drawing.mask()
    assert mask.sum() == pytest.approx(400 + 400 + 600 - 100, abs=12)
    assert mask[25, 25]


def test_a_line_across_itself_has_no_hole() -> None:
    bow = ((10, 10), (60, 40), (60, 10), (10, 40))
    drawing = EMPTY.with_outlines([bow])
    assert drawing.mask()[25, 15]
    assert drawing.mask()[25, 55]


def test_two_points_are_no_area_and_points_outside_are_drawn_in() -> None:
    assert EMPTY.with_outlines([((1, 1), (5, 5))]) == EMPTY
    (outline,) = EMPTY.with_outlines([((-5, -5), (200, -5), (200, 50))]).outlines
    assert outline == ((0, 0), (99, 0), (99, 50))


def test_the_brush_adds_and_the_eraser_makes_a_hole() -> None:
    dot = EMPTY.brushed([(50, 40)], 10, erase=False)
    assert dot.mask().sum() == pytest.approx(np.pi * 10.05**2, rel=0.04)
    ring = dot.brushed([(50, 40)], 4, erase=True)
    assert not ring.mask()[40, 50]
    assert len(ring.outlines) == 2
    gone = ring.brushed([(30, 40), (70, 40)], 15, erase=True)
    assert gone.outlines == ()
    assert EMPTY.brushed([(5, 5)], 3, erase=True) == EMPTY
    assert EMPTY.brushed([], 3, erase=False) == EMPTY


def test_a_stroke_leaves_no_gaps_and_ends_at_the_frame() -> None:
    mask = EMPTY.brushed([(5, 5), (95, 5), (120, 60)], 2, erase=False).mask()
    assert mask[5, 5:95].all()
    assert mask[3:8, 50].all()
    assert not mask[9, 50]


def test_a_stroke_elsewhere_touches_no_point() -> None:
    drawing = EMPTY.with_outlines([SQUARE, FAR]).brushed([(70, 20)], 3, erase=False)
    assert drawing.outlines[:2] == (SQUARE, FAR)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.lists(places, min_size=1, max_size=4), st.integers(0, 12),
                          st.booleans()), max_size=8))  # fmt: skip
def test_strokes_do_what_pixels_do(
    strokes: list[tuple[list[tuple[int, int]], int, bool]],
) -> None:
    drawing, expected = EMPTY, EMPTY.mask()
    for stroke, radius, erase in strokes:
        drawing = drawing.brushed(stroke, radius, erase=erase)
        alone = EMPTY.brushed(stroke, radius, erase=False).mask()
        expected = expected & ~alone if erase else expected | alone
    # simplified outlines may lie a pixel beside the exact ones
    wrong = drawing.mask() ^ expected
    inner = wrong[1:-1, 1:-1] & wrong[:-2, 1:-1] & wrong[2:, 1:-1]
    deep = inner & wrong[1:-1, :-2] & wrong[1:-1, 2:]
    assert deep.sum() <= 2 * len(strokes)


def test_many_strokes_do_not_wear_an_area_away() -> None:
    drawing = EMPTY.brushed([(30, 40)], 20, erase=False)
    before = drawing.mask()
    for number in range(40):
        drawing = drawing.brushed([(52, 40), (60 + number % 3, 42)], 3, erase=number % 2 == 1)
    after = drawing.mask()
    kept = before & (np.mgrid[:90, :100][1] < 45)
    assert (after & kept).sum() > 0.97 * kept.sum()


def test_points_are_moved_added_and_removed() -> None:
    drawing = EMPTY.with_outlines([FAR, SQUARE])
    moved = drawing.with_point_moved(1, 2, (39.6, 200.0))
    assert moved.outlines == (FAR, ((10, 10), (29, 10), (39, 89), (10, 29)))
    added = drawing.with_point(1, 3, (5.2, 20.9))
    assert added.outlines[1][-1] == (5, 20)
    fewer = drawing.without_point(1, 0)
    assert fewer.outlines[1] == SQUARE[1:]
    assert fewer.without_point(1, 0).outlines == (FAR,)
    assert drawing.cleared().outlines == ()


def test_steps_are_taken_back_and_again() -> None:
    history = MaskHistory(EMPTY)
    assert not history.can_undo
    one, two = EMPTY.with_outlines([SQUARE]), EMPTY.with_outlines([FAR])
    history.change(one)
    history.change(one)
    history.change(two)
    history.undo()
    assert history.present == one
    assert history.can_redo
    history.redo()
    assert history.present == two
    history.undo()
    history.undo()
    history.undo()
    assert history.present == EMPTY
    history.change(two)
    assert not history.can_redo
