"""Scores of reviewed parts, and what they say of all parts.

The machine shows every part that it flags, but of the parts that it calls OK only a share s
that is drawn at random. So a flagged part stands for itself and a drawn one for 1/s parts
(Horvitz and Thompson 1952, JASA 47, 663-685). The intervals are exact: of n_f flagged and n_d
drawn parts of one kind, n_f is binomial in n_f + n_d with the probability
q / (q + (1 - q) s), q the share of that kind that is flagged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.quality.intervals import Interval, clopper_pearson

Scores = npt.NDArray[np.float64]

UNKNOWN = Interval(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many parts of one kind a limit sorts one way.

    Attributes:
        seen: Reviewed parts that it sorts so.
        reviewed: All reviewed parts of the kind.
        parts: Parts of the records that the seen ones stand for, estimated.
        share: Share of all parts of the kind, 0..1; NaN if it cannot be known.
        interval: Interval of that share.
    """

    seen: int
    reviewed: int
    parts: float
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Reviewed parts of one kind, good or defective.

    Attributes:
        complete: Sorted scores >= `complete_from`: every part of the kind is among them.
        drawn: Sorted scores below `complete_from`: a random share of the parts of the kind.
        share: The chance of a part to be among `drawn`, 0..1, as against one to be among
            `complete`; 0 if none were drawn.
        complete_from: Score; minus infinity if all parts of the kind are known.
    """

    complete: Scores
    drawn: Scores
    share: float = 1.0
    complete_from: float = -math.inf

    @property
    def reviewed(self) -> int:
        """Number of parts that were looked at."""
        return int(self.complete.size + self.drawn.size)

    @property
    def is_known_below(self) -> bool:
        """False if nothing is known of the parts that were called OK."""
        return self.share > 0 or math.isinf(self.complete_from)

    @property
    def parts(self) -> float:
        """Number of parts that they stand for; NaN if it cannot be known."""
        return self._stand_for(self.complete.size, self.drawn.size)

    def rate_above(self, limit: float, confidence: float = 0.95) -> Rate:
        """Return the rate of scores at or above a limit.

        Args:
            limit: Raw unit; infinities are allowed.
            confidence: Of the two-sided interval.
        """
        complete, drawn = self._above(limit)
        return self._rate(complete, drawn, self._interval_above(limit, confidence))

    def rate_below(self, limit: float, confidence: float = 0.95) -> Rate:
        """Return the rate of scores below a limit."""
        complete, drawn = self._above(limit)
        above = self._interval_above(limit, confidence)
        return self._rate(
            int(self.complete.size) - complete,
            int(self.drawn.size) - drawn,
            Interval(1 - above.high, 1 - above.low),
        )

    def parts_above(self, limits: Scores) -> Scores:
        """Return for (K,) limits how many parts lie at or above each, estimated."""
        complete = self.complete.size - np.searchsorted(self.complete, limits, side="left")
        drawn = self.drawn.size - np.searchsorted(self.drawn, limits, side="left")
        return np.asarray(complete + drawn / self.share if self.share else complete, np.float64)

    def _above(self, limit: float) -> tuple[int, int]:
        complete = self.complete.size - int(np.searchsorted(self.complete, limit, side="left"))
        return complete, self.drawn.size - int(np.searchsorted(self.drawn, limit, side="left"))

    def _rate(self, complete: int, drawn: int, interval: Interval) -> Rate:
        parts = self._stand_for(complete, drawn)
        share = parts / self.parts if self.reviewed else math.nan
        return Rate(complete + drawn, self.reviewed, parts, share, interval)

    def _stand_for(self, complete: int, drawn: int) -> float:
        if not self.is_known_below:
            return math.nan
        return complete + (drawn / self.share if drawn else 0.0)

    def _interval_above(self, limit: float, confidence: float) -> Interval:
        """Return the interval of the share at or above a limit.

        The share is a product of two: that of being flagged, and among the flagged (or the
        others) that of lying above. Each gets half of the risk (Bonferroni), so the product
        holds at least as often as stated.
        """
        if not self.is_known_below:
            return UNKNOWN
        complete, drawn = self._above(limit)
        if math.isinf(self.complete_from):
            return clopper_pearson(complete, self.complete.size, confidence)
        if limit == self.complete_from:
            return self.flagged(confidence)
        each = (1 + confidence) / 2
        flagged = self.flagged(each)
        if limit > self.complete_from:
            above = clopper_pearson(complete, self.complete.size, each)
            return Interval(flagged.low * above.low, flagged.high * above.high)
        above = clopper_pearson(drawn, self.drawn.size, each)
        return Interval(
            flagged.low + (1 - flagged.low) * above.low,
            flagged.high + (1 - flagged.high) * above.high,
        )

    def flagged(self, confidence: float) -> Interval:
        """Return the interval of the share of parts at or above `complete_from`."""
        seen = clopper_pearson(self.complete.size, self.reviewed, confidence)
        return Interval(self._unweighted(seen.low), self._unweighted(seen.high))

    def _unweighted(self, seen: float) -> float:
        """Return the share of flagged parts among all from that among the reviewed ones."""
        return seen * self.share / (1 - seen + seen * self.share)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreSample:
    """Everything that limits are set from.

    Attributes:
        good: Reviewed good parts.
        defective: Reviewed defective parts.
        normals: The good parts as a promise takes them: by the shares that the recipe states,
            and with those that are not decided yet.
        is_mix_real: Good and defective parts are there as in production.
        flagged_open: Flagged parts that nobody has decided on.
        drawn_open: Drawn OK parts that nobody has decided on.
        found_otherwise: Defective parts among the OK ones that were not drawn (found on the
            line or by the customer); they are no random sample and count nowhere.
        limits_moved: The limits were not the same for all records.
        seen_once: Escapes among the drawn parts that one person alone has looked at.
    """

    good: Population
    defective: Population
    normals: Population
    is_mix_real: bool = False
    flagged_open: int = 0
    drawn_open: int = 0
    found_otherwise: int = 0
    limits_moved: bool = False
    seen_once: int = 0

    @property
    def defect_share(self) -> float | None:
        """Share of defective parts in production; None if these parts do not tell."""
        parts = self.good.parts + self.defective.parts
        if not self.is_mix_real or not parts or math.isnan(parts):
            return None
        return self.defective.parts / parts

    @property
    def span(self) -> tuple[float, float] | None:
        """Smallest and largest score; None without any."""
        scores = [
            scores
            for kind in (self.good, self.defective)
            for scores in (kind.complete, kind.drawn)
            if scores.size
        ]
        if not scores:
            return None
        return min(float(one[0]) for one in scores), max(float(one[-1]) for one in scores)


def sample_of_lists(good: npt.ArrayLike, defective: npt.ArrayLike) -> ScoreSample:
    """Return a sample of parts that were chosen outside the station.

    Args:
        good: (N,) scores of good parts. A promise stands only if they were chosen at random.
        defective: (M,) scores of defective parts.

    Raises:
        ValueError: A score is not finite.
    """
    normals, defects = _sorted(good), _sorted(defective)
    nothing = np.empty(0)
    good_parts = Population(normals, nothing)
    return ScoreSample(good_parts, Population(defects, nothing), good_parts)


def _sorted(scores: npt.ArrayLike) -> Scores:
    ordered = np.sort(np.asarray(scores, np.float64).ravel())
    if not np.isfinite(ordered).all():
        raise ValueError("scores must be finite")
    return ordered
