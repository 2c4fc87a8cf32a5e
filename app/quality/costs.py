"""What a limit costs, and the limit that costs least."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.quality.score_sample import Population, Scores, ScoreSample
from app.quality.tolerance import just_above


@dataclass(frozen=True, slots=True)
class Costs:
    """What a mistake costs, in the user's currency.

    Attributes:
        false_call: One good part thrown away.
        escape: One defective part that leaves the plant.
    """

    false_call: float
    escape: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(cost) and cost >= 0 for cost in (self.false_call, self.escape)):
            raise ValueError("costs are finite and not negative")


@dataclass(frozen=True, slots=True)
class CheapestLimit:
    """The limit with the least cost.

    Attributes:
        limit: score >= limit is NG, raw unit.
        per_thousand: Cost of 1,000 parts at that limit.
    """

    limit: float
    per_thousand: float


def cost_per_thousand(
    costs: Costs, false_calls: float, escapes: float, defect_share: float
) -> float:
    """Return the cost of 1,000 parts.

    Args:
        costs: What a mistake costs.
        false_calls: Share of the good parts called NG, 0..1.
        escapes: Share of the defective parts called OK, 0..1.
        defect_share: Share of defective parts in production, 0..1.
    """
    good = (1 - defect_share) * false_calls * costs.false_call
    return 1000 * (good + defect_share * escapes * costs.escape)


def cheapest_limit(
    sample: ScoreSample, costs: Costs, defect_share: float | None = None
) -> CheapestLimit | None:
    """Return the limit with the least cost, the lowest of those that are equal.

    The cost changes at the scores of reviewed parts only, so those are tried.

    Args:
        sample: Reviewed parts.
        costs: What a mistake costs.
        defect_share: Share of defective parts in production; None takes the sample's own.

    Returns:
        None without good or defective parts, or if the defect share is not known.
    """
    share = sample.defect_share if defect_share is None else defect_share
    good, defective = sample.good, sample.defective
    if share is None or not (good.reviewed and defective.reviewed):
        return None
    if not (good.is_known_below and defective.is_known_below):
        return None
    scores = np.unique(
        np.concatenate([good.complete, good.drawn, defective.complete, defective.drawn])
    )
    # Just above each score; the first limit calls every part NG.
    limits = np.concatenate([scores[:1], np.nextafter(scores, math.inf)])
    false_calls = _share_above(good, limits)
    escapes = 1 - _share_above(defective, limits)
    cost = (1 - share) * false_calls * costs.false_call + share * escapes * costs.escape
    best = int(np.argmin(cost))
    limit = float(limits[best])
    if best:
        following = float(scores[best]) if best < scores.size else math.inf
        limit = just_above(float(scores[best - 1]), following)
    return CheapestLimit(limit, 1000 * float(cost[best]))


def _share_above(kind: Population, limits: Scores) -> Scores:
    return kind.parts_above(limits) / kind.parts
