"""What a picture says of camera, light and position, measured on a reduced copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from app.inspection.record import Optics
from model.opencv import cv2

Plane = npt.NDArray[np.float32]

_SIDE = 640
"""Longer side of the copy that focus and brightness are measured on, pixels."""

_SMALL_SIDE = 320
"""The same for colour and position, which need no detail."""

_BORDER = 8
"""Width of the border that shows the ground, pixels of the smaller copy."""

_LEAST_CONTRAST = 12
"""A part differs from the ground by this much at least (CIELAB, 8 bit, sum of the channels)."""


def measure(image: Image) -> Optics:
    """Return the optics of a picture; about 1 ms for 1280x1024.

    The picture is reduced by a whole factor first, mean of the pixels: that averages the
    sensor's noise, which would drown the loss of detail of a lens that goes out of focus.

    Args:
        image: (H, W, 3) uint8 BGR, the region of interest.

    Returns:
        Shifts are in pixels of `image` from its middle; 0 if no part stands out from the ground.

    Raises:
        cv2.error, ValueError: `image` is not a picture.
    """
    reduced, _ = _reduced(image, _SIDE)
    grey = cv2.cvtColor(reduced, cv2.COLOR_BGR2GRAY)
    # Laplacians of 8-bit pictures lie within +-2040
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    small, _ = _reduced(reduced, _SMALL_SIDE)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    _, a, b, _ = cv2.mean(lab)
    across, down = _place(lab)
    height, width = image.shape[:2]
    return Optics(
        brightness=float(cv2.mean(grey)[0]),
        sharpness=float(deviation[0, 0]) ** 2,
        shift_x=across * width,
        shift_y=down * height,
        colour_a=a - 128,
        colour_b=b - 128,
    )


def _reduced(image: Any, side: int) -> tuple[Any, int]:
    """Return the picture reduced by a whole factor until it fits `side`, and the factor.

    A whole factor is ten times faster than any other and treats all pixels alike.
    """
    height, width = image.shape[:2]
    factor = max(1, min(-(-max(height, width) // side), height, width))
    if factor == 1:
        return image, 1
    size = (width // factor, height // factor)
    whole = image[: size[1] * factor, : size[0] * factor]
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA), factor


def _place(lab: Any) -> tuple[float, float]:
    """Return where the part lies, as shares of width and height from the middle.

    The part is what differs from the ground by more than three quarters of Otsu's threshold
    (Otsu, 1979). Its place is the middle of its outline: of the 5 % and 95 % quantiles of its
    pixels, which neither its inside nor a speck elsewhere moves.
    """
    away = _distance_from_ground(lab.astype(np.float32))
    bytes_ = cv2.convertScaleAbs(away)
    threshold, _ = cv2.threshold(bytes_, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    if threshold < _LEAST_CONTRAST:
        return 0.0, 0.0
    _, part = cv2.threshold(away, 0.75 * threshold, 1.0, cv2.THRESH_BINARY)
    columns = cv2.reduce(part, 0, cv2.REDUCE_SUM).ravel()
    rows = cv2.reduce(part, 1, cv2.REDUCE_SUM).ravel()
    if not columns.any():
        return 0.0, 0.0
    return _middle(columns), _middle(rows)


def _distance_from_ground(lab: Plane) -> Plane:
    """Return how far each pixel is from what its surroundings look like without the part.

    Args:
        lab: (h, w, 3) float32.

    Returns:
        (h, w) float32: the least of the distances to the median of the whole border, to the
        two ends of the pixel's row and to those of its column, so that rails and shelves that
        cross the picture are ground as well.
    """
    depth = max(1, min(_BORDER, *(side // 4 for side in lab.shape[:2])))
    sides = (lab[:, :depth], lab[:, -depth:], lab[:depth], lab[-depth:])
    border = np.concatenate([side.reshape(-1, 3) for side in sides])
    left, right, top, bottom = (
        side.mean(axis, keepdims=True) for side, axis in zip(sides, (1, 1, 0, 0), strict=True)
    )
    # (3,), (h, 1, 3), (1, w, 3): each is ground for the whole picture
    grounds = (np.median(border, axis=0), (left + right) / 2, (top + bottom) / 2)
    ones = np.ones((1, 3), np.float32)
    distances = [cv2.transform(np.abs(lab - ground), ones) for ground in grounds]
    return np.minimum(np.minimum(distances[0], distances[1]), distances[2])


def _middle(weights: npt.NDArray[Any]) -> float:
    """Return the middle of the 5 % and 95 % quantiles, as a share from the middle."""
    total = np.concatenate(([0.0], np.cumsum(weights, dtype=np.float64)))
    low, high = np.interp((0.05 * total[-1], 0.95 * total[-1]), total, np.arange(len(total)))
    return float((low + high) / 2 / len(weights) - 0.5)
