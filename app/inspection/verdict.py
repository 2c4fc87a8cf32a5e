"""OK, NG, REVIEW or ERROR: the only place that decides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from model.types import Region


class Verdict(Enum):
    """The judgement of one part.

    OK: score below every limit. NG: score at or above the limit. REVIEW: between the
    review limit and the limit. ERROR: no judgement was possible; outputs treat it as NG.
    """

    OK = "OK"
    NG = "NG"
    REVIEW = "REVIEW"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in force, raw units of the detector.

    Attributes:
        ng: score >= ng is NG.
        review: review <= score < ng is REVIEW; None for no review band.
        map_limit: Map value from which a pixel counts as defective (contours, regions).
        map_typical: Map value of a typical normal; 0 of the heatmap's colour scale.
    """

    ng: float
    review: float | None
    map_limit: float
    map_typical: float

    @property
    def are_valid(self) -> bool:
        """True if every number is finite, the band lies below the limit and the scale has a span.

        Without a span of the map scale there are no regions and no colours to trust.
        """
        review = self.ng if self.review is None else self.review
        numbers = (self.ng, review, self.map_limit, self.map_typical)
        return (
            all(math.isfinite(number) for number in numbers)
            and review <= self.ng
            and self.map_typical < self.map_limit
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its grounds.

    Attributes:
        verdict: The judgement.
        reasons: Stable codes with details, most important first, e.g. "score-above-limit",
            "model-failed: ...". Never empty unless OK.
        regions: Defective areas, largest first.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    regions: tuple[Region, ...] = ()


def decide(
    score: float | None, limits: Limits | None, regions: tuple[Region, ...] = (), fault: str = ""
) -> Decision:
    """Judge one part. Pure and total: whatever is missing or not finite is ERROR, never OK.

    Args:
        score: Image score, raw unit; None if the model gave none.
        limits: Limits in force; None if the checkpoint is not calibrated.
        regions: Defective areas of the map.
        fault: Why there is no valid prediction; any text makes the verdict ERROR.
    """
    problem = fault or _problem(score, limits)
    if problem or score is None or limits is None:
        return Decision(Verdict.ERROR, (problem or "no-prediction",), ())
    if score >= limits.ng:
        return Decision(Verdict.NG, ("score-above-limit",), regions)
    if limits.review is not None and score >= limits.review:
        return Decision(Verdict.REVIEW, ("score-in-review-band",), regions)
    return Decision(Verdict.OK, (), regions)


def _problem(score: float | None, limits: Limits | None) -> str:
    if limits is None:
        return "not-calibrated"
    if score is None:
        return "no-prediction"
    if not math.isfinite(score):
        return "score-not-finite"
    return "" if limits.are_valid else "limits-invalid"
