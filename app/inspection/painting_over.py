"""Paints over what is not judged, so that it is neither seen nor looks odd beside the rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from model.opencv import cv2

_SIDE = 48
"""Longer side of the copy that is filled, pixels: only its colours matter, not its detail."""

_KNOWN = 64
"""A pixel of that copy is known if a quarter of it is judged, of 255."""


def painted_over(picture: Image, judged: npt.NDArray[np.bool_]) -> Image:
    """Return a picture whose other pixels continue the colours of the judged ones.

    A flat patch of any colour is itself a defect to a model that has not learned it. What is
    painted depends on the judged pixels alone (Telea, 2004, on a reduced copy).

    Args:
        picture: (H, W, 3) uint8 BGR; left as it is.
        judged: (H, W) bool, not empty.
    """
    height, width = judged.shape
    mask = np.ascontiguousarray(judged).view(np.uint8)
    factor = max(1.0, max(height, width) / _SIDE)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    # black elsewhere, so that nothing of what is not judged can shine through
    shown = cv2.copyTo(picture, mask, np.zeros_like(picture))
    share = np.asarray(cv2.resize(mask * 255, size, interpolation=cv2.INTER_AREA), np.float32)
    known = share >= _KNOWN
    if not known.any():
        mean = np.rint(cv2.mean(picture, mask)[:3]).astype(np.uint8)
        return np.asarray(cv2.copyTo(picture, mask, np.full_like(picture, mean)), np.uint8)
    sums = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.float32)
    means = np.where(known[:, :, None], sums * 255 / np.maximum(share, 1)[:, :, None], 0)
    small = np.clip(np.rint(means), 0, 255).astype(np.uint8)
    unknown = np.ascontiguousarray(~known).view(np.uint8)
    filled = cv2.inpaint(small, unknown, 2, cv2.INPAINT_TELEA) if unknown.any() else small
    paint = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.copyTo(picture, mask, paint), np.uint8)
