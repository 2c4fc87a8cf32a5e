"""Clopper-Pearson: textbook values, the definition, and its coverage."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from app.quality.intervals import Interval, clopper_pearson, upper_bound

counts = st.integers(1, 5000).flatmap(
    lambda trials: st.tuples(st.integers(0, trials), st.just(trials))
)


def test_no_event_in_299_is_the_rule_of_three() -> None:
    assert upper_bound(0, 299) == pytest.approx(1 - 0.05 ** (1 / 299))
    assert upper_bound(0, 299) < 0.01 < upper_bound(0, 298)


def test_nothing_known_is_everything_possible() -> None:
    assert clopper_pearson(0, 0) == Interval(0.0, 1.0)


@given(counts, st.sampled_from([0.5, 0.8, 0.95, 0.999]))
def test_it_is_the_interval_of_the_reference(seen: tuple[int, int], confidence: float) -> None:
    events, trials = seen
    found = clopper_pearson(events, trials, confidence)
    expected = binomtest(events, trials).proportion_ci(confidence, "exact")
    assert found.low == pytest.approx(expected.low, abs=1e-9)
    assert found.high == pytest.approx(expected.high, abs=1e-9)
    assert events / trials in found


@given(counts)
def test_the_upper_end_is_where_so_few_events_become_unlikely(seen: tuple[int, int]) -> None:
    events, trials = seen
    high = clopper_pearson(events, trials).high
    if events < trials:
        assert binom.cdf(events, trials, high) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize("truth", [0.001, 0.01, 0.2, 0.5])
@pytest.mark.parametrize("trials", [5, 60, 400])
def test_it_holds_the_truth_at_least_as_often_as_stated(truth: float, trials: int) -> None:
    held = math.fsum(
        binom.pmf(events, trials, truth)
        for events in range(trials + 1)
        if truth in clopper_pearson(events, trials)
    )
    assert held >= 0.95


@pytest.mark.parametrize(
    ("events", "trials", "confidence"), [(-1, 5, 0.9), (6, 5, 0.9), (1, 5, 1), (1, 5, 0)]
)
def test_impossible_counts_are_refused(events: int, trials: int, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"possible|confidence"):
        clopper_pearson(events, trials, confidence)
