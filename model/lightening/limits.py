"""The limits of a lighter detector: those of the original, moved as the values have moved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.calibration import Sighting
from model.types import Calibration, Prediction

_LEAST_SPAN = 1e-3


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
            f"limits moved by {self.score:+.3g} (image) and {self.map:+.3g} (map), the median "
            f"change on {self.pictures} pictures"
        )


def moved(
    calibration: Calibration, original: Sequence[Prediction], lighter: Sequence[Prediction]
) -> Moved:
    """Return the limits of a lighter detector.

    The same pictures judged by both say by how much its values are higher or lower on the
    whole; limits and typical values move by the median of it. They are not found anew: the
    pictures may be those that the detector has learned from, on which limits would be too low.

    Args:
        calibration: Of the original; stays as it is where it has no limits.
        original: Predictions of pictures of the product.
        lighter: Of the same pictures.

    Raises:
        ValueError: The two are not as many, or there is none.
    """
    if not original or len(original) != len(lighter):
        raise ValueError(f"{len(original)} and {len(lighter)} predictions cannot be compared")
    pairs = [
        (Sighting.of(one.score, one.anomaly_map), Sighting.of(two.score, two.anomaly_map))
        for one, two in zip(original, lighter, strict=True)
    ]
    score = float(np.median([two.score - one.score for one, two in pairs]))
    high = float(np.median([two.high - one.high for one, two in pairs]))
    peak = float(np.median([two.peak - one.peak for one, two in pairs]))
    if not calibration.is_usable:
        return Moved(calibration, 0.0, 0.0, len(pairs))
    typical = calibration.map_typical + high
    made = replace(
        calibration,
        typical=calibration.typical + score,
        limit=calibration.limit + score,
        map_typical=typical,
        map_limit=max(calibration.map_limit + peak, typical + _LEAST_SPAN),
        method=f"{calibration.method}; moved by {score:+.3g} with the lighter network",
    )
    if not math.isfinite(made.limit + made.map_limit):
        raise ValueError("the lighter detector's values are not finite")
    return Moved(made, score, peak, len(pairs))
