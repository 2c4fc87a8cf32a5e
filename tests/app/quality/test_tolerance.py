"""Tolerance limits: Wilks' numbers, and that the stated confidence holds in 10,000 draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binom

from app.quality.tolerance import (
    TooFewNormals,
    allowed_above,
    false_call_limit,
    just_above,
    normals_needed,
)

DRAWS = 10_000
shares = st.floats(0.001, 0.5)
confidences = st.floats(0.5, 0.999)
scores = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("false_calls", "confidence", "above", "needed"),
    [
        # Published tables of non-parametric one-sided tolerance limits.
        (0.01, 0.95, 0, 299),
        (0.01, 0.95, 1, 473),
        (0.01, 0.95, 2, 628),
        (0.05, 0.95, 0, 59),
        (0.05, 0.95, 1, 93),
        (0.1, 0.9, 0, 22),
        (0.01, 0.99, 0, 459),
        (0.001, 0.95, 0, 2995),
    ],
)
def test_the_numbers_of_wilks(
    false_calls: float, confidence: float, above: int, needed: int
) -> None:
    assert normals_needed(false_calls, confidence, above) == needed
    assert allowed_above(needed, false_calls, confidence) == above
    assert allowed_above(needed - 1, false_calls, confidence) == above - 1


def test_too_few_normals_say_how_many_more() -> None:
    with pytest.raises(TooFewNormals, match=r"199 more .*299 in all") as refused:
        false_call_limit(np.arange(100.0), 0.01, 0.95)
    assert (refused.value.normals, refused.value.needed, refused.value.missing) == (100, 299, 199)


def test_no_normal_at_all_is_too_few() -> None:
    with pytest.raises(TooFewNormals) as refused:
        false_call_limit([], 0.01, 0.95)
    assert refused.value.missing == 299


def test_299_normals_put_the_limit_above_the_largest() -> None:
    found = false_call_limit(np.arange(299.0))
    assert 298 < found.limit < 298.001
    assert (found.above, found.above_parts, found.parts) == (0, 0, 299)
    assert found.bound == pytest.approx(1 - 0.05 ** (1 / 299))


@pytest.mark.parametrize("wrong", [0.0, 1.0, math.nan, -0.1])
def test_a_promise_needs_shares(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        false_call_limit(np.arange(500.0), wrong)
    with pytest.raises(ValueError, match="between 0 and 1"):
        normals_needed(0.01, wrong)


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        false_call_limit([1.0, math.nan] * 300)


@given(st.integers(1, 3000), shares, confidences)
def test_the_rank_is_the_highest_that_keeps_the_confidence(
    normals: int, false_calls: float, confidence: float
) -> None:
    allowed = allowed_above(normals, false_calls, confidence)
    risk = 1 - confidence
    if allowed >= 0:
        assert binom.cdf(allowed, normals, false_calls) <= risk + 1e-12
        assert normals >= normals_needed(false_calls, confidence)
    assert binom.cdf(allowed + 1, normals, false_calls) > risk - 1e-12


@given(st.lists(scores, min_size=60, max_size=200), st.randoms())
def test_order_does_not_matter_and_the_counts_are_right(found: list[float], random: object) -> None:
    limit = false_call_limit(found, 0.05, 0.95)
    random.shuffle(found)  # type: ignore[attr-defined]
    assert false_call_limit(found, 0.05, 0.95) == limit
    assert sum(score >= limit.limit for score in found) == limit.above
    assert limit.above <= allowed_above(len(found), 0.05, 0.95)
    assert limit.bound <= 0.05 + 1e-12


@given(st.lists(scores, min_size=59, max_size=120), st.floats(0.05, 0.3), st.floats(0.5, 0.95))
def test_a_harder_promise_never_lowers_the_limit(
    found: list[float], false_calls: float, confidence: float
) -> None:
    hard = false_call_limit(found, 0.05, 0.95)
    assert false_call_limit(found, false_calls, confidence).limit <= hard.limit


@given(scores, scores)
def test_the_limit_stands_between_two_scores(one: float, other: float) -> None:
    assume(one != other)
    low, high = sorted((one, other))
    assert low < just_above(low, high) <= high


def test_the_limit_has_few_digits_where_it_can() -> None:
    assert just_above(0.123456789, 0.2) == 0.123457
    assert just_above(0.123456789, 0.1234567891) == math.nextafter(0.123456789, 1)


def _held(draws: np.ndarray, true_share_above: object, false_calls: float) -> float:
    """Return in which share of the draws the limit kept its promise."""
    limits = np.array([false_call_limit(draw, false_calls, 0.95).limit for draw in draws])
    return float((true_share_above(limits) <= false_calls).mean())  # type: ignore[operator]


def test_the_stated_confidence_holds_in_10000_draws() -> None:
    # 473 normals, one may lie above: exactly 95.02 % by theory. Whatever the distribution:
    # uniform scores stand for every continuous one, the limits only know their order.
    rng = np.random.default_rng(1)
    held = _held(rng.uniform(size=(DRAWS, 473)), lambda limit: 1 - limit, 0.01)
    theory = 1 - binom.cdf(1, 473, 0.01)
    assert theory == pytest.approx(0.9502, abs=1e-4)
    assert held == pytest.approx(theory, abs=4 * math.sqrt(theory * (1 - theory) / DRAWS))


def test_one_normal_less_would_not_hold() -> None:
    # The counterpart: the limit of 473 normals taken from 440 breaks the promise.
    draws = np.random.default_rng(2).uniform(size=(DRAWS, 440))
    second = np.sort(draws, axis=1)[:, -2]
    assert float((1 - second <= 0.01).mean()) < 0.945


def test_ties_make_the_promise_safer() -> None:
    # Scores in 50 steps, as an 8-bit detector has: P(X >= k) = 1 - k / 50 for whole k.
    draws = np.floor(np.random.default_rng(3).uniform(size=(2000, 300)) * 50)
    held = _held(draws, lambda limit: 1 - np.ceil(limit) / 50, 0.05)
    assert held >= 0.95
    # A limit at the order statistic itself would call its equals NG and break the promise.
    at = np.sort(draws, axis=1)[:, -1 - allowed_above(300, 0.05, 0.95)]
    assert float((1 - at / 50 <= 0.05).mean()) < 0.95
