"""A judged part at screen size: picture, heat on the absolute scale, contours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from app.inspection.judgement import Inspection
from app.inspection.placement import to_frame
from app.inspection.recipe_parts import Polygon
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Limits
from model.opencv import cv2
from model.types import FloatMap

Contour = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What the window paints of one part.

    Attributes:
        record: The record that belongs to the picture.
        image: (h, w, 3) uint8 BGR, read-only.
        heat: (h, w) uint8, read-only: 0 = typical normal or less, 255 = the map limit or more,
            the same for every part of a recipe. 0 everywhere without prediction or limits.
        contours: One (n, 2) int32 array of (x, y) preview pixels per region, largest first.
        scale: Preview pixels per source pixel, at most 1.
        judged: Outlines of the recipe's regions where this part has them, as `contours`; empty
            for recipes that judge one box.
        excluded: The same of what is not judged.
    """

    record: InspectionRecord
    image: Image
    heat: Image
    contours: tuple[Contour, ...]
    scale: float
    judged: tuple[Contour, ...] = ()
    excluded: tuple[Contour, ...] = ()


def preview(inspection: Inspection, max_side: int) -> Preview | None:
    """Return the preview with a longer side of at most `max_side` pixels.

    None if there is no picture to show: the source delivered none or it is not an image.
    """
    frame = inspection.frame
    if frame is None or frame.image.ndim != 3 or frame.image.size == 0:
        return None
    height, width = frame.image.shape[:2]
    scale = min(1.0, max_side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    heat = np.zeros((size[1], size[0]), np.uint8)
    limits, prediction = inspection.record.limits, inspection.prediction
    if prediction is not None and limits is not None and limits.are_valid:
        _place(heat, prediction.anomaly_map, limits, inspection.record.region_of_interest, scale)
    heat.setflags(write=False)
    contours = (region.polygon for region in inspection.record.decision.regions)
    recipe = inspection.recipe
    return Preview(
        inspection.record,
        _shrunk(frame.image, size),
        heat,
        tuple(_contour(np.asarray(polygon, np.float64), scale) for polygon in contours),
        scale,
        _outlines([region.polygon for region in recipe.regions], inspection, scale),
        _outlines(recipe.exclusions, inspection, scale),
    )


def pyramid(image: Image, least_side: int) -> tuple[Image, ...]:
    """Return a picture and its halves, averaged, so that no fine line falls between pixels.

    Args:
        image: (H, W, 3) uint8.
        least_side: The last one's longer side is about this, pixels.

    Returns:
        The picture itself first, then half of it, and so on; all read-only.
    """
    levels = [image]
    while max(levels[-1].shape[:2]) >= 2 * least_side:
        height, width = levels[-1].shape[:2]
        levels.append(_shrunk(levels[-1], (max(1, width // 2), max(1, height // 2))))
    return tuple(levels)


def heat_of(anomaly_map: FloatMap, limits: Limits) -> Image:
    """Return an anomaly map on the absolute scale.

    Args:
        anomaly_map: (H, W) float32, raw unit, finite.
        limits: Valid limits; `map_typical` becomes 0, `map_limit` 255.

    Returns:
        (H, W) uint8, saturated at both ends.
    """
    factor = 255 / (limits.map_limit - limits.map_typical)
    scaled: FloatMap = (anomaly_map - np.float32(limits.map_typical)) * np.float32(factor)
    return np.clip(scaled, 0, 255).astype(np.uint8)


def _place(
    heat: Image,
    anomaly_map: FloatMap,
    limits: Limits,
    region: tuple[int, int, int, int] | None,
    scale: float,
) -> None:
    """Write the heat of the region of interest into the heat of the whole preview."""
    x, y = (region or (0, 0, 0, 0))[:2]
    height, width = anomaly_map.shape
    left, top = round(x * scale), round(y * scale)
    right = min(heat.shape[1], max(left + 1, round((x + width) * scale)))
    bottom = min(heat.shape[0], max(top + 1, round((y + height) * scale)))
    if right > left and bottom > top:
        size = (right - left, bottom - top)
        small = cv2.resize(anomaly_map, size, interpolation=cv2.INTER_AREA)
        heat[top:bottom, left:right] = heat_of(small.astype(np.float32, copy=False), limits)


def _shrunk(image: Image, size: tuple[int, int]) -> Image:
    if size == (image.shape[1], image.shape[0]):
        return image
    shrunk = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    shrunk.setflags(write=False)
    return shrunk


def _outlines(
    polygons: Sequence[Polygon], inspection: Inspection, scale: float
) -> tuple[Contour, ...]:
    """Return polygons of the reference picture as this part has them; none if it was not found."""
    anchor, placement = inspection.recipe.anchor, inspection.record.placement
    if anchor is not None and placement is None:
        return ()
    # edges of pixels count from 0 there, middles of pixels here
    found = [np.asarray(polygon, np.float64) - 0.5 for polygon in polygons]
    if anchor is not None and placement is not None:
        matrix = to_frame(placement, anchor)
        found = [points @ matrix[:, :2].T + matrix[:, 2] for points in found]
    return tuple(_contour(points, scale) for points in found)


def _contour(polygon: npt.NDArray[np.float64], scale: float) -> Contour:
    points = polygon.reshape(-1, 2)  # (n, 2) x, y
    # Pixel centres: source pixel i covers [i, i + 1), its centre maps with an offset of a half.
    contour = np.rint((points + 0.5) * scale - 0.5).astype(np.int32)
    contour.setflags(write=False)
    return contour
