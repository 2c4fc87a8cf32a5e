"""Figures of image scores for many resamples at once.

Each is that of `model.metrics` on a list in which a picture stands as often as it was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.comparison.resampling import Bools, Counts, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Image scores brought into the order from the highest; equal scores form one step.

    Attributes:
        order: (n,) numbers of the pictures, highest score first.
        ends: (s,) index in `order` of the last picture of each step.
        defective: (n,) truth in the order of `order`.
    """

    order: Counts
    ends: Counts
    defective: Bools

    @classmethod
    def of(cls, defective: Bools, scores: Floats) -> Ranked:
        """Rank (n,) scores of pictures with (n,) truth."""
        order = np.argsort(-scores, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
        return cls(order, ends, defective[order])

    def called(self, counts: Counts) -> tuple[Floats, Floats]:
        """Return (B, s) defective and good pictures called by each limit, the highest first."""
        drawn = counts[:, self.order]
        hits = np.cumsum(drawn * self.defective, axis=1)[:, self.ends]
        false = np.cumsum(drawn * ~self.defective, axis=1)[:, self.ends]
        return hits.astype(np.float64), false.astype(np.float64)


def aurocs(ranked: Ranked, counts: Counts) -> Floats:
    """Return (B,) areas under the ROC curve; ties count half."""
    hits, false = ranked.called(counts)
    steps = np.diff(false, axis=1, prepend=0.0)
    middle = hits - np.diff(hits, axis=1, prepend=0.0) / 2
    total = hits[:, -1] * false[:, -1]
    return _divided((steps * middle).sum(axis=1), total)


def average_precisions(ranked: Ranked, counts: Counts) -> Floats:
    """Return (B,) average precisions, no interpolation."""
    hits, false = ranked.called(counts)
    precision = _divided(hits, hits + false, empty=0.0)
    gains = np.diff(hits, axis=1, prepend=0.0)
    return _divided((gains * precision).sum(axis=1), hits[:, -1])


def f1_maxima(ranked: Ranked, counts: Counts) -> Floats:
    """Return (B,) highest F1 over all limits."""
    hits, false = ranked.called(counts)
    # 2 TP / (2 TP + FP + FN), and TP + FN is the number of defective ones
    f1 = _divided(2 * hits, hits + false + hits[:, -1:])
    return np.asarray(f1.max(axis=1), np.float64)


def _divided(top: Floats, bottom: Floats, empty: float = np.nan) -> Floats:
    return np.divide(top, bottom, out=np.full_like(top, empty), where=bottom > 0)
