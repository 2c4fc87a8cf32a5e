"""Counts at a limit and the curves, against brute force and the reference library."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from app.quality.intervals import upper_bound
from app.quality.record_sample import Edition, sample_of_records
from app.quality.score_sample import sample_of_lists
from app.quality.working_point import curves, working_point
from tests.app.quality.parts import Line, columns

values = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=40)


@given(values, values, st.integers(-1, 13), st.integers(0, 5))
def test_two_limits_sort_every_part_once(
    good: list[float], bad: list[float], limit: int, width: int
) -> None:
    point = working_point(sample_of_lists(good, bad), limit, limit - width)
    assert point.false_calls.seen == sum(score >= limit for score in good)
    assert point.escapes.seen == sum(score < limit - width for score in bad)
    assert point.review_good is not None
    assert point.review_defective is not None
    assert point.review_good.seen == sum(limit - width <= score < limit for score in good)
    assert point.review_defective.seen == sum(limit - width <= score < limit for score in bad)
    for rate in (point.false_calls, point.escapes, point.review_good, point.review_defective):
        assert rate.interval.low - 1e-9 <= rate.share <= rate.interval.high + 1e-9


@given(values, values, st.integers(-1, 13), st.integers(0, 3))
def test_a_higher_limit_never_makes_more_false_calls(
    good: list[float], bad: list[float], limit: int, more: int
) -> None:
    sample = sample_of_lists(good, bad)
    low, high = working_point(sample, limit), working_point(sample, limit + more)
    assert high.false_calls.share <= low.false_calls.share
    assert high.false_calls.interval.high <= low.false_calls.interval.high
    assert high.escapes.share >= low.escapes.share
    assert high.largest_escape >= low.largest_escape


def test_the_largest_escape_is_the_one_sided_bound() -> None:
    point = working_point(sample_of_lists([0.0], np.arange(60.0)), 3.0)
    assert point.escapes.seen == 3
    assert point.largest_escape == pytest.approx(upper_bound(3, 60, 0.95))


@pytest.mark.parametrize("limits", [(1.0, 2.0), (math.nan, None), (1.0, math.nan)])
def test_impossible_limits_are_refused(limits: tuple[float, float | None]) -> None:
    with pytest.raises(ValueError, match="limits"):
        working_point(sample_of_lists([0.0], [1.0]), *limits)


@given(values, values)
def test_the_area_is_that_of_the_reference(good: list[float], bad: list[float]) -> None:
    found = curves(sample_of_lists(good, bad))
    assert found is not None
    truth = [0] * len(good) + [1] * len(bad)
    assert found.auroc == pytest.approx(roc_auc_score(truth, good + bad))


def test_the_curves_hold_every_working_point() -> None:
    sample = sample_of_records(columns(Line(2000)), {1: Edition(0.2)})
    found = curves(sample)
    assert found is not None
    assert (found.false_calls[0], found.recall[0]) == (0, 0)
    assert (found.false_calls[-1], found.recall[-1]) == (1, 1)
    assert math.isnan(found.precision[0])
    for place in (1, 40, 200):
        point = working_point(sample, float(found.limits[place]))
        assert found.false_calls[place] == pytest.approx(point.false_calls.share)
        assert found.recall[place] == pytest.approx(1 - point.escapes.share)
        parts = point.false_calls.parts, sample.defective.parts - point.escapes.parts
        assert found.precision[place] == pytest.approx(parts[1] / sum(parts))


def test_many_scores_are_drawn_with_few_points() -> None:
    rng = np.random.default_rng(1)
    sample = sample_of_lists(rng.normal(size=50_000), rng.normal(3, 1, size=2000))
    found = curves(sample)
    assert found is not None
    assert found.limits.size <= 1502
    assert np.trapezoid(found.recall, found.false_calls) == pytest.approx(found.auroc, abs=1e-3)


def test_without_one_kind_there_is_no_curve() -> None:
    assert curves(sample_of_lists([1.0], [])) is None
    assert curves(sample_of_lists([], [1.0])) is None
