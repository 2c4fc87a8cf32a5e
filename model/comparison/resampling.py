"""Which pictures each resample of the bootstrap draws; the same draws for every detector.

Efron and Tibshirani, "An Introduction to the Bootstrap", ch. 6 and 13 (percentile intervals).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
RESAMPLES = 1000
LEVEL = 0.95
_ENOUGH_DEFINED = 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and how far it may be off for the pictures that were drawn.

    Attributes:
        value: On all pictures; None where it is not defined.
        low: Lower end of the 95 % interval; None where there is none.
        high: Upper end.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None


def draws(
    defective: Bools, resamples: int = RESAMPLES, seed: int = 0, groups: Counts | None = None
) -> Counts:
    """Return how often each resample draws each picture.

    Good and defective pictures are drawn apart, so that every resample has as many of both as
    the test itself: average precision and F1 depend on that share. Pictures of one group are
    drawn together, since they tell the same thing again; groups with a defective picture are
    drawn apart from those without.

    Args:
        defective: (n,) which pictures are.
        resamples: How many.
        seed: Of the draws.
        groups: (n,) number of each picture's group; None where each stands for itself.

    Returns:
        (resamples, n) counts.
    """
    order = np.random.default_rng((seed, 62))
    if groups is None:
        groups = np.arange(len(defective))
    # (n,) -> number of the group from 0, (g,) whether it holds a defective picture
    _, numbers = np.unique(groups, return_inverse=True)
    is_bad = np.bincount(numbers, defective) > 0
    drawn = np.zeros((resamples, is_bad.size), np.int64)
    for side in (False, True):
        some = np.flatnonzero(is_bad == side)
        if some.size:
            share = np.full(some.size, 1 / some.size)
            drawn[:, some] = order.multinomial(some.size, share, size=resamples)
    return drawn[:, numbers]


def interval(value: float | None, resampled: npt.ArrayLike) -> Interval:
    """Return the percentile interval of a figure.

    Args:
        value: On all pictures; NaN or None where it is not defined.
        resampled: (B,) the figure of each resample, NaN where it is not defined. Where less
            than half are defined there is no interval.
    """
    if value is None or not np.isfinite(value):
        return Interval()
    values = np.asarray(resampled, np.float64)
    known = values[np.isfinite(values)]
    if not known.size or known.size < _ENOUGH_DEFINED * values.size:
        return Interval(float(value))
    low, high = np.quantile(known, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(float(value), float(low), float(high))


def by_parts(counts: Counts, figure: Callable[[Counts], Floats], rows: int = 100) -> Floats:
    """Return a figure of every resample, a few resamples at a time to spare the memory.

    Args:
        counts: (B, n) of `draws`.
        figure: (b, n) counts to (b,) values.
        rows: Resamples at a time.
    """
    parts = [figure(counts[at : at + rows]) for at in range(0, len(counts), rows)]
    return np.concatenate(parts) if parts else np.empty(0)
