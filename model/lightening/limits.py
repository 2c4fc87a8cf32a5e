"""The limits of a lighter detector: those of the original, moved as the values have moved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.calibration import Sighting
from model.types import Calibration

_LEAST_SPAN = 1e-3
_NEAR_SHARE = 1 / 3
_NEAR_LEAST = 10


@dataclass(frozen=True, slots=True)
class Moved:
    """Limits and how far they have moved.

    Attributes:
        calibration: Of the lighter detector.
        score: How far the image limit has moved, raw unit.
        map: How far the map limit has moved, raw unit.
        pictures: How many pictures say so.
    """

    calibration: Calibration
    score: float
    map: float
    pictures: int

    def to_text(self) -> str:
        """Return one line for people."""
        return (
            f"limits moved by {self.score:+.3g} (image) and {self.map:+.3g} (map): the median "
            f"change of the {self.pictures} pictures nearest to the limit"
        )


def moved(calibration: Calibration, before: Sequence[Sighting], after: Sequence[Sighting]) -> Moved:
    """Return the limits of a lighter detector.

    The same pictures judged by both say by how much its values have changed where the limits lie:
    those move by the median change of the third of the pictures that is nearest to the image
    limit, so that these are judged as before. What is below the limit says it of typical values.
    No label is looked at.

    Args:
        calibration: Of the original; stays as it is where it has no limits.
        before: What the original said of pictures that it has not learned from. On others a
            memory bank is right at what it remembers, and changes there more than anywhere.
        after: What the lighter one said of the same pictures.

    Raises:
        ValueError: The two are not as many, there is none, or a value is not finite.
    """
    if not before or len(before) != len(after):
        raise ValueError(f"{len(before)} and {len(after)} pictures cannot be compared")
    if not calibration.is_usable:
        return Moved(calibration, 0.0, 0.0, 0)
    one, two = (np.array([(s.score, s.high, s.peak) for s in part]) for part in (before, after))
    change = two - one
    if not np.isfinite(change).all():
        raise ValueError("the lighter detector's values are not finite")
    count = min(len(one), max(_NEAR_LEAST, math.ceil(_NEAR_SHARE * len(one))))
    near = np.argsort(np.abs(one[:, 0] - calibration.limit), kind="stable")[:count]
    below = one[:, 0] < calibration.limit
    usual = np.median(change[below] if below.any() else change[near], axis=0)
    score, _, peak = (float(value) for value in np.median(change[near], axis=0))
    typical = calibration.typical + float(usual[0])
    map_typical = calibration.map_typical + float(usual[1])
    made = replace(
        calibration,
        typical=typical,
        limit=max(calibration.limit + score, typical + _LEAST_SPAN),
        map_typical=map_typical,
        map_limit=max(calibration.map_limit + peak, map_typical + _LEAST_SPAN),
        method=f"{calibration.method}; moved by {score:+.3g} with the lighter network",
    )
    return Moved(
        made, made.limit - calibration.limit, made.map_limit - calibration.map_limit, count
    )
