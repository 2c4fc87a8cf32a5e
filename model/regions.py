"""Defect regions: the connected areas of an anomaly map at or above the map limit."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from model.errors import ModelError
from model.opencv import cv2
from model.types import FloatMap, Region

_Integers = npt.NDArray[np.int32]

MAX_REGIONS = 256
_SIMPLIFY_PX = 1.0


def find_regions(
    anomaly_map: FloatMap, map_limit: float, min_area_px: float = 0
) -> tuple[Region, ...]:
    """Return the regions of a map, largest first.

    Args:
        anomaly_map: (H, W) float32, raw unit, at the size of the source image.
        map_limit: Pixels with value >= map_limit belong to a region (8-connected).
        min_area_px: Smaller regions are left out, source pixels.

    Returns:
        At most the 256 largest regions; outer contours simplified to one pixel.

    Raises:
        ModelError: The limit is not finite.
    """
    if not math.isfinite(map_limit):
        raise ModelError("The map limit is not a number; calibrate the checkpoint or set a limit.")
    mask = (anomaly_map >= np.float32(map_limit)).view(np.uint8)
    if cv2.countNonZero(mask) == 0:
        return ()
    _, found_labels, found_stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    labels, stats = np.asarray(found_labels, np.int32), np.asarray(found_stats, np.int32)
    areas = stats[:, cv2.CC_STAT_AREA]
    order = [int(label) for label in np.argsort(-areas, kind="stable") if label != 0]
    chosen = _first(order, areas, min_area_px)
    return tuple(_region(label, labels, stats[label], anomaly_map) for label in chosen)


def _first(order: Iterable[int], areas: _Integers, min_area_px: float) -> list[int]:
    return [label for label in order if areas[label] >= min_area_px][:MAX_REGIONS]


def _region(label: int, labels: _Integers, stats: _Integers, values: FloatMap) -> Region:
    x, y, width, height, area = (int(value) for value in stats)
    inside = labels[y : y + height, x : x + width] == label
    contours, _ = cv2.findContours(
        inside.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y)
    )
    contour = max(contours, key=len)
    if len(contour) > 8:
        contour = cv2.approxPolyDP(contour, _SIMPLIFY_PX, True)
    # (points, 1, 2) -> (points, 2)
    points = contour.reshape(-1, 2).tolist()
    peak = float(values[y : y + height, x : x + width][inside].max())
    polygon = tuple((int(px), int(py)) for px, py in points)
    return Region(polygon, float(area), peak, (x, y, x + width, y + height))
