"""The limit that is suggested, with its promise; or why none can be made."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import ExpectedError
from app.i18n import tr
from app.quality.drawn_tolerance import promised_limit
from app.quality.score_sample import ScoreSample
from app.quality.tolerance import ToleranceLimit
from app.quality.working_point import WorkingPoint, working_point

MOST_OPEN = 0.1
"""A larger share of the drawn parts must not be open: they would not be reviewed normals."""


class NoPromise(ExpectedError):
    """These parts cannot carry a promise, however many they are; the sentence says why."""

    code = "no-promise"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A limit with a promise.

    Attributes:
        tolerance: The limit and what is promised of false calls.
        point: What the limit does to all reviewed parts.
    """

    tolerance: ToleranceLimit
    point: WorkingPoint


def suggest(sample: ScoreSample, false_calls: float = 0.01, confidence: float = 0.95) -> Suggestion:
    """Return the lowest limit of which "false calls at most p, with confidence c" holds.

    False calls count once, drawn good parts for as many as they stand for; parts that are
    not decided yet count as good, which can only make the promise safer.

    Args:
        sample: Reviewed parts.
        false_calls: Share p of the good parts, between 0 and 1.
        confidence: Confidence c, above 0.5, below 1.

    Raises:
        TooFewNormals: Says how many more are needed.
        NoPromise: There is no random sample, or too much of it is not reviewed.
    """
    if not sample.good.is_known_below:
        raise NoPromise(
            tr(
                "No OK part was drawn for review, so there is no random sample of good parts; "
                "set a share of OK parts to draw in the recipe."
            )
        )
    if sample.drawn_open > MOST_OPEN * max(1, sample.normals.drawn.size):
        raise NoPromise(
            tr(
                "{open} of the drawn OK parts are not decided yet; review them first, a promise "
                "needs reviewed parts."
            ).format(open=sample.drawn_open)
        )
    tolerance = promised_limit(sample.normals, false_calls, confidence)
    return Suggestion(tolerance, working_point(sample, tolerance.limit, None, confidence))
