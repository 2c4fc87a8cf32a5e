"""Per-region overlap of anomaly maps with defect masks: AUPRO, exactly and fast.

Bergmann et al., "The MVTec Anomaly Detection Dataset" (the measure); the numbers as in the
AnomalyCLIP evaluation (spec section 9).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
    thresholds = thresholds_of(maps)
    if not thresholds.size:
        return math.nan
    parts = [counted(mask, values, thresholds) for mask, values in zip(masks, maps, strict=True)]
    background = sum(one.background for one in parts)
    regions = sum(one.regions for one in parts)
    if not regions or not background:
        return math.nan
    false = np.sum([one.false for one in parts], axis=0)
    covered = np.sum([one.covered for one in parts], axis=0)
    return overlap_area(false / background, covered / regions)


@dataclass(frozen=True, slots=True, eq=False)
class RegionCounts:
    """What AUPRO needs of one picture.

    Attributes:
        false: (T,) good pixels above each threshold.
        background: Good pixels.
        covered: (T,) covered fractions added up over the defects.
        regions: Defects, 8-connected.
    """

    false: Counts
    background: int
    covered: npt.NDArray[np.float64]
    regions: int


def thresholds_of(maps: Sequence[Floats]) -> Floats:
    """Return the thresholds between the lowest and the highest value of all maps.

    Empty if there is no map or all values are equal.
    """
    if not maps:
        return np.empty(0)
    lowest, highest = min(m.min() for m in maps), max(m.max() for m in maps)
    if not highest > lowest:
        return np.empty(0)
    # in the maps' own type: the rounding of the step decides between 200 and 201 thresholds
    return np.arange(lowest, highest, (highest - lowest) / _THRESHOLDS)


def counted(mask: npt.NDArray[Any], values: Floats, thresholds: Floats) -> RegionCounts:
    """Return the counts of one picture.

    Args:
        mask: (H, W), non-zero is defective.
        values: (H, W) float, higher is more anomalous.
        thresholds: (T,) of `thresholds_of`.
    """
    truth = np.ascontiguousarray(np.asarray(mask).astype(bool))
    false, background = _above(values, thresholds), values.size
    covered, regions = np.zeros(thresholds.size), 0
    for region in _regions(truth, values) if truth.any() else ():
        above = _above(region, thresholds)
        false -= above
        background -= region.size
        covered += above / region.size
        regions += 1
    return RegionCounts(false, background, covered, regions)


def overlap_area(rate: npt.NDArray[np.float64], overlap: npt.NDArray[np.float64]) -> float:
    """Return AUPRO of the points of its curve; NaN if they do not span a range.

    Args:
        rate: (T,) share of the good pixels above each threshold.
        overlap: (T,) mean covered fraction of the defects.
    """
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
