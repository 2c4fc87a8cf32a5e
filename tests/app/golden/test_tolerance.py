from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.golden.tolerance import FLOOR, default_tolerance
from app.inspection.verdict import Limits

scores = st.floats(-1e3, 1e3)


def limits(ng: float, review: float | None = None) -> Limits:
    return Limits(ng, review, 1.0, 0.0)


def test_a_fifth_of_the_way_to_the_limit() -> None:
    assert default_tolerance([0.2], limits(0.7), 0.1) == pytest.approx(0.1)
    assert default_tolerance([0.9], limits(0.7), 0.1) == pytest.approx(0.04)


def test_the_review_limit_is_a_limit_too() -> None:
    assert default_tolerance([0.2], limits(0.7, 0.4), 0.1) == pytest.approx(0.04)


def test_a_glaring_defect_is_held_as_closely_as_a_good_part() -> None:
    assert default_tolerance([9.0], limits(0.7), 0.1) == pytest.approx(0.2 * 0.6)
    assert default_tolerance([9.0], limits(0.7), math.nan) == pytest.approx(0.2 * 8.3)


def test_never_less_than_the_models_own_spread() -> None:
    assert default_tolerance([0.7, 0.7, 0.72], limits(0.7), 0.1) == pytest.approx(0.08)
    assert default_tolerance([0.7], limits(0.7), 0.1) == FLOOR


@given(st.lists(scores, min_size=1, max_size=5), scores, st.none() | st.floats(0, 100), scores)
def test_it_covers_the_spread_and_never_reaches_the_limit_by_itself(
    found: list[float], ng: float, band: float | None, typical: float
) -> None:
    own = limits(ng, None if band is None else ng - band)
    tolerance = default_tolerance(found, own, typical)
    spread = max(found) - min(found)
    assert tolerance >= FLOOR
    assert all(abs(score - found[0]) <= tolerance for score in found)
    way = min(abs(found[0] - limit) for limit in (own.ng, own.review) if limit is not None)
    assert tolerance <= max(way, 4 * spread, FLOOR)
