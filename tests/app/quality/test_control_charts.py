from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from app.quality.control_charts import TAIL, Ewma, p_chart, share_in_control
from app.quality.run_rules import RULES, broken_rules

# Montgomery, Introduction to Statistical Quality Control, EWMA example: target 10, sigma 1,
# lambda 0.10, L = 2.7; twenty in-control values and ten after a shift of one sigma.
OBSERVED = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34,
    9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84,
    10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
]  # fmt: skip

# The same book, p-chart example: nonconforming cans of orange juice, 30 samples of 50.
CANS = [
    12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22,
    8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6,
]  # fmt: skip


def test_ewma_by_hand() -> None:
    """By hand.

    z1 = 0.1 * 9.45 + 0.9 * 10 = 9.945; z2 = 0.1 * 7.99 + 0.9 * 9.945 = 9.7495.
    First limit: 2.7 * sqrt(0.1 / 1.9 * (1 - 0.9^2)) = 2.7 * 0.1 = 0.27: 9.73 and 10.27.
    Second: 2.7 * sqrt(0.1 / 1.9 * (1 - 0.9^4)) = 2.7 * 0.134536 = 0.36325.
    In the long run: 2.7 * sqrt(0.1 / 1.9) = 2.7 * 0.229416 = 0.61942: 9.38 and 10.62.
    """
    chart = Ewma(target=10, spread=1, weight=0.1, width=2.7)
    levels = chart.run(OBSERVED)
    assert levels[:2] == pytest.approx([9.945, 9.7495])
    low, high = chart.limits(30)
    assert (low[0], high[0]) == pytest.approx((9.73, 10.27))
    assert high[1] == pytest.approx(10.36325, abs=1e-5)
    assert (low[-1], high[-1]) == pytest.approx((9.38, 10.62), abs=0.005)
    assert chart.reach == pytest.approx(0.61942, abs=1e-5)
    # observation 29 is the first beyond 10.62
    assert np.flatnonzero((levels > high) | (levels < low)).tolist() == [28, 29]
    assert levels[27:] == pytest.approx([10.5731, 10.6468, 10.6341], abs=5e-5)


@settings(deadline=None)
@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=50),
    weight=st.floats(0.01, 1),
    start=st.none() | st.floats(-10, 10),
)
def test_a_run_is_its_steps(values: list[float], weight: float, start: float | None) -> None:
    chart = Ewma(1.5, 2.0, weight, 3.0)
    level, stepped = chart.target if start is None else start, []
    for value in values:
        level = chart.step(level, value)
        stepped.append(level)
    assert chart.run(values, start) == pytest.approx(stepped, abs=1e-6)
    assert chart.run([]).size == 0


def test_p_chart_by_hand() -> None:
    """The book: 347 nonconforming cans of 1500, centre 0.2313, limits 0.0524 and 0.4102.

    0.2313 +- 3 * sqrt(0.2313 * 0.7687 / 50) = 0.2313 +- 0.1789; samples 15 (22 of 50) and
    23 (24 of 50) lie outside. The exact limits call the same samples: 21 of 50 is still
    explained by chance (P(X >= 21) = 0.0024), 22 is not (0.0010).
    """
    chart = p_chart(CANS, [50] * 30)
    assert chart.centre == pytest.approx(347 / 1500)
    out = [index + 1 for index, rules in enumerate(chart.broken) if "beyond-limit" in rules]
    assert out == [15, 23]
    assert chart.high[0] == 21 / 50
    assert chart.low[0] == 4 / 50
    assert chart.high[0] == pytest.approx(0.4102, abs=0.02)
    assert chart.low[0] == pytest.approx(0.0524, abs=0.03)


def test_small_lots_by_hand() -> None:
    """Lots of 5 at 10 %: P(X >= 3) = 0.00856, P(X >= 4) = 5 * 0.1^4 * 0.9 + 0.1^5 = 0.00046.

    So 3 of 5 is chance, 4 of 5 is not; 0.1 + 3 * sqrt(0.09 / 5) = 0.502 would call 3 of 5 an
    alarm, once in 117 lots. None of 5 is never too few.
    """
    chart = p_chart([0, 3, 4], [5, 5, 5], centre=0.1)
    assert chart.high.tolist() == [0.6, 0.6, 0.6]
    assert chart.low.tolist() == [0.0, 0.0, 0.0]
    assert ["beyond-limit" in rules for rules in chart.broken] == [False, False, True]


