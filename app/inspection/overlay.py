"""A judged part as pictures for people and for other programs: overlay and mask."""

from __future__ import annotations

import numpy as np

from app.camera.frame import Image
from app.inspection.explaining import note_of, noted
from app.inspection.judgement import Inspection
from app.inspection.preview import Preview, preview
from model.opencv import cv2

_CONTOUR_BGR = (0, 94, 213)  # vermilion of the colour-blind-safe Okabe-Ito palette
_STRENGTH = 0.75


def overlay_picture(inspection: Inspection) -> Image:
    """Return the source picture with heat on the absolute scale and a line around each region.

    A typical normal part comes back unchanged. Below a heatmap that explains instead of
    measuring stands a strip that says so.

    Returns:
        (H, W, 3) uint8 BGR at source size, higher by the strip where there is one.

    Raises:
        ValueError: The inspection has no picture.
    """
    shown = _whole(inspection)
    heat = shown.heat
    colours = cv2.applyColorMap(heat, cv2.COLORMAP_CIVIDIS)  # (H, W, 3) BGR
    share = (heat.astype(np.float32) * (_STRENGTH / 255))[:, :, None]  # (H, W, 1)
    blended = np.rint(shown.image * (1 - share) + colours * share).astype(np.uint8)
    width = max(2, round(max(heat.shape) / 400))
    for contour in shown.contours:
        cv2.polylines(blended, [contour], True, _CONTOUR_BGR, width, cv2.LINE_AA)
    return noted(np.asarray(blended, dtype=np.uint8), note_of(inspection.record))


def mask_picture(inspection: Inspection) -> Image:
    """Return where the anomaly map reaches the map limit.

    Returns:
        (H, W) uint8 at source size, 255 defective, 0 not.

    Raises:
        ValueError: The inspection has no picture.
    """
    shown = _whole(inspection)
    mask = np.zeros(shown.heat.shape, np.uint8)
    prediction, limits = inspection.prediction, inspection.record.limits
    if prediction is not None and limits is not None:
        x, y = (inspection.record.region_of_interest or (0, 0, 0, 0))[:2]
        height, width = prediction.anomaly_map.shape
        hot = prediction.anomaly_map >= limits.map_limit
        mask[y : y + height, x : x + width][hot] = 255
    return mask


def _whole(inspection: Inspection) -> Preview:
    shown = preview(inspection, max_side=2**31)
    if shown is None:
        raise ValueError("the inspection has no picture")
    return shown
