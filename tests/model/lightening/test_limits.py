from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.calibration import Sighting
from model.lightening.limits import moved
from model.types import Calibration

LIMITS = Calibration(1.0, 2.0, 0.5, 1.5, 10, 0, "made up")


def said(score: float, high: float = 0.5, peak: float = 1.0) -> Sighting:
    return Sighting(score, high, peak)


BEFORE = [said(0.5 + n / 10) for n in range(30)]


def test_limits_move_with_the_values() -> None:
    after = [said(one.score + 0.25, one.high - 0.1, one.peak + 0.2) for one in BEFORE]
    found = moved(LIMITS, BEFORE, after)
    limits = found.calibration
    assert (limits.typical, limits.limit) == pytest.approx((1.25, 2.25))
    assert (limits.map_typical, limits.map_limit) == pytest.approx((0.4, 1.7))
    assert limits.is_usable
    assert "moved by +0.25" in limits.method
    assert "+0.25 (image) and +0.2 (map): the median change of the 10" in found.to_text()


def test_what_changes_far_from_the_limit_does_not_move_it() -> None:
    """A memory bank changes most right at what it remembers: that must open no limit."""
    after = [replace(one, score=one.score + 0.4 * (one.score < 1.4)) for one in BEFORE]
    limits = moved(LIMITS, BEFORE, after).calibration
    assert limits.limit == LIMITS.limit
    assert limits.typical == pytest.approx(LIMITS.typical + 0.4)


def test_one_defective_picture_moves_nothing() -> None:
    after = [*BEFORE[:-1], said(99.0, 99.0, 99.0)]
    assert moved(LIMITS, BEFORE, after).calibration.limit == LIMITS.limit


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), st.floats(-3, 3))
def test_limits_stay_usable(scores: list[float], shift: float) -> None:
    before = [said(score) for score in scores]
    after = [said(score * 0.5 + shift, shift, shift) for score in scores]
    assert moved(LIMITS, before, after).calibration.is_usable


def test_without_limits_there_are_none_afterwards() -> None:
    found = moved(Calibration(), [said(1)], [said(2)])
    assert not found.calibration.is_usable
    assert math.isnan(found.calibration.limit)


@pytest.mark.parametrize("after", [[], [said(1)] * 2, [said(math.nan)]])
def test_what_cannot_be_compared_is_refused(after: list[Sighting]) -> None:
    with pytest.raises(ValueError, match=r"compared|finite"):
        moved(LIMITS, [said(1)], after)