def test_large_lots_agree_with_three_sigma() -> None:
    chart = p_chart([10_000], [100_000], centre=0.1)
    sigma = (0.1 * 0.9 / 100_000) ** 0.5
    assert chart.high[0] == pytest.approx(0.1 + 3 * sigma, abs=0.05 * sigma)
    assert chart.low[0] == pytest.approx(0.1 - 3 * sigma, abs=0.05 * sigma)


def test_empty_groups_are_gaps() -> None:
    chart = p_chart([0, 0, 3], [0, 0, 10])
    assert np.isnan(chart.shares[:2]).all()
    assert chart.centre == 0.3
    assert chart.broken == ((), (), ())
    nothing = p_chart([], [])
    assert (nothing.centre, nothing.shares.size, nothing.broken) == (0.0, 0, ())


@pytest.mark.parametrize(
    ("found", "sizes", "centre"),
    [([1], [1, 2], None), ([3], [2], None), ([-1], [2], None), ([1], [2], 1.5)],
)
def test_impossible_counts_are_refused(
    found: list[int], sizes: list[int], centre: float | None
) -> None:
    with pytest.raises(ValueError, match=r"."):
        p_chart(found, sizes, centre)


@settings(deadline=None, max_examples=50)
@given(
    sizes=st.lists(st.integers(0, 5000), min_size=1, max_size=8),
    share=st.floats(0, 1),
    data=st.data(),
)
def test_limits_and_first_rule_agree(sizes: list[int], share: float, data: st.DataObject) -> None:
    found = [data.draw(st.integers(0, size)) for size in sizes]
    chart = p_chart(found, sizes, share)
    for index, size in enumerate(sizes):
        out = "beyond-limit" in chart.broken[index]
        if size == 0:
            assert not out
            continue
        low, high = round(chart.low[index] * size), round(chart.high[index] * size)
        assert out == (not low <= found[index] <= high)
        assert binom.sf(high, size, chart.centre) <= TAIL * (1 + 1e-9)
        assert binom.cdf(low - 1, size, chart.centre) <= TAIL * (1 + 1e-9)


def test_chance_seldom_crosses_the_limits() -> None:
    rng = np.random.default_rng(4)
    sizes = rng.integers(1, 400, 20_000)
    chart = p_chart(rng.binomial(sizes, 0.03), sizes, 0.03)
    out = sum("beyond-limit" in rules for rules in chart.broken)
    assert out / len(sizes) < 2 * TAIL


def test_a_bad_lot_does_not_lift_the_middle() -> None:
    """The book takes samples 15 and 23 out: 301 of 1400, then 0.2150."""
    assert share_in_control(CANS, [50] * 30) == pytest.approx(301 / 1400)
    assert share_in_control([1, 1, 1, 90], [100] * 4) == pytest.approx(0.01)
    assert share_in_control([], []) == 0.0
    assert share_in_control([0, 50], [50, 50]) == pytest.approx(0.5)


def test_lots_without_a_defect_are_no_run_on_one_side() -> None:
    """Lots of 20 at 1 %: 82 % have no defect at all."""
    rng = np.random.default_rng(9)
    chart = p_chart(rng.binomial(20, 0.01, 3000), [20] * 3000, 0.01)
    runs = sum("eight-on-one-side" in rules for rules in chart.broken)
    assert runs == 0


def test_no_rule_is_broken_more_often_than_by_normal_measurements() -> None:
    rng = np.random.default_rng(10)
    for share, size in ((0.002, 500), (0.05, 30), (0.3, 200)):
        chart = p_chart(rng.binomial(size, share, 20_000), [size] * 20_000, share)
        for rule in RULES:
            normal = broken_rules(rng.standard_normal(20_000), [rule])
            expected = sum(map(bool, normal))
            found = sum(rule in rules for rules in chart.broken)
            assert found <= 1.3 * expected + 15
