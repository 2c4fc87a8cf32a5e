from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.teaching.coverage import Advice, coverage_of
from app.teaching.traits import LOOK_SIDE, Traits

BASE = Traits(100, 0.6, 0, 0, 0, 0, 0, np.zeros((LOOK_SIDE, LOOK_SIDE), np.float32), 0.1)


def part(number: int, **values: float) -> Traits:
    look = np.random.default_rng(number).normal(0, 10, BASE.look.shape).astype(np.float32)
    return replace(BASE, look=look, **values)


def test_nothing_was_seen_yet() -> None:
    found = coverage_of([], has_anchor=True)
    assert (found.count, found.strips, found.newness) == (0, (), ())
    assert found.advice is Advice.TOO_FEW
    assert found.outside == 1


@pytest.mark.parametrize(("count", "advice"), [(5, Advice.TOO_FEW), (12, Advice.FEW)])
def test_few_pictures_are_said_to_be_few(count: int, advice: Advice) -> None:
    assert coverage_of([part(n) for n in range(count)], has_anchor=False).advice is advice


def test_light_that_still_changes_asks_for_more() -> None:
    drifting = [part(n, brightness=90 + 6.0 * n) for n in range(24)]
    found = coverage_of(drifting, has_anchor=False)
    assert found.advice is Advice.STILL_NEW
    assert found.new_in == ("Brightness",)
    assert [strip.widens for strip in found.strips[:2]] == [True, False]


def test_a_range_that_was_seen_early_is_enough() -> None:
    rng = np.random.default_rng(3)
    values = [90.0, 110.0, *rng.uniform(92, 108, 28)]
    found = coverage_of([part(n, brightness=v) for n, v in enumerate(values)], has_anchor=False)
    assert found.advice is Advice.ENOUGH
    assert (found.strips[0].low, found.strips[0].high) == (90, 110)


def test_turn_is_told_only_where_parts_are_found_by_an_anchor() -> None:
    parts = [part(n, turn_deg=0.1 * n) for n in range(3)]
    names = [strip.name for strip in coverage_of(parts, has_anchor=True).strips]
    assert "Turn" in names
    assert "Turn" not in [s.name for s in coverage_of(parts, has_anchor=False).strips]


def test_a_picture_like_another_one_is_little_news() -> None:
    first = [part(n) for n in range(4)]
    twin = replace(first[1], look=first[1].look + np.float32(0.5))
    newness = coverage_of([*first, twin], has_anchor=False).newness
    assert newness[-1] < 0.1 < min(newness[:-1])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 60))
def test_the_share_outside_is_what_chance_says(seed: int, count: int) -> None:
    """Of many draws from one distribution the next value falls outside as often as told."""
    rng = np.random.default_rng(seed)
    draws = rng.gamma(2.0, size=(4000, count + 1))
    seen, following = draws[:, :-1], draws[:, -1]
    share = float(np.mean((following < seen.min(1)) | (following > seen.max(1))))
    told = coverage_of([part(n) for n in range(count)], has_anchor=False).outside
    assert share == pytest.approx(told, abs=0.04)
