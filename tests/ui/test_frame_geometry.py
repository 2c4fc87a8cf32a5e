from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from app.inspection.areas import filled, is_upright
from app.ui.widgets import frame_geometry as geometry
from app.ui.widgets.frame_new import with_stroke
from app.ui.widgets.frame_shapes import Shapes

SIZE = (120, 90)
whole = st.tuples(st.integers(0, SIZE[0]), st.integers(0, SIZE[1])).map(
    lambda place: (float(place[0]), float(place[1]))
)
rectangles = (
    st.tuples(whole, whole)
    .filter(lambda ends: ends[0][0] != ends[1][0] and ends[0][1] != ends[1][1])
    .map(lambda ends: geometry.rectangle(*ends))
)


@settings(deadline=None, max_examples=60)
@given(rectangles, st.integers(0, 7), whole)
def test_a_rectangle_keeps_its_right_angles_whatever_grip_is_moved(
    outline: geometry.Outline, grip: int, to: tuple[float, float]
) -> None:
    moved = geometry.with_grip_at(outline, grip, to)
    assert is_upright(moved) == (geometry.area(moved) > 0)
    if grip < 4:
        assert moved[grip] == to
        assert moved[(grip + 2) % 4] == outline[(grip + 2) % 4]


@settings(deadline=None, max_examples=60)
@given(rectangles, st.integers(-500, 500), st.integers(-500, 500))
def test_a_moved_shape_keeps_its_size_and_stays_in_the_picture(
    outline: geometry.Outline, dx: int, dy: int
) -> None:
    moved = geometry.shifted(outline, dx, dy, SIZE)
    assert geometry.area(moved) == geometry.area(outline)
    assert np.min(moved) >= 0
    assert (np.max(moved, axis=0) <= SIZE).all()


@settings(deadline=None, max_examples=60)
@given(rectangles, whole)
def test_inside_agrees_with_the_pixels(
    outline: geometry.Outline, place: tuple[float, float]
) -> None:
    x, y = min(place[0], SIZE[0] - 1), min(place[1], SIZE[1] - 1)
    pixels = filled([outline], (0, 0, *SIZE))
    assert geometry.inside(outline, (x + 0.5, y + 0.5)) == bool(pixels[int(y), int(x)])


def test_lines_that_cross_are_noticed() -> None:
    bow = ((0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0))
    assert geometry.crosses_itself(bow)
    assert not geometry.crosses_itself(geometry.rectangle(bow[0], bow[1]))


strokes = st.lists(
    st.tuples(st.integers(0, SIZE[0] - 1), st.integers(0, SIZE[1] - 1)), min_size=1, max_size=6
)


@settings(deadline=None, max_examples=60)
@given(strokes, strokes, st.sampled_from([2, 4, 8]))
def test_a_stroke_covers_what_was_painted_and_little_else(
    first: list[tuple[int, int]], second: list[tuple[int, int]], radius: int
) -> None:
    shapes, _ = with_stroke(Shapes(), tuple(first), radius, SIZE)
    once = filled(shapes.exclusions, (0, 0, *SIZE))
    shapes, _ = with_stroke(shapes, tuple(second), radius, SIZE)
    twice = filled(shapes.exclusions, (0, 0, *SIZE))
    for x, y in first:
        assert _near(once, x, y)
    for x, y in (*first, *second):
        assert _near(twice, x, y)
    # Outlines may be simplified by less than a pixel; nothing far from the brush is excluded.
    for pixels, strokes_so_far in ((once, [first]), (twice, [first, second])):
        rows, columns = np.nonzero(pixels)
        for x, y in zip(columns[::37], rows[::37], strict=True):
            assert min(_distance(stroke, x, y) for stroke in strokes_so_far) <= radius + 3


def _near(pixels: npt.NDArray[np.bool_], x: int, y: int) -> bool:
    """Tell whether a pixel or its neighbour is set: the corners of outlines are rounded off."""
    return bool(pixels[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].any())


def _distance(stroke: list[tuple[int, int]], x: float, y: float) -> float:
    ends = [(float(a), float(b)) for a, b in stroke]
    sides = zip(ends, ends[1:] or ends, strict=False)
    return min(geometry._from_line((x, y), *side) for side in sides)
