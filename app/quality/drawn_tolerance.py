"""The lowest limit that can be promised where good parts were flagged, or drawn by a share.

Every good part at or above a score L is known (the false calls), of those below L a share s
was drawn. For a limit t let U(t) be the exact upper bound of the share of good parts at or
above t: the product of the bounds of two shares, flagged and above t among the flagged (or the
drawn), each with half of the risk. The limit goes down as long as U(t) <= p. If it ended below
the true quantile, U would have been too small at the quantile itself, and that happens with
probability 1 - c at most; so the promise holds although the limit was chosen by the data.

Where everything is known (s = 1, no L) this is Wilks' tolerance limit, see
`app.quality.tolerance`: an order statistic is a Clopper-Pearson bound turned round.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from app.quality.intervals import clopper_pearson
from app.quality.score_sample import Population, Scores
from app.quality.tolerance import (
    ToleranceLimit,
    TooFewNormals,
    false_call_limit,
    just_above,
    normals_needed,
)

_LARGEST_FACTOR = 1e6


def promised_limit(
    normals: Population, false_calls: float = 0.01, confidence: float = 0.95
) -> ToleranceLimit:
    """Return the lowest limit of which "false calls at most p, with confidence c" holds.

    Args:
        normals: Good parts; flagged ones that are not decided count as good.
        false_calls: Share p that is promised, between 0 and 1.
        confidence: Confidence c of the promise, between 0 and 1.

    Raises:
        TooFewNormals: Says how many more drawn parts are needed.
        ValueError: A share lies outside 0..1 or nothing is known below L.
    """
    if math.isinf(normals.complete_from):
        return false_call_limit(normals.complete, false_calls, confidence)
    if not normals.is_known_below:
        raise ValueError("a promise needs drawn parts")
    # Two-sided at 1 - risk is one-sided at 1 - risk / 2: half of the risk for each factor.
    each = confidence
    flagged, drawn = normals.complete.size, normals.drawn.size
    first = normals.flagged(each).high

    def above_flagged(count: int) -> float:
        return first * clopper_pearson(count, flagged, each).high

    def above_drawn(count: int) -> float:
        return first + (1 - first) * clopper_pearson(count, drawn, each).high

    if above_flagged(0) > false_calls:
        needed = _needed(normals, false_calls, confidence)
        raise TooFewNormals(drawn, max(needed, drawn + 1))
    count = _largest(flagged, lambda k: above_flagged(k) <= false_calls)
    if count < flagged:
        limit = _above_rank(normals.complete, count)
        return _found(normals, limit, false_calls, confidence, above_flagged(count))
    if above_drawn(0) > false_calls:
        limit = normals.complete_from
        return _found(normals, limit, false_calls, confidence, first)
    count = _largest(drawn, lambda k: above_drawn(k) <= false_calls)
    limit = min(_above_rank(normals.drawn, count), normals.complete_from)
    return _found(normals, limit, false_calls, confidence, above_drawn(count))


def _above_rank(ordered: Scores, count: int) -> float:
    """Return the lowest limit that leaves at most `count` of some sorted scores above it."""
    if count >= ordered.size:
        return float(ordered[0]) if ordered.size else -math.inf
    highest = float(ordered[ordered.size - 1 - count])
    place = int(np.searchsorted(ordered, highest, side="right"))
    return just_above(highest, float(ordered[place]) if place < ordered.size else math.inf)


def _found(
    normals: Population, limit: float, false_calls: float, confidence: float, bound: float
) -> ToleranceLimit:
    rate = normals.rate_above(limit)
    return ToleranceLimit(
        limit,
        false_calls,
        confidence,
        normals.reviewed,
        rate.seen,
        rate.parts,
        normals.parts,
        bound,
    )


def _largest(count: int, holds: Callable[[int], bool]) -> int:
    """Return the largest k of 0..count that holds; 0 holds, and what holds holds for less."""
    low, high = 0, count + 1
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


def _needed(normals: Population, false_calls: float, confidence: float) -> int:
    """Return how many drawn parts are needed if those to come are like those there are."""
    flagged, drawn, share = normals.complete.size, normals.drawn.size, normals.share
    half = (1 + confidence) / 2
    # Without a false call a share pi of the reviewed parts stands for p of all good parts.
    least = normals_needed(false_calls / (false_calls + share * (1 - false_calls)), half)
    if not flagged or not drawn:
        return least

    def is_enough(factor: float) -> bool:
        more = math.ceil(flagged * factor), math.ceil(drawn * factor)
        seen = clopper_pearson(more[0], sum(more), confidence).high
        first = seen * share / (1 - seen + seen * share)
        return first * clopper_pearson(0, more[0], confidence).high <= false_calls

    low, high = 1.0, 2.0
    while not is_enough(high) and high < _LARGEST_FACTOR:
        low, high = high, 2 * high
    while high - low > 1e-3 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return max(least, math.ceil(drawn * high))
