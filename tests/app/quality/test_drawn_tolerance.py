"""The promised limit of flagged and drawn parts: by definition, and in 10,000 draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quality.drawn_tolerance import promised_limit
from app.quality.intervals import clopper_pearson
from app.quality.score_sample import Population
from app.quality.tolerance import TooFewNormals, false_call_limit, normals_needed

DRAWS = 10_000


def _population(flagged: int, drawn: int, share: float, seed: int = 1) -> Population:
    """Return good parts with scores in 0..1 of which those from 0.5 on are flagged."""
    rng = np.random.default_rng(seed)
    complete = np.sort(rng.uniform(0.5, 1.0, flagged))
    return Population(complete, np.sort(rng.uniform(0.0, 0.5, drawn)), share, 0.5)


def _bound(normals: Population, limit: float, confidence: float) -> float:
    """Return the upper bound as the documentation defines it, counted by hand."""
    flagged, drawn = normals.complete.size, normals.drawn.size
    seen = clopper_pearson(flagged, flagged + drawn, confidence).high
    first = seen * normals.share / (1 - seen + seen * normals.share)
    if limit >= normals.complete_from:
        count = int((normals.complete >= limit).sum())
        return first * clopper_pearson(count, flagged, confidence).high
    count = int((normals.drawn >= limit).sum())
    return first + (1 - first) * clopper_pearson(count, drawn, confidence).high


@given(
    st.integers(0, 60), st.integers(1, 400), st.sampled_from([0.02, 0.3, 1.0]),
    st.floats(0.001, 0.6), st.sampled_from([0.9, 0.95, 0.99]), st.integers(1, 5),
)  # fmt: skip
@settings(deadline=None)
def test_it_is_the_lowest_limit_whose_bound_keeps_the_promise(
    flagged: int, drawn: int, share: float, false_calls: float, confidence: float, seed: int
) -> None:
    normals = _population(flagged, drawn, share, seed)
    try:
        found = promised_limit(normals, false_calls, confidence)
    except TooFewNormals:
        assert _bound(normals, math.inf, confidence) > false_calls
        return
    assert found.bound <= false_calls + 1e-12
    assert _bound(normals, found.limit, confidence) == pytest.approx(found.bound)
    scores = np.concatenate([normals.complete, normals.drawn])
    lower = scores[scores < found.limit]
    if lower.size and found.limit != normals.complete_from:
        assert _bound(normals, float(lower.max()), confidence) > false_calls
    assert found.above == int((scores >= found.limit).sum())


@given(st.lists(st.floats(-10, 10), min_size=60, max_size=120))
def test_with_everything_known_it_is_wilks(scores: list[float]) -> None:
    ordered = np.sort(scores)
    normals = Population(ordered, np.empty(0))
    assert promised_limit(normals, 0.05) == false_call_limit(ordered, 0.05)


def test_the_missing_parts_are_enough() -> None:
    for flagged, drawn, share in ((0, 2, 0.05), (0, 100, 1.0), (1, 30, 0.5), (3, 20, 0.3)):
        normals = _population(flagged, drawn, share)
        with pytest.raises(TooFewNormals) as refused:
            promised_limit(normals, 0.001)
        grown = refused.value.needed / drawn
        enough = _population(math.ceil(flagged * grown), refused.value.needed, share)
        assert promised_limit(enough, 0.001).bound <= 0.001
        assert refused.value.missing == refused.value.needed - drawn


def test_no_false_call_and_few_drawn_parts_can_carry_a_promise() -> None:
    # Of 1,000 OK parts 2 % were drawn and none was flagged: the flagged ones are all known.
    found = promised_limit(_population(0, 20, 0.02), 0.01)
    assert found.limit == 0.5
    assert normals_needed(0.01, 0.95) == 299  # what a random sample alone would take


def test_nothing_drawn_promises_nothing() -> None:
    with pytest.raises(ValueError, match="drawn"):
        promised_limit(_population(5, 0, 0.0))


@pytest.mark.parametrize(
    ("in_force", "false_calls"),
    # The promised limit lies above the one in force, then below it.
    [(0.95, 0.02), (0.995, 0.02)],
)
def test_the_stated_confidence_holds_in_10000_draws(in_force: float, false_calls: float) -> None:
    rng = np.random.default_rng(3)
    parts, share, kept = 2000, 0.2, 0
    for count in rng.binomial(parts, 1 - in_force, DRAWS).tolist():
        flagged = np.sort(rng.uniform(in_force, 1.0, count))
        drawn = np.sort(rng.uniform(0.0, in_force, rng.binomial(parts - count, share)))
        limit = promised_limit(Population(flagged, drawn, share, in_force), false_calls).limit
        kept += 1 - limit <= false_calls
    assert kept / DRAWS >= 0.95
