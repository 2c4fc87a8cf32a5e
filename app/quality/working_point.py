"""What a limit does: false calls and escapes, and the curves that it lies on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.quality.intervals import Interval
from app.quality.score_sample import Population, Rate, Scores, ScoreSample

_MOST_POINTS = 1500


@dataclass(frozen=True, slots=True)
class WorkingPoint:
    """One limit, or two with a REVIEW band, and what comes of it.

    Attributes:
        limit: score >= limit is NG.
        review_limit: review_limit <= score < limit is REVIEW; None for no band.
        false_calls: Good parts called NG.
        escapes: Defective parts called OK.
        largest_escape: Largest escape share that the reviewed parts still allow, one-sided at
            `confidence`; 1 if nothing is known.
        review_good: Good parts in the band; None without a band.
        review_defective: Defective parts in the band; None without a band.
        confidence: Of every interval.
    """

    limit: float
    review_limit: float | None
    false_calls: Rate
    escapes: Rate
    largest_escape: float
    review_good: Rate | None
    review_defective: Rate | None
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """ROC and precision-recall curve over falling limits.

    Attributes:
        limits: (K,) limits, falling, from plus infinity.
        false_calls: (K,) share of the good parts at or above each limit, 0..1.
        recall: (K,) share of the defective parts at or above each limit, 0..1.
        precision: (K,) share of defective parts among those called NG; NaN where none is.
        auroc: Area under the ROC curve, 0..1.
    """

    limits: Scores
    false_calls: Scores
    recall: Scores
    precision: Scores
    auroc: float


def working_point(
    sample: ScoreSample,
    limit: float,
    review_limit: float | None = None,
    confidence: float = 0.95,
) -> WorkingPoint:
    """Return what a limit does to good and defective parts.

    Args:
        sample: Reviewed parts.
        limit: score >= limit is NG.
        review_limit: Start of the REVIEW band, <= limit; None for no band.
        confidence: Of the intervals, above 0.5.

    Raises:
        ValueError: A limit is not a number or the band starts above the limit.
    """
    start = limit if review_limit is None else review_limit
    if math.isnan(limit) or math.isnan(start) or start > limit:
        raise ValueError("limits must be numbers, and the review limit not above the limit")
    one_sided = sample.defective.rate_below(start, 2 * confidence - 1)
    good, defective = (
        None if review_limit is None else _between(kind, start, limit, confidence)
        for kind in (sample.good, sample.defective)
    )
    return WorkingPoint(
        limit=limit,
        review_limit=review_limit,
        false_calls=sample.good.rate_above(limit, confidence),
        escapes=sample.defective.rate_below(start, confidence),
        largest_escape=one_sided.interval.high,
        review_good=good,
        review_defective=defective,
        confidence=confidence,
    )


def curves(sample: ScoreSample) -> Curves | None:
    """Return the curves, each reviewed part with the weight that it stands for.

    Returns:
        At most 1500 points; None without good or without defective parts.
    """
    good, defective = sample.good, sample.defective
    if not good.reviewed or not defective.reviewed:
        return None
    scores = np.unique(
        np.concatenate([good.complete, good.drawn, defective.complete, defective.drawn])
    )[::-1]
    limits = np.concatenate([[math.inf], scores])
    false_calls, recall = good.parts_above(limits), defective.parts_above(limits)
    called = false_calls + recall
    with np.errstate(invalid="ignore"):
        precision = recall / called
    false_calls, recall = false_calls / false_calls[-1], recall / recall[-1]
    area = float(np.trapezoid(recall, false_calls))
    kept = _kept(false_calls, recall)
    return Curves(limits[kept], false_calls[kept], recall[kept], precision[kept], area)


def _between(kind: Population, start: float, end: float, confidence: float) -> Rate:
    """Return the rate of scores in start <= score < end.

    Both ends' intervals, each with half of the risk, bound the difference.
    """
    each = (1 + confidence) / 2
    low, high = kind.rate_above(start, each), kind.rate_above(end, each)
    interval = Interval(
        max(0.0, low.interval.low - high.interval.high),
        max(0.0, low.interval.high - high.interval.low),
    )
    return Rate(
        low.seen - high.seen,
        kind.reviewed,
        low.parts - high.parts,
        low.share - high.share,
        interval,
    )


def _kept(false_calls: Scores, recall: Scores) -> npt.NDArray[np.intp]:
    """Return indices that draw the same curve with fewer points, evenly along its length."""
    if false_calls.size <= _MOST_POINTS:
        return np.arange(false_calls.size, dtype=np.intp)
    length = np.cumsum(np.abs(np.diff(false_calls)) + np.abs(np.diff(recall)))
    wanted = np.linspace(0, length[-1], _MOST_POINTS)
    chosen = np.searchsorted(length, wanted, side="left") + 1
    return np.unique(np.concatenate([[0], chosen.clip(0, false_calls.size - 1)]))
