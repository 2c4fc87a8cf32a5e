from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quality.run_rules import RULES, Rule, broken_rules


def hits(rule: Rule, scores: list[float]) -> list[int]:
    return [index for index, broken in enumerate(broken_rules(scores)) if rule in broken]


def test_one_point_beyond_the_limit() -> None:
    assert hits("beyond-limit", [0, 2.9, 3.0, -3.1]) == [2, 3]


def test_two_of_three_beyond_two_sigma_on_one_side() -> None:
    assert hits("two-of-three", [2.1, 0, 2.2]) == [2]
    assert hits("two-of-three", [2.1, 0, 0, 2.2]) == []
    assert hits("two-of-three", [2.1, -2.2, 0]) == []
    # told at the point that completes it, not at the quiet one after it
    assert hits("two-of-three", [-2.1, -2.1, 0]) == [1]


def test_four_of_five_beyond_one_sigma_on_one_side() -> None:
    assert hits("four-of-five", [1.1, 1.2, 0, 1.1, 1.3]) == [4]
    assert hits("four-of-five", [1.1, 1.2, 0, -1.1, 1.3]) == []


def test_eight_on_one_side() -> None:
    assert hits("eight-on-one-side", [0.1] * 9) == [7, 8]
    assert hits("eight-on-one-side", [0.1] * 7 + [-0.1]) == []
    assert hits("eight-on-one-side", [0.0] * 20) == []


def test_a_trend_of_six() -> None:
    assert hits("trend-of-six", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]) == [5, 6]
    assert hits("trend-of-six", [0.5, 0.4, 0.3, 0.2, 0.1, 0.0]) == [5]
    assert hits("trend-of-six", [0, 0.1, 0.2, 0.2, 0.4, 0.5]) == []


def test_gaps_are_passed_over() -> None:
    scores = [2.1, math.nan, 2.2]
    assert broken_rules(scores) == ((), (), ("two-of-three",))
    assert broken_rules([]) == ()


@given(st.lists(st.floats(-5, 5), max_size=40))
def test_both_sides_are_alike(scores: list[float]) -> None:
    assert broken_rules(scores) == broken_rules([-score for score in scores])
    for rules in broken_rules(scores, RULES[:1]):
        assert set(rules) <= {"beyond-limit"}


# Rates of false signals a point of normal scores: 0.0027 by the definition of the limits;
# the others from Champ and Woodall (1987), Technometrics 29(4): run lengths of 1/0.0027 = 370
# for rule 1, and 92 for rules 1 to 4 together.
@pytest.mark.parametrize(("rules", "run_length"), [(RULES[:1], 370.4), (RULES[:4], 91.75)])
def test_run_lengths_of_the_literature(rules: tuple[Rule, ...], run_length: float) -> None:
    rng = np.random.default_rng(8)
    lengths = []
    for _ in range(400):
        broken = broken_rules(rng.standard_normal(4000), rules)
        lengths.append(next(index + 1 for index, one in enumerate(broken) if one))
    error = np.std(lengths) / np.sqrt(len(lengths))
    assert abs(np.mean(lengths) - run_length) < 4 * error
