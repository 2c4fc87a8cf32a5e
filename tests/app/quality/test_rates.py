from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quality.intervals import clopper_pearson
from app.quality.rates import Estimate, estimate_rates, groups_of

Groups = list[tuple[tuple[Any, ...], int]]


def test_without_reviews_nothing_is_known() -> None:
    rates = estimate_rates([(("OK", None, False), 990), (("NG", None, False), 10)])
    assert (rates.false_calls, rates.false_call_rate) == (None, None)
    assert (rates.missed, rates.escape_rate) == (None, None)
    assert (rates.ng.parts, rates.ok.parts, rates.drawn, rates.known_escapes) == (10, 990, 0, 0)
    nothing = estimate_rates([])
    assert nothing.false_call_rate is None


def test_by_hand() -> None:
    """All 40 NG reviewed, 10 of them good; 4 of 200 drawn OK parts defective, 960 OK in all.

    Escapes 960 * 4 / 200 = 19.2, so 940.8 good ones among OK: false calls 10 / 950.8, escapes
    19.2 / (19.2 + 30).
    """
    groups: Groups = [
        (("NG", "good", False), 10),
        (("NG", "defective", False), 30),
        (("OK", "good", True), 196),
        (("OK", "defective", True), 4),
        (("OK", None, True), 10),
        (("OK", "defective", False), 2),
        (("OK", None, False), 748),
        (("ERROR", None, False), 5),
    ]
    rates = estimate_rates(groups)
    assert (rates.drawn, rates.known_escapes) == (210, 6)
    assert rates.false_calls == Estimate(0.25, clopper_pearson(10, 40), 10, 40)
    assert rates.missed == Estimate(0.02, clopper_pearson(4, 200), 4, 200)
    assert rates.false_call_rate is not None
    assert rates.escape_rate is not None
    assert rates.false_call_rate.value == pytest.approx(10 / 950.8)
    assert rates.escape_rate.value == pytest.approx(19.2 / 49.2)
    for one in (rates.false_call_rate, rates.escape_rate):
        assert one.interval.low < one.value < one.interval.high


def test_operators_who_mark_only_false_calls_do_not_make_all_calls_false() -> None:
    rates = estimate_rates([(("NG", "good", False), 8), (("NG", None, False), 92)])
    assert rates.false_calls is not None
    assert rates.false_calls.value == 1.0
    assert rates.false_calls.interval.low == clopper_pearson(8, 100).low
    assert rates.false_calls.interval.high == 1.0


def test_when_all_is_known_it_is_clopper_and_pearson() -> None:
    """Everything reviewed, no escapes: 10 false calls of 970 good parts."""
    groups: Groups = [
        (("NG", "good", False), 10),
        (("NG", "defective", False), 30),
        (("OK", "good", True), 960),
    ]
    rates = estimate_rates(groups)
    assert rates.false_call_rate is not None
    wanted = clopper_pearson(10, 970)
    assert rates.false_call_rate.interval.low == pytest.approx(wanted.low, rel=0.12)
    assert rates.false_call_rate.interval.high == pytest.approx(wanted.high, rel=0.12)
    assert rates.escape_rate is not None
    assert rates.escape_rate.interval.low == 0.0


def test_parts_in_the_review_band_count_as_what_they_are() -> None:
    base: Groups = [
        (("NG", "good", False), 10),
        (("NG", "defective", False), 10),
        (("OK", "good", True), 80),
    ]
    plain = estimate_rates(base).false_call_rate
    with_band = estimate_rates([*base, (("REVIEW", "good", False), 90)]).false_call_rate
    unknown = estimate_rates([*base, (("REVIEW", None, False), 90)]).false_call_rate
    assert plain is not None
    assert with_band is not None
    assert unknown is not None
    assert (plain.value, with_band.value) == pytest.approx((10 / 90, 10 / 180))
    assert unknown.value == plain.value
    assert unknown.interval.low < plain.interval.low


def test_columns_become_groups() -> None:
    groups = groups_of(["OK", "OK", "NG"], [None, None, "good"], [1, True, 0])
    assert sorted(groups, key=str) == [(("NG", "good", False), 1), (("OK", None, True), 2)]


counts = st.integers(0, 300)


@settings(deadline=None, max_examples=40)
@given(st.lists(counts, min_size=9, max_size=9))
def test_guesses_lie_in_their_intervals(numbers: list[int]) -> None:
    keys = [
        (verdict, part, verdict == "OK")
        for verdict in ("OK", "NG", "REVIEW")
        for part in ("good", "defective", None)
    ]
    rates = estimate_rates(list(zip(keys, numbers, strict=True)))
    for one in (rates.false_calls, rates.false_call_rate, rates.missed, rates.escape_rate):
        if one is not None:
            assert 0 <= one.interval.low <= one.value <= one.interval.high <= 1
            assert 0 <= one.events <= one.trials


def test_the_intervals_hold_the_truth_as_often_as_stated() -> None:
    """Machine with 2 % false calls and 8 % escapes, 3 % defective parts; 5 % of OK drawn.

    All NG are reviewed; 300 made-up weeks of 3000 parts.
    """
    rng = np.random.default_rng(11)
    false_call, escape, defective = 0.02, 0.08, 0.03
    held = {"false": 0, "escape": 0}
    weeks = 300
    for _ in range(weeks):
        bad = rng.binomial(3000, defective)
        missed, called = rng.binomial(bad, escape), rng.binomial(3000 - bad, false_call)
        drawn_bad, drawn_good = rng.binomial(missed, 0.05), rng.binomial(3000 - bad - called, 0.05)
        groups: Groups = [
            (("NG", "good", False), called),
            (("NG", "defective", False), bad - missed),
            (("OK", "good", True), drawn_good),
            (("OK", "defective", True), drawn_bad),
            (("OK", None, False), 3000 - called - (bad - missed) - drawn_good - drawn_bad),
        ]
        rates = estimate_rates(groups)
        assert rates.false_call_rate is not None
        assert rates.escape_rate is not None
        held["false"] += false_call in rates.false_call_rate.interval
        held["escape"] += escape in rates.escape_rate.interval
    # 95 % of 300 is 285; fewer than 272 happen less than once in a thousand times at 95 %
    assert held["false"] >= 272
    assert held["escape"] >= 272
