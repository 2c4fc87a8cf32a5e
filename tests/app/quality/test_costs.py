"""The cheapest limit, against trying every one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quality.costs import Costs, cheapest_limit, cost_per_thousand
from app.quality.record_sample import Edition, sample_of_records
from app.quality.score_sample import sample_of_lists
from app.quality.working_point import working_point
from tests.app.quality.parts import Line, columns

values = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=30)
money = st.floats(0, 1000)


def test_the_cost_of_1000_parts_by_hand() -> None:
    # 950 good with 10 false calls at 2, 50 defective with 1 escape at 300.
    found = cost_per_thousand(Costs(2, 300), 10 / 950, 1 / 50, 0.05)
    assert found == pytest.approx(10 * 2 + 1 * 300)


@given(values, values, money, money, st.floats(0.001, 0.999))
def test_no_limit_is_cheaper(
    good: list[float], bad: list[float], false_call: float, escape: float, share: float
) -> None:
    sample, costs = sample_of_lists(good, bad), Costs(false_call, escape)
    found = cheapest_limit(sample, costs, share)
    assert found is not None

    def cost(limit: float) -> float:
        point = working_point(sample, limit)
        return cost_per_thousand(costs, point.false_calls.share, point.escapes.share, share)

    assert found.per_thousand == pytest.approx(cost(found.limit))
    least = min(cost(limit - 0.5) for limit in range(15))
    assert found.per_thousand == pytest.approx(least)


def test_the_mix_of_production_comes_from_the_records() -> None:
    sample = sample_of_records(columns(Line(20_000)), {1: Edition(0.2)})
    found = cheapest_limit(sample, Costs(1, 19))
    assert found is not None
    # N(0,1) against N(4,1), 19 good parts a defect, an escape 19 times as dear: the middle.
    assert found.limit == pytest.approx(2.0, abs=0.4)


def test_without_mix_or_one_kind_there_is_no_cheapest() -> None:
    assert cheapest_limit(sample_of_lists([1.0], [2.0]), Costs(1, 1)) is None
    assert cheapest_limit(sample_of_lists([], [2.0]), Costs(1, 1), 0.1) is None


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_costs_are_numbers(wrong: float) -> None:
    with pytest.raises(ValueError, match="costs"):
        Costs(wrong, 1)
