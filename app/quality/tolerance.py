"""A limit with a promise: "false calls at most p, with confidence c", whatever the distribution.

N scores of normals, drawn at random, are put in order. If m of them lie above a limit that was
taken at an order statistic, the share of all normals above it is at most p with confidence
1 - P(Bin(N, p) <= m). The largest m that reaches c gives the lowest limit that can be
promised; with m = 0 at least ln(1 - c) / ln(1 - p) normals are needed (299 for 1 %, 95 %).

Source: Wilks (1941), Annals of Mathematical Statistics 12(1), 91-96; for ties and discrete
scores Scheffe and Tukey (1945), Annals of Mathematical Statistics 16(2), 187-192: the limit
stands above the order statistic, so ties can only make the promise safer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr

from app.errors import ExpectedError
from app.i18n import tr
from app.quality.intervals import upper_bound

_DIGITS = 6
_MOST_NORMALS = 10**9


class TooFewNormals(ExpectedError):
    """No promise: the sample is too small for it.

    Attributes:
        normals: How many there are.
        needed: How many are needed at least.
    """

    code = "too-few-normals"

    def __init__(self, normals: int, needed: int) -> None:
        super().__init__(
            tr(
                "{normals} good parts drawn at random cannot carry this promise: {missing} more "
                "are needed ({needed} in all)."
            ).format(normals=f"{normals:,}", missing=f"{needed - normals:,}", needed=f"{needed:,}")
        )
        self.normals = normals
        self.needed = needed

    @property
    def missing(self) -> int:
        """How many more normals are needed."""
        return self.needed - self.normals


@dataclass(frozen=True, slots=True)
class ToleranceLimit:
    """A limit and what may be promised of it.

    Attributes:
        limit: score >= limit is NG, raw unit.
        false_calls: At most this share of the normals is called NG, 0..1 ...
        confidence: ... in at least this share of all samples that could have been drawn.
        normals: Size of the sample.
        above: So many of the sample lie above the limit.
        above_parts: So many parts these stand for; the same where all are known.
        parts: So many parts the sample stands for.
        bound: Largest share above the limit that the sample allows, one-sided at the
            confidence; at most `false_calls`.
    """

    limit: float
    false_calls: float
    confidence: float
    normals: int
    above: int
    above_parts: float
    parts: float
    bound: float


def normals_needed(false_calls: float, confidence: float, above: int = 0) -> int:
    """Return how many normals a promise takes if `above` of them may lie above the limit.

    Args:
        false_calls: Share p that is promised, between 0 and 1.
        confidence: Confidence c of the promise, between 0 and 1.
        above: Number of normals of the sample above the limit.

    Raises:
        ValueError: A share lies outside 0..1 or would take more than 10^9 normals.
    """
    _check(false_calls, confidence)
    high = above + 1
    while bdtr(above, high, false_calls) > 1 - confidence:
        high *= 2
        if high > _MOST_NORMALS:
            raise ValueError("no sample is large enough for this promise")
    low = max(above, high // 2)
    while high - low > 1:
        middle = (low + high) // 2
        if bdtr(above, middle, false_calls) <= 1 - confidence:
            high = middle
        else:
            low = middle
    return high


def allowed_above(normals: int, false_calls: float, confidence: float) -> int:
    """Return how many of N normals may lie above the limit; -1 if N is too small for any.

    Args:
        normals: Size N of the sample.
        false_calls: Share p that is promised, between 0 and 1.
        confidence: Confidence c of the promise, between 0 and 1.
    """
    _check(false_calls, confidence)
    low, high = -1, normals
    while high - low > 1:
        middle = (low + high) // 2
        if bdtr(middle, normals, false_calls) <= 1 - confidence:
            low = middle
        else:
            high = middle
    return low


def false_call_limit(
    scores: npt.ArrayLike, false_calls: float = 0.01, confidence: float = 0.95
) -> ToleranceLimit:
    """Return the lowest limit of which the promise can be made.

    Args:
        scores: (N,) scores of normals, a random sample of all normals; any order.
        false_calls: Share p that is promised, between 0 and 1.
        confidence: Confidence c of the promise, between 0 and 1.

    Raises:
        TooFewNormals: The sample is too small; says how many more are needed.
        ValueError: A score is not finite or a share lies outside 0..1.
    """
    ordered = np.sort(np.asarray(scores, np.float64).ravel())
    if not np.isfinite(ordered).all():
        raise ValueError("the scores of the normals must be finite")
    count = ordered.size
    allowed = allowed_above(count, false_calls, confidence)
    if allowed < 0:
        needed = normals_needed(false_calls, confidence)
        raise TooFewNormals(count, needed)
    highest = float(ordered[count - 1 - allowed])
    higher = ordered[np.searchsorted(ordered, highest, side="right") :]
    limit = just_above(highest, float(higher[0]) if higher.size else math.inf)
    above = int(higher.size)
    bound = upper_bound(above, count, confidence)
    return ToleranceLimit(limit, false_calls, confidence, count, above, above, count, bound)


def just_above(score: float, next_score: float = math.inf) -> float:
    """Return a limit that calls `score` OK and `next_score` NG, with few digits where it can.

    Args:
        score: Largest score that stays below the limit.
        next_score: Smallest score that must not be below the limit, > score.
    """
    rounding = Context(prec=_DIGITS, rounding=ROUND_CEILING)
    rounded = float(rounding.create_decimal(Decimal(score)))
    if score < rounded <= next_score:
        return rounded
    return math.nextafter(score, math.inf)


def _check(false_calls: float, confidence: float) -> None:
    if not (0 < false_calls < 1 and 0 < confidence < 1):
        raise ValueError("the promised share and its confidence lie between 0 and 1")
