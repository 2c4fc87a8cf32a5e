"""Exact confidence intervals of a share, from counts."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betaincinv


@dataclass(frozen=True, slots=True)
class Interval:
    """A range that holds the true value with a stated confidence.

    Attributes:
        low: Lower end.
        high: Upper end.
    """

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def clopper_pearson(events: int, trials: int, confidence: float = 0.95) -> Interval:
    """Return the exact interval of a share; it holds the truth at least as often as stated.

    Each end errs with a probability of at most (1 - confidence) / 2, so the upper end alone,
    taken at the confidence 2c - 1, is a one-sided bound at the confidence c.

    Args:
        events: How often it happened, 0..trials.
        trials: How often it could have happened; 0 tells nothing, the answer is 0..1.
        confidence: Between 0 and 1, both excluded.

    Raises:
        ValueError: Counts or confidence are impossible.

    Source: Clopper and Pearson (1934), Biometrika 26(4), 404-413, as quantiles of the beta
    distribution.
    """
    _check(events, trials, confidence)
    risk = (1 - confidence) / 2
    missed = trials - events
    low = float(betaincinv(events, missed + 1, risk)) if events else 0.0
    high = float(betaincinv(events + 1, missed, 1 - risk)) if missed else 1.0
    return Interval(low, high)


def upper_bound(events: int, trials: int, confidence: float = 0.95) -> float:
    """Return the largest share that the counts still allow, one-sided (Clopper-Pearson).

    Args:
        events: How often it happened, 0..trials.
        trials: How often it could have happened; 0 allows everything.
        confidence: Between 0 and 1, both excluded.

    Raises:
        ValueError: Counts or confidence are impossible.
    """
    _check(events, trials, confidence)
    missed = trials - events
    return float(betaincinv(events + 1, missed, confidence)) if missed else 1.0


def _check(events: int, trials: int, confidence: float) -> None:
    if not 0 <= events <= trials:
        raise ValueError(f"{events} of {trials} is not possible")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
