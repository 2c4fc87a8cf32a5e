"""How well scores and maps tell defective from good: pure functions on arrays.

Definitions as in the AnomalyCLIP evaluation (spec section 9). A number that is not defined
(one class only, a constant map) is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.opencv import cv2

Floats = npt.NDArray[np.floating[Any]]
_THRESHOLDS = 200
_MAX_FPR = 0.3


def auroc(labels: npt.NDArray[Any], scores: Floats) -> float:
    """Area under the ROC curve.

    The probability that a positive scores higher than a negative, ties counting half.

    Args:
        labels: (N,) 0 or 1 (bool or integers).
        scores: (N,) float, higher is more anomalous.
    """
    positive = np.asarray(labels).astype(bool).ravel()
    values = np.asarray(scores).ravel()
    negatives = np.sort(values[~positive])
    positives = values[positive]
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
    precision, recall, _ = _precision_recall(labels, scores)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision)) if recall.size else math.nan


def f1_max(labels: npt.NDArray[Any], scores: Floats) -> tuple[float, float]:
    """Return the highest F1 over all limits and the limit that reaches it.

    The limit lies midway between the lowest score called defective and the highest score below
    it, so that it does not sit on an image.

    Args:
        labels: (N,) 0 or 1.
        scores: (N,) float; score >= limit counts as defective.
    """
    precision, recall, steps = _precision_recall(labels, scores)
    if not recall.size:
        return math.nan, math.nan
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    best = int(np.argmax(f1))
    below = steps[best + 1] if best + 1 < steps.size else steps[best]
    return float(f1[best]), float((float(steps[best]) + float(below)) / 2)


def _precision_recall(
    labels: npt.NDArray[Any], scores: Floats
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return precision, recall and score per distinct score, highest first; empty if undefined."""
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


def pixel_auroc(masks: Sequence[npt.NDArray[Any]], maps: Sequence[Floats]) -> float:
    """AUROC over all pixels of all images; masks and maps are (H, W) of pairwise equal size."""
    if not maps:
        return math.nan
    truth = np.concatenate([np.asarray(mask).astype(bool).ravel() for mask in masks])
    return auroc(truth, np.concatenate([np.asarray(values).ravel() for values in maps]))


def aupro(masks: Sequence[npt.NDArray[Any]], maps: Sequence[Floats]) -> float:
    """Area under the per-region-overlap curve up to a false-positive rate of 0.3.

    200 thresholds between the lowest and the highest value; at each, the mean over all defect
    regions (8-connected) of the covered fraction, against the fraction of background called
    defective. Points with a rate below 0.3 are rescaled to [0, 1] by their own span and
    integrated by the trapezoid rule (spec section 9). Regions are labelled once, coverage is
    counted on sorted values.

    Args:
        masks: (H, W) each, non-zero is defective.
        maps: (H, W) float each, higher is more anomalous.
    """
    if not maps:
        return math.nan
    lowest, highest = min(m.min() for m in maps), max(m.max() for m in maps)
    if not highest > lowest:
        return math.nan
    # in the maps' own type: the rounding of the step decides between 200 and 201 thresholds
    thresholds = np.arange(lowest, highest, (highest - lowest) / _THRESHOLDS)
    regions, background = _split(masks, maps)
    if not regions or not background.size:
        return math.nan
    overlap = np.mean([_share_above(region, thresholds) for region in regions], axis=0)
    rate = _share_above(background, thresholds)
    kept = rate < _MAX_FPR
    rate, overlap = rate[kept], overlap[kept]
    if rate.size < 2 or not np.ptp(rate) > 0:
        return math.nan
    return float(abs(np.trapezoid(overlap, (rate - rate.min()) / np.ptp(rate))))


def _split(
    masks: Sequence[npt.NDArray[Any]], maps: Sequence[Floats]
) -> tuple[list[Floats], Floats]:
    """Return the sorted values of every defect region, and of the background of all images."""
    regions: list[Floats] = []
    background: list[Floats] = []
    for mask, values in zip(masks, maps, strict=True):
        truth = np.ascontiguousarray(np.asarray(mask).astype(bool))
        background.append(values[~truth])
        if not truth.any():
            continue
        _, labels = cv2.connectedComponents(truth.view(np.uint8), connectivity=8)
        order = np.argsort(labels[truth], kind="stable")
        counts = np.unique(labels[truth], return_counts=True)[1]
        parts = np.split(values[truth][order], np.cumsum(counts)[:-1])
        regions.extend(np.sort(part) for part in parts)
    return regions, np.sort(np.concatenate(background))


def _share_above(ordered: Floats, thresholds: Floats) -> npt.NDArray[np.float64]:
    """Return the fraction of the sorted values strictly above each threshold."""
    above = ordered.size - np.searchsorted(ordered, thresholds, "right")
    return np.asarray(above / ordered.size, np.float64)
