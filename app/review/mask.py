"""Defect masks: outlines of a person or of the machine, and the pixels that they mean.

An outline is a closed line through the middles of pixels; its own pixels belong to the defect.
Where outlines lie inside each other they count by turns (even-odd rule), so an outline within
another one is a hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.inspection.record import InspectionRecord
from app.inspection.review import Polygon
from model.opencv import cv2

Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]

# Just enough to take the steps out of a slanting line of pixels, which lie 0.71 apart.
TOLERANCE = 0.75
_FEW_POINTS = 8


def raster(
    outlines: Iterable[Polygon], height: int, width: int, corner: Sequence[int] = (0, 0)
) -> Mask:
    """Return the pixels that outlines mean.

    Args:
        outlines: (x, y) pixels; what lies outside is cut off.
        height: Rows of the result.
        width: Columns of the result.
        corner: (x, y) of the result's first pixel; further numbers are of no account.

    Returns:
        (height, width) bool, True where the part is defective.
    """
    pixels = np.zeros((height, width), np.uint8)
    shift = np.array(corner[:2], np.int32)
    found = [np.array(one, np.int32).reshape(-1, 1, 2) - shift for one in outlines if one]
    if found:
        cv2.fillPoly(pixels, found, 1)
    return pixels.astype(np.bool_)


def outlines_of(mask: Mask, corner: tuple[int, int] = (0, 0)) -> tuple[Polygon, ...]:
    """Return outlines that `raster` turns back into the same pixels, outer ones and holes.

    Args:
        mask: (H, W) bool.
        corner: (x, y) of its first pixel.
    """
    pixels = np.ascontiguousarray(mask).view(np.uint8)
    found, _ = cv2.findContours(pixels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=corner)
    return tuple(_polygon(np.asarray(contour)) for contour in found)


def simplified(outlines: Iterable[Polygon], tolerance: float = TOLERANCE) -> tuple[Polygon, ...]:
    """Return the outlines with fewer points (Douglas and Peucker, 1973).

    Args:
        outlines: (x, y) pixels; small ones stay as they are.
        tolerance: How far a line may move, pixels.
    """
    return tuple(_simplified(one, tolerance) for one in outlines)


def machine_outlines(record: InspectionRecord) -> tuple[Polygon, ...]:
    """Return the areas that the machine found defective, pixels of the whole frame."""
    return tuple(region.polygon for region in record.decision.regions if region.polygon)


def box_of(outline: Polygon) -> Box:
    """Return (x0, y0, x1, y1), x1 and y1 exclusive, of an outline with at least one point."""
    x, y = zip(*outline, strict=True)
    return min(x), min(y), max(x) + 1, max(y) + 1


def _simplified(outline: Polygon, tolerance: float) -> Polygon:
    if len(outline) <= _FEW_POINTS:
        return outline
    points = np.array(outline, np.int32).reshape(-1, 1, 2)
    fewer = _polygon(cv2.approxPolyDP(points, tolerance, True))
    return fewer if len(fewer) > 2 else outline


def _polygon(contour: npt.NDArray[Any]) -> Polygon:
    # (points, 1, 2) -> (points, 2)
    return tuple((int(x), int(y)) for x, y in contour.reshape(-1, 2).tolist())
