"""Control charts: EWMA of single measurements, p-chart of shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter
from scipy.stats import binom, norm

from app.quality.run_rules import RULES, Rule, broken_rules

Floats = npt.NDArray[np.float64]
Counts = Sequence[int] | npt.NDArray[np.int64]

TAIL = float(norm.sf(3.0))
"""Probability beyond three standard deviations on one side of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Ewma:
    """An exponentially weighted moving average of single measurements with its limits.

    Source: Roberts (1959), Technometrics 1(3), 239-250; limits as in Lucas and Saccucci
    (1990), Technometrics 32(1), 1-12.

    Attributes:
        target: Mean in control, unit of the measurement.
        spread: Standard deviation of one measurement in control, same unit.
        weight: Of the newest measurement, above 0 and up to 1 (lambda).
        width: Distance of the limits, standard deviations of the average (L).
    """

    target: float
    spread: float
    weight: float
    width: float

    @property
    def reach(self) -> float:
        """Distance of the limits from the target once the chart runs for long, its unit."""
        return self.width * self.spread * math.sqrt(self.weight / (2 - self.weight))

    def step(self, level: float, value: float) -> float:
        """Return the average after one more measurement; `target` is the first `level`."""
        return level + self.weight * (value - level)

    def run(self, values: Sequence[float] | Floats, start: float | None = None) -> Floats:
        """Return the average after each measurement.

        Args:
            values: (N,) finite measurements in order.
            start: Average before the first one; None for the target.
        """
        series = np.asarray(values, np.float64)
        if series.size == 0:
            return series
        before = self.target if start is None else start
        state = np.array([(1 - self.weight) * before])
        levels, _ = lfilter([self.weight], [1.0, self.weight - 1.0], series, zi=state)
        return np.asarray(levels, np.float64)

    def limits(self, count: int) -> tuple[Floats, Floats]:
        """Return the lower and upper limit after each of the first `count` measurements.

        They open to `reach`: at first the average can vary less.
        """
        grown = 1 - (1 - self.weight) ** (2 * np.arange(1, count + 1, dtype=np.float64))
        away = self.reach * np.sqrt(grown)
        return self.target - away, self.target + away


@dataclass(frozen=True, slots=True, eq=False)
class PChart:
    """Shares of groups of any size against what chance explains.

    Attributes:
        shares: (N,) observed shares, 0..1; NaN for an empty group.
        centre: Share in control.
        low: (N,) smallest share that chance explains, 0..1.
        high: (N,) largest share that chance explains, 0..1.
        broken: For each group the run rules that it breaks.
    """

    shares: Floats
    centre: float
    low: Floats
    high: Floats
    broken: tuple[tuple[Rule, ...], ...]


def p_chart(
    defectives: Counts,
    totals: Counts,
    centre: float | None = None,
    rules: Sequence[Rule] = RULES,
) -> PChart:
    """Return the p-chart of groups in order, with exact binomial limits.

    The classical limits of three standard deviations take the binomial for a normal
    distribution, which calls every third defect of a small lot an alarm. Here a share is out of
    control where chance gives one so far out with a probability of at most 0.00135, the same
    as three standard deviations of a normal distribution; for large lots both agree. The run
    rules hear of the same probabilities.

    Source: Shewhart (1931), Economic Control of Quality of Manufactured Product.

    Args:
        defectives: How many of each group are counted.
        totals: Size of each group.
        centre: Share in control, 0..1; None takes the share of all groups together.
        rules: Run rules to check.

    Raises:
        ValueError: Counts are impossible or do not pair up.
    """
    found, sizes = np.asarray(defectives, np.int64), np.asarray(totals, np.int64)
    if found.shape != sizes.shape or found.ndim != 1:
        raise ValueError("one total for each count of defectives")
    if (found < 0).any() or (found > sizes).any():
        raise ValueError("counts must lie between 0 and their total")
    whole = int(sizes.sum())
    share = (float(found.sum()) / whole if whole else 0.0) if centre is None else centre
    if not 0 <= share <= 1:
        raise ValueError("the centre is a share from 0 to 1")
    # the binomial of scipy overflows close to the ends
    share = float(np.round(share, 12))
    safe = np.maximum(sizes, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(sizes > 0, found / safe, np.nan)
    # ppf gives the smallest count with at least that much probability up to it
    high = binom.ppf(1 - TAIL, sizes, share) / safe
    low = np.where(sizes > 0, _lowest(sizes, share) / safe, 0.0)
    broken = broken_rules(_normal_scores(found, sizes, share), rules)
    return PChart(shares, share, low, high, broken)


def share_in_control(defectives: Counts, totals: Counts) -> float:
    """Return the share of the groups that chance explains; 0.0 without any.

    The group furthest beyond the limits is taken out and the limits computed anew until none
    is left beyond (Montgomery, Introduction to Statistical Quality Control: trial limits), so
    that one bad lot does not lift the middle above all the others. Half of the groups stay.

    Args:
        defectives: How many of each group are counted.
        totals: Size of each group.
    """
    found, sizes = np.asarray(defectives, np.int64), np.asarray(totals, np.int64)
    found, sizes = found[sizes > 0], sizes[sizes > 0]
    kept = np.ones(len(found), np.bool_)
    while True:
        whole = int(sizes[kept].sum())
        share = round(float(found[kept].sum()) / whole, 12) if whole else 0.0
        away = np.where(kept, np.abs(_normal_scores(found, sizes, share)), 0.0)
        if not (away >= 3).any() or kept.sum() <= len(found) / 2 + 1:
            return share
        kept[int(away.argmax())] = False


def _lowest(sizes: npt.NDArray[np.int64], share: float) -> Floats:
    """Return the smallest count c with P(X <= c) above the tail."""
    count = binom.ppf(TAIL, sizes, share)
    at = binom.cdf(count, sizes, share)
    return np.asarray(np.where(at <= TAIL, count + 1, count), np.float64)


def _normal_scores(
    found: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], share: float
) -> Floats:
    """Return how far out each count is, in standard deviations; NaN for an empty group.

    The normal score of the probability of a count at least so far out on its side. The median
    count is 0: small lots have none defective time and again, which must not look like a run
    on one side. So no rule is broken more often than by normal measurements.
    """
    at_most = binom.cdf(found, sizes, share)
    at_least = binom.sf(found - 1, sizes, share)
    low = norm.ppf(np.clip(at_most, 1e-300, 0.5))
    high = -norm.ppf(np.clip(at_least, 1e-300, 0.5))
    scores = np.where(at_most < 0.5, low, np.where(at_least < 0.5, high, 0.0))
    # Rounding must not part the first rule from the limits.
    inside = np.clip(scores, -2.999, 2.999)
    scores = np.where(at_least <= TAIL, np.maximum(scores, 3.0), inside)
    scores = np.where(at_most <= TAIL, np.minimum(scores, -3.0), scores)
    return np.asarray(np.where(sizes > 0, scores, np.nan), np.float64)
