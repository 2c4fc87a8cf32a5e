"""When the next frame is due, and whether a candidate is done by then."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.station.shadow_pace import PATIENCE, OwnTime, Pace

gaps = st.lists(st.floats(0.01, 10), min_size=12, max_size=30)
times = st.floats(0.001, 5)


def pace_of(taken: list[float], numbers: list[int] | None = None) -> Pace:
    pace = Pace()
    for number, at in zip(numbers or range(len(taken)), taken, strict=True):
        pace.arrived(number, at)
    return pace


@given(gaps)
def test_the_next_frame_is_due_after_the_shortest_gap_lately(found: list[float]) -> None:
    taken = list(accumulate(found, initial=100.0))
    due = pace_of(taken).next_due()
    assert due - taken[-1] == pytest.approx(min(found[-12:]), rel=1e-6)
    assert due <= taken[-1] + found[-1] + 1e-6


@given(gaps, st.integers(2, 9))
def test_dropped_frames_count(found: list[float], step: int) -> None:
    taken = list(accumulate(found, initial=100.0))
    numbers = [step * number for number in range(len(taken))]
    due = pace_of(taken, numbers).next_due()
    assert due - taken[-1] == pytest.approx(min(found[-12:]) / step, rel=1e-6)


@given(st.lists(st.floats(0.01, 10), max_size=3))
def test_few_frames_tell_nothing(found: list[float]) -> None:
    assert pace_of(list(accumulate(found, initial=100.0))).next_due() == 0


def test_another_source_begins_anew() -> None:
    pace = pace_of([float(at) for at in range(20)])
    assert pace.next_due() == 20
    pace.arrived(0, 30.0)
    assert pace.next_due() == 0


def test_frames_of_one_moment_tell_nothing() -> None:
    pace = pace_of([5.0] * 20)
    assert pace.next_due() == 0


@given(st.lists(times, min_size=1, max_size=12), times)
def test_the_longest_time_lately_has_to_fit(found: list[float], left: float) -> None:
    own = OwnTime()
    for seconds in found:
        own.took(seconds, left=1e9)
    assert own.fits(left, 0.1) == (left > 1.25 * max(found))
    assert own.median_ms == pytest.approx(1000 * sorted(found)[len(found) // 2])


def test_before_the_first_part_the_check_is_believed_or_twice_the_judge() -> None:
    assert not OwnTime().fits(0.2, 0.1)
    assert OwnTime().fits(0.26, 0.1)
    assert OwnTime(0.02).fits(0.13, 0.1)
    assert not OwnTime(0.3).fits(0.37, 0.1)


def begins_after(own: OwnTime, left: float, judge_s: float = 0.1) -> int:
    """Return how many parts go by before one fits."""
    return next(count for count in range(10_000) if own.fits(left, judge_s))


def test_one_slow_moment_does_not_end_it() -> None:
    own = OwnTime()
    for seconds in (0.05, 3.0, 0.05):
        own.took(seconds, left=10)
    assert begins_after(own, left=0.2) == PATIENCE
    own.took(0.05, left=0.2)
    assert own.fits(0.2, 0.1)


def test_trials_that_fail_become_rare() -> None:
    own = OwnTime()
    own.took(0.05, left=1)
    own.took(3.0, left=10)
    waits = []
    for _ in range(3):
        waits.append(begins_after(own, left=0.2))
        own.took(0.5, left=0.2)
    assert waits == [PATIENCE, 2 * PATIENCE, 4 * PATIENCE]


@given(st.lists(st.floats(0.5, 5), min_size=1, max_size=12))
def test_what_never_was_fast_enough_is_not_tried(found: list[float]) -> None:
    own = OwnTime()
    for seconds in found:
        own.took(seconds, left=10)
    assert not any(own.fits(0.4, 0.1) for _ in range(3 * PATIENCE))
