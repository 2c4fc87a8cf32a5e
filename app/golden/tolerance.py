"""How far a golden sample's score may move before it counts as moved."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.inspection.verdict import Limits

SHARE = 0.2
"""A sample may use up this share of its way to the nearest limit."""

FLOOR = 1e-4
"""Replaying a stored picture gives the same score within this; less cannot be asked."""

SPREADS = 4.0
"""Repeated judging of one picture may differ by its own spread, some times over."""


def default_tolerance(scores: Sequence[float], limits: Limits, typical: float = math.nan) -> float:
    """Return how far a score may move, raw unit.

    It is a fifth of the way from the sample to the nearest limit: a change of light, driver
    or library that takes that much of the margin shows before any verdict flips. The way is
    at most that from a typical good part to the NG limit, so that a glaring defect is held as
    closely as a good part. Never less than the model's own repeatability: four times the
    spread of repeated judging, and 1e-4.

    Args:
        scores: Of repeated judging of the picture, at least one, raw unit.
        limits: In force.
        typical: Score of a typical good part, raw unit; NaN if it is not known.
    """
    first = scores[0]
    own = (limits.ng,) if limits.review is None else (limits.ng, limits.review)
    way = min(abs(first - limit) for limit in own)
    span = limits.ng - typical
    if math.isfinite(span) and span > 0:
        way = min(way, span)
    spread = max(scores) - min(scores)
    return max(SHARE * way, SPREADS * spread, FLOOR)
