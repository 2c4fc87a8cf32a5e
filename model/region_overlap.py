"""Per-region overlap of anomaly maps with defect masks: AUPRO, exactly and fast.

Bergmann et al., "The MVTec Anomaly Detection Dataset" (the measure); the numbers as in the
AnomalyCLIP evaluation (spec section 9).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.opencv import cv2

Floats = npt.NDArray[np.floating[Any]]
Counts = npt.NDArray[np.int64]
_THRESHOLDS = 200
_MAX_FPR = 0.3


def aupro(masks: Sequence[npt.NDArray[Any]], maps: Sequence[Floats]) -> float:
    """Area under the per-region-overlap curve up to a false-positive rate of 0.3.

    200 thresholds between the lowest and the highest value; at each, the mean over all defect
    regions (8-connected) of the covered fraction, against the fraction of background called
    defective. Points with a rate below 0.3 are rescaled to [0, 1] by their own span and
    integrated by the trapezoid rule (spec section 9).

    Every mask is labelled once and every map sorted once; a threshold's counts are then a
    search. Map by map, so that the work stays in the processor's cache.

    Args:
        masks: (H, W) each, non-zero is defective.
        maps: (H, W) float each, higher is more anomalous.

    Returns:
        In [0, 1]; NaN without a map, a region or background, or if all values are equal.
    """
    if not maps:
        return math.nan
    lowest, highest = min(m.min() for m in maps), max(m.max() for m in maps)
    if not highest > lowest:
        return math.nan
    # in the maps' own type: the rounding of the step decides between 200 and 201 thresholds
    thresholds = np.arange(lowest, highest, (highest - lowest) / _THRESHOLDS)
    false, background = np.zeros(thresholds.size, np.int64), 0
    covered, regions = np.zeros(thresholds.size), 0
    for mask, values in zip(masks, maps, strict=True):
        truth = np.ascontiguousarray(np.asarray(mask).astype(bool))
        false += _above(values, thresholds)
        background += values.size
        if not truth.any():
            continue
        for region in _regions(truth, values):
            above = _above(region, thresholds)
            false -= above
            background -= region.size
            covered += above / region.size
            regions += 1
    if not regions or not background:
        return math.nan
    return _area(false / background, covered / regions)


def _area(rate: npt.NDArray[np.float64], overlap: npt.NDArray[np.float64]) -> float:
    kept = rate < _MAX_FPR
    rate, overlap = rate[kept], overlap[kept]
    if rate.size < 2 or not np.ptp(rate) > 0:
        return math.nan
    return float(abs(np.trapezoid(overlap, (rate - rate.min()) / np.ptp(rate))))


def _above(values: Floats, thresholds: Floats) -> Counts:
    """Return how many values lie strictly above each threshold."""
    ordered = np.sort(values, axis=None)
    return ordered.size - np.searchsorted(ordered, thresholds, "right").astype(np.int64)


def _regions(truth: npt.NDArray[np.bool_], values: Floats) -> list[Floats]:
    """Return the values inside each connected region of a mask."""
    _, found = cv2.connectedComponents(truth.view(np.uint8), connectivity=8)
    inside = np.flatnonzero(truth)
    labels = np.asarray(found).ravel()[inside]
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels)[1:])[:-1]
    return np.split(np.ascontiguousarray(values).ravel()[inside][order], ends)
