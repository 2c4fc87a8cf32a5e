"""What a recipe judges must lie within the frame."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inspection.recipe import Recipe
from app.inspection.region_fit import misfit

ANCHOR = {"box": (60, 10, 30, 30), "picture": "AAAA"}


def made(**fields: Any) -> Recipe:
    return Recipe.model_validate({"name": "bolt", **fields})


def box(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"region_of_interest": (0, 0, 100, 80)}, ""),
        ({"region_of_interest": (1, 0, 100, 80)}, "The region of interest"),
        ({"regions": [{"name": "rim", "polygon": box(0, 0, 100, 80)}]}, ""),
        ({"regions": [{"name": "rim", "polygon": box(-0.5, 0, 40, 40)}]}, "Region rim"),
        ({"regions": [{"name": "rim", "polygon": box(0, 50, 40, 31)}]}, "Region rim"),
        ({"exclusions": [box(-20, -20, 30, 30)]}, ""),
        ({"exclusions": [box(0, 0, 9, 9), box(100, 0, 9, 9)]}, "Area 2"),
        ({"anchor": ANCHOR}, ""),
        ({"anchor": {**ANCHOR, "box": (80, 10, 30, 30)}}, "The mark"),
    ],
)
def test_what_does_not_fit_is_named(fields: dict[str, Any], said: str) -> None:
    problem = misfit(made(**fields), 100, 80)
    assert problem.startswith(said)
    assert bool(problem) == bool(said)


@given(st.integers(0, 120), st.integers(0, 120), st.integers(1, 120), st.integers(1, 120))
def test_a_box_fits_where_all_of_it_is_seen(x: int, y: int, width: int, height: int) -> None:
    fits = x + width <= 100 and y + height <= 80
    assert (misfit(made(region_of_interest=(x, y, width, height)), 100, 80) == "") == fits
