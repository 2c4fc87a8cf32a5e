from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quality.pareto import Bar, pareto, pareto_of_counts


def test_the_most_frequent_comes_first() -> None:
    names = ["dent"] * 3 + ["scratch"] * 5 + ["hole"] * 2
    assert pareto(names) == (
        Bar("scratch", 5, 0.5),
        Bar("dent", 3, 0.8),
        Bar("hole", 2, 1.0),
    )


def test_what_nobody_named_comes_last() -> None:
    bars = pareto(["", "", "", "dent"])
    assert [bar.name for bar in bars] == ["dent", ""]


def test_equals_are_ordered_by_name_and_nothing_is_no_bar() -> None:
    assert [bar.name for bar in pareto(["b", "a"])] == ["a", "b"]
    assert pareto([]) == ()
    assert pareto_of_counts([("a", 0)]) == ()
    assert pareto_of_counts([("a", 1), ("b", 1), ("a", 2)])[0] == Bar("a", 3, 0.75)


@given(st.lists(st.sampled_from(["", "a", "b", "c", "d"])))
def test_nothing_is_lost(names: list[str]) -> None:
    bars = pareto(names)
    assert {bar.name: bar.count for bar in bars} == dict(Counter(names))
    shares = [bar.cumulative_share for bar in bars]
    assert shares == sorted(shares)
    assert not bars or shares[-1] == pytest.approx(1)
    assert bars == pareto_of_counts(Counter(names))
