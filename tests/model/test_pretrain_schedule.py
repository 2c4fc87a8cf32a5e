from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.pretrain_schedule import Phase, Schedule, plan

SCHEDULE = Schedule((Phase(120, 8, 10), Phase(240, 4, 5)), 1e-3, 3, 9, "float32")


def test_samples_follow_each_other_without_gap_or_overlap() -> None:
    expected = 0
    for step in range(SCHEDULE.steps):
        assert SCHEDULE.first_sample(step) == expected
        expected += SCHEDULE.phase(step).samples
    assert expected == SCHEDULE.samples == 100


def test_phases_come_in_order() -> None:
    assert [SCHEDULE.phase(step).side for step in (0, 9, 10, 14)] == [120, 120, 240, 240]


def test_the_rate_rises_holds_and_falls() -> None:
    rates = [SCHEDULE.rate(step) for step in range(SCHEDULE.steps)]
    assert rates[:3] == pytest.approx([1e-3 / 3, 2e-3 / 3, 1e-3])
    assert rates[3:10] == pytest.approx([1e-3] * 7)
    assert all(a > b for a, b in itertools.pairwise(rates[9:]))
    assert rates[-1] > 0


@given(
    st.floats(60, 1e5),
    st.floats(0.05, 5),
    st.floats(0.05, 5),
    st.floats(0.05, 0.9),
)
def test_a_plan_takes_the_faster_precision_and_keeps_to_the_time(
    seconds: float, slow: float, ratio: float, share: float
) -> None:
    times = {
        ("float32", 120): slow,
        ("float32", 240): 2 * slow,
        ("bfloat16", 120): slow * ratio,
        ("bfloat16", 240): 2 * slow * ratio,
    }
    made = plan(seconds, times, {120: 16, 240: 12}, last_share=share)
    assert made.precision == ("bfloat16" if ratio < 1 else "float32")
    spent = sum(p.steps * times[made.precision, p.side] for p in made.phases)
    assert spent <= seconds + sum(times[made.precision, p.side] for p in made.phases)


def test_json_round_trip() -> None:
    assert Schedule.from_json(SCHEDULE.to_json()) == SCHEDULE
