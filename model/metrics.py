"""How well scores and maps tell defective from good: pure functions on arrays.

Definitions as in the AnomalyCLIP evaluation (spec section 9). A number that is not defined
(one class only, a constant map) is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.region_overlap import aupro

Floats = npt.NDArray[np.floating[Any]]
Points = npt.NDArray[np.float64]

__all__ = [
    "Outcome",
    "aupro",
    "auroc",
    "average_precision",
    "f1_max",
    "outcome",
    "pixel_auroc",
    "precision_recall",
    "roc",
]


def auroc(labels: npt.NDArray[Any], scores: Floats) -> float:
    """Area under the ROC curve.

    The probability that a positive scores higher than a negative, ties counting half.

    Args:
        labels: (N,) 0 or 1 (bool or integers).
        scores: (N,) float, higher is more anomalous.
    """
    positive = np.asarray(labels).astype(bool).ravel()
    values = np.asarray(scores).ravel()
    negatives, positives = values[~positive], values[positive]
    # in place: the pixels of a data set fill gigabytes. The positives too, since neighbouring
    # searches then touch the same memory
    negatives.sort()
    positives.sort()
    if not negatives.size or not positives.size:
        return math.nan
    below = np.searchsorted(negatives, positives, "left").sum(dtype=np.float64)
    not_above = np.searchsorted(negatives, positives, "right").sum(dtype=np.float64)
    return float((below + not_above) / 2 / negatives.size / positives.size)


def average_precision(labels: npt.NDArray[Any], scores: Floats) -> float:
    """Average precision: the sum of precision times gain in recall, no interpolation.

    Args:
        labels: (N,) 0 or 1.
        scores: (N,) float, higher is more anomalous.
    """
    precision, recall, _ = precision_recall(labels, scores)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision)) if recall.size else math.nan


def f1_max(labels: npt.NDArray[Any], scores: Floats) -> tuple[float, float]:
    """Return the highest F1 over all limits and the limit that reaches it.

    The limit lies midway between the lowest score called defective and the highest score below
    it, so that it does not sit on an image.

    Args:
        labels: (N,) 0 or 1.
        scores: (N,) float; score >= limit counts as defective.
    """
    precision, recall, steps = precision_recall(labels, scores)
    if not recall.size:
        return math.nan, math.nan
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    best = int(np.argmax(f1))
    below = steps[best + 1] if best + 1 < steps.size else steps[best]
    return float(f1[best]), float((float(steps[best]) + float(below)) / 2)


def precision_recall(labels: npt.NDArray[Any], scores: Floats) -> tuple[Points, Points, Points]:
    """Return the points of the precision-recall curve.

    Args:
        labels: (N,) 0 or 1.
        scores: (N,) float; score >= limit counts as defective.

    Returns:
        Precision, recall and the limit, one each per distinct score, highest limit first;
        empty if one class only is there.
    """
    positive = np.asarray(labels).astype(bool).ravel()
    values = np.asarray(scores, np.float64).ravel()
    if not positive.any() or positive.all():
        nothing = np.empty(0)
        return nothing, nothing, nothing
    order = np.argsort(-values, kind="stable")
    values = values[order]
    hits = np.cumsum(positive[order], dtype=np.float64)
    last = np.append(np.flatnonzero(np.diff(values)), values.size - 1)
    return hits[last] / (last + 1), hits[last] / hits[-1], values[last]


def roc(labels: npt.NDArray[Any], scores: Floats) -> tuple[Points, Points, Points]:
    """Return the points of the ROC curve.

    Args:
        labels: (N,) 0 or 1.
        scores: (N,) float; score >= limit counts as defective.

    Returns:
        False-positive rate, true-positive rate and the limit: (0, 0) at infinity first, then one
        point per distinct score, highest limit first; empty if one class only is there.
    """
    positive = np.asarray(labels).astype(bool).ravel()
    values = np.asarray(scores, np.float64).ravel()
    if not positive.any() or positive.all():
        nothing = np.empty(0)
        return nothing, nothing, nothing
    limits = np.unique(values)[::-1]
    false, hits = _above(values[~positive], limits), _above(values[positive], limits)
    return np.append(0.0, false), np.append(0.0, hits), np.append(np.inf, limits)


def _above(values: Points, limits: Points) -> Points:
    """Return the share of the values at or above each limit."""
    below = np.searchsorted(np.sort(values), limits, "left")
    return np.asarray(1 - below / values.size, np.float64)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fixed limit does; NaN where 0 is divided by 0.

    Attributes:
        false_calls: Good images at or above the limit.
        escapes: Defective images below it.
        precision: Share of the called images that are defective; NaN if none is called.
        recall: Share of the defective images that are called; NaN without any.
        f1: Harmonic mean of the two; 0 if nothing defective is called, NaN without any.
    """

    false_calls: int
    escapes: int
    precision: float
    recall: float
    f1: float


def outcome(labels: npt.NDArray[Any], scores: Floats, limit: float) -> Outcome:
    """Return what the limit does.

    Args:
        labels: (N,) 0 or 1.
        scores: (N,) float; score >= limit counts as defective.
        limit: Finite.
    """
    positive = np.asarray(labels).astype(bool).ravel()
    called = np.asarray(scores, np.float64).ravel() >= limit
    hits = int(np.count_nonzero(called & positive))
    false, escapes = int(called.sum()) - hits, int(positive.sum()) - hits
    return Outcome(
        false_calls=false,
        escapes=escapes,
        precision=hits / (hits + false) if hits + false else math.nan,
        recall=hits / (hits + escapes) if hits + escapes else math.nan,
        f1=2 * hits / (2 * hits + false + escapes) if hits + escapes else math.nan,
    )


def pixel_auroc(masks: Sequence[npt.NDArray[Any]], maps: Sequence[Floats]) -> float:
    """AUROC over all pixels of all images; masks and maps are (H, W) of pairwise equal size."""
    if not maps:
        return math.nan
    truth = np.concatenate([np.asarray(mask).astype(bool).ravel() for mask in masks])
    return auroc(truth, np.concatenate([np.asarray(values).ravel() for values in maps]))
