"""Weighted counts: against brute force, and the coverage of their intervals in 10,000 draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quality.intervals import clopper_pearson
from app.quality.score_sample import Population, sample_of_lists

DRAWS = 10_000
values = st.lists(st.integers(0, 20).map(float), max_size=40)


@given(values, values, st.sampled_from([0.02, 0.5, 1.0]), st.integers(-1, 22))
def test_the_counts_are_those_of_brute_force(
    one: list[float], other: list[float], share: float, limit: int
) -> None:
    complete = sorted(score for score in one if score >= 10)
    drawn = sorted(score for score in other if score < 10)
    kind = Population(np.array(complete), np.array(drawn), share, 10.0)
    above, below = kind.rate_above(limit), kind.rate_below(limit)
    parts = sum(s >= limit for s in complete) + sum(s >= limit for s in drawn) / share
    everything = len(complete) + len(drawn) / share
    assert above.seen == sum(s >= limit for s in complete + drawn)
    assert above.parts == pytest.approx(parts)
    assert kind.parts_above(np.array([float(limit)]))[0] == pytest.approx(parts)
    assert above.seen + below.seen == above.reviewed == len(complete) + len(drawn)
    if everything:
        assert above.share == pytest.approx(parts / everything)
        assert above.share + below.share == pytest.approx(1)
        assert above.interval.low - 1e-9 <= above.share <= above.interval.high + 1e-9
        assert below.interval.low == pytest.approx(1 - above.interval.high)
    else:
        assert math.isnan(above.share)


@given(values, st.integers(-1, 22))
def test_without_drawing_it_is_clopper_pearson(scores: list[float], limit: int) -> None:
    kind = sample_of_lists(scores, []).good
    seen = sum(score >= limit for score in scores)
    assert kind.rate_above(limit).interval == clopper_pearson(seen, len(scores))


def test_no_escape_among_few_drawn_parts_still_allows_many() -> None:
    # 1,000 defects caught, none among the drawn 2 %: 3.7 unseen ones would be 184 escapes.
    kind = Population(np.full(1000, 5.0), np.empty(0), 0.02, 2.0)
    escapes = kind.rate_below(2.0)
    assert escapes.share == 0
    seen = clopper_pearson(0, 1000).high
    assert escapes.interval.high == pytest.approx(seen / (seen + 0.02 * (1 - seen)))
    assert 0.15 < escapes.interval.high < 0.16


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_scores_must_be_finite(wrong: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        sample_of_lists([1.0, wrong], [])


def _coverage(where: str, share: float, chances: list[float], parts: int) -> float:
    """Return how often the interval of the share at or above a limit holds the truth.

    `where` says whether the limit that is asked for is the one in force, above or below it.
    """
    rng = np.random.default_rng(7)
    low, middle, high = rng.multinomial(parts, chances, size=DRAWS).T
    if where == "below":
        low, middle = rng.binomial(low, share), rng.binomial(middle, share)
    else:
        low = rng.binomial(low, share)
    truth = chances[1] + chances[2] if where in ("at", "below") else chances[2]
    cells, counts = np.unique(np.stack([low, middle, high], axis=1), axis=0, return_counts=True)
    held = 0
    for (a, b, c), count in zip(cells.tolist(), counts.tolist(), strict=True):
        scores = np.repeat([0.0, 1.0, 2.0], [a, b, c])
        in_force = 2.0 if where == "below" else 1.0
        split = a + b if where == "below" else a
        kind = Population(scores[split:], scores[:split], share, in_force)
        asked = 2.0 if where == "above" else 1.0
        held += count * (truth in kind.rate_above(asked).interval)
    return held / DRAWS


@pytest.mark.parametrize("where", ["at", "above", "below"])
@pytest.mark.parametrize(
    ("share", "chances", "parts"),
    [
        # Good parts: nearly all below. Defective parts: nearly all above.
        (0.1, [0.97, 0.02, 0.01], 4000),
        (0.1, [0.05, 0.05, 0.90], 400),
    ],
)
def test_the_interval_holds_as_often_as_stated(
    where: str, share: float, chances: list[float], parts: int
) -> None:
    assert _coverage(where, share, chances, parts) >= 0.95 - 0.005
