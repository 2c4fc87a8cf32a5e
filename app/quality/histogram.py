"""How the scores of good and defective parts lie, each part with what it stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.quality.score_sample import Population, Scores, ScoreSample

_BINS = 80


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Parts by score.

    Attributes:
        edges: (K + 1,) rising scores, evenly spaced.
        good: (K,) good parts, estimated for all parts.
        defective: (K,) defective parts, estimated for all parts.
    """

    edges: Scores
    good: Scores
    defective: Scores


def histogram(sample: ScoreSample, bins: int = _BINS) -> Histogram | None:
    """Return the histogram over the whole span of the scores; None without any score.

    Args:
        sample: Reviewed parts.
        bins: Number of bins, >= 1.
    """
    span = sample.span
    if span is None:
        return None
    low, high = span
    if high - low < 1e-9 * max(1.0, abs(low), abs(high)):
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    return Histogram(edges, _counted(sample.good, edges), _counted(sample.defective, edges))


def _counted(kind: Population, edges: Scores) -> Scores:
    complete, _ = np.histogram(kind.complete, edges)
    drawn, _ = np.histogram(kind.drawn, edges)
    return np.asarray(complete + (drawn / kind.share if kind.share else 0.0), np.float64)
