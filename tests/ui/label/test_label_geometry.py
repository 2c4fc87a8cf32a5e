from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.widgets.label_geometry import LabelGeometry

GRIDS = st.builds(
    LabelGeometry,
    count=st.integers(0, 10**6),
    least=st.integers(40, 300),
    width=st.integers(1, 2000),
    height=st.integers(1, 1500),
)


@given(GRIDS, st.integers(0, 10**6), st.integers(0, 10**5))
@settings(deadline=None)
def test_wherever_the_cursor_goes_it_is_in_sight(
    grid: LabelGeometry, place: int, before: int
) -> None:
    if not grid.count:
        assert grid.page(0) == range(0)
        return
    place %= grid.count
    first = grid.first_row_for(place, min(before, grid.last_first_row))
    assert 0 <= first <= grid.last_first_row
    assert place in grid.page(first)
    x, y = grid.corner(place, first)
    assert grid.place_at(x, y, first) == place
    width, height = grid.cell
    assert grid.place_at(x + width - 1, y + height - 1, first) == place


@given(GRIDS, st.integers(0, 10**5))
@settings(deadline=None)
def test_no_cell_of_a_page_is_cut_off(grid: LabelGeometry, first: int) -> None:
    width, height = grid.cell
    for place in (grid.page(first)[:1], grid.page(first)[-1:]):
        for number in place:
            x, y = grid.corner(number, first)
            assert x + width <= max(grid.width, width)
            assert y + height <= max(grid.height, height)


@given(GRIDS, st.integers(0, 10**5))
@settings(deadline=None)
def test_pages_follow_each_other_without_a_gap(grid: LabelGeometry, first: int) -> None:
    here, after = grid.page(first), grid.page(first + grid.page_rows)
    if after:
        assert after.start == here.stop


def test_beside_the_cells_there_is_none() -> None:
    grid = LabelGeometry(5, 100, 330, 250)
    assert (grid.columns, grid.page_rows, grid.cell) == (3, 2, (110, 125))
    assert grid.place_at(-1, 0, 0) == -1
    assert grid.place_at(0, 251, 0) == -1
    assert grid.place_at(250, 130, 0) == -1
    assert grid.place_at(120, 130, 0) == 4
