"""Limits of a checkpoint, from normal images alone or with defective ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from model.metrics import f1_max
from model.types import Calibration, FloatMap, Prediction

FALSE_CALLS = 0.02
_HIGH_QUANTILE = 0.99
_PEAK_QUANTILE = 0.9999
_LARGEST_FACTOR = 6.0
_WINSOR_SPREADS = 4.0
_MAD_TO_SPREAD = 1.4826
_SMALLEST_SPAN = 1e-3


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a detector said of one normal image that it had not learned from.

    Attributes:
        score: Image score, raw unit.
        high: 0.99 quantile of the map: where the colour scale of normal parts begins.
        peak: 0.9999 quantile of the map: as high as a normal part reaches.
    """

    score: float
    high: float
    peak: float

    @classmethod
    def of(cls, score: float, anomaly_map: FloatMap) -> Sighting:
        """Summarise a score and its (H, W) float32 map."""
        high, peak = np.quantile(anomaly_map, (_HIGH_QUANTILE, _PEAK_QUANTILE))
        return cls(float(score), float(high), float(peak))


def calibrate(
    normal: Sequence[Sighting], defective_scores: Sequence[float] = (), method: str = ""
) -> Calibration:
    """Return the limits.

    With normal images alone the limits lie where about one normal in fifty would be
    called defective, see `upper_limit`. With defective images the image limit is the one of
    the best F1, midway between the two nearest scores.

    Args:
        normal: At least one; scored without having been learned from.
        defective_scores: Image scores of defective images.
        method: How the normal images were scored, in words.

    Raises:
        ValueError: No normal image.
    """
    if not normal:
        raise ValueError("calibration needs at least one normal image")
    scores = np.array([one.score for one in normal])
    peaks = np.array([one.peak for one in normal])
    limit = upper_limit(scores)
    how = f"limit for {FALSE_CALLS:.0%} false calls"
    if len(defective_scores) > 0:
        labels = np.repeat([0, 1], [len(scores), len(defective_scores)])
        limit = f1_max(labels, np.concatenate([scores, defective_scores]))[1]
        how = "limit of the best F1"
    typical = float(np.median(scores))
    map_typical = float(np.median([one.high for one in normal]))
    return Calibration(
        typical=typical,
        limit=max(limit, typical + _SMALLEST_SPAN),
        map_typical=map_typical,
        map_limit=max(upper_limit(peaks), map_typical + _SMALLEST_SPAN),
        n_normal=len(normal),
        n_defective=len(defective_scores),
        method="; ".join(part for part in (method, how) if part),
    )


def of_predictions(
    normal: Sequence[Prediction], defective: Sequence[Prediction] = (), method: str = ""
) -> Calibration:
    """Return the limits from predictions of images that the detector has not learned from.

    Raises:
        ValueError: No normal image.
    """
    sightings = [Sighting.of(one.score, one.anomaly_map) for one in normal]
    return calibrate(sightings, [one.score for one in defective], method)


def upper_limit(values: npt.ArrayLike, false_calls: float = FALSE_CALLS) -> float:
    """Return the value that the next normal image exceeds with probability `false_calls`.

    One-sided prediction bound of Student's distribution, which widens by itself when there are
    few values, but by at most six spreads; never below the observed quantile. The spread is
    taken after values beyond four robust spreads were drawn in, so that one defective
    image among the normal ones does not open the limit for all.

    Args:
        values: (n,) at least one. A single value has no spread: a twentieth of its size
            stands in for it.
        false_calls: Accepted share of false calls, in (0, 0.5).
    """
    given = np.asarray(values, np.float64)
    centre = float(np.median(given))
    reach = _WINSOR_SPREADS * _MAD_TO_SPREAD * float(np.median(np.abs(given - centre)))
    drawn_in = np.clip(given, centre - reach, centre + reach) if len(given) > 4 else given
    count = len(given)
    if count < 2:
        return centre + _LARGEST_FACTOR * max(_SMALLEST_SPAN, abs(centre) * 0.05)
    factor = float(student.ppf(1 - false_calls, count - 1)) * (1 + 1 / count) ** 0.5
    # scores lean to the high side: what lies above the median says more of the upper tail
    above = drawn_in[drawn_in > centre] - centre
    upper = float(np.sqrt(np.mean(above**2))) if len(above) else 0.0
    spread = max(float(drawn_in.std(ddof=1)), upper)
    bound = centre + min(factor, _LARGEST_FACTOR) * spread
    return float(max(bound, np.quantile(drawn_in, 1 - false_calls)))
