"""What a picture says of camera, light and position, measured on a reduced copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from app.inspection.record import Optics
from model.opencv import cv2

_SIDE = 640
"""Longer side of the copy that focus and brightness are measured on, pixels."""

_SMALL_SIDE = 320
"""The same for colour and position, which need no detail."""

_LEAST_CONTRAST = 12.0
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

    The ground is the median colour of the border; the part is what differs from it by more
    than Otsu's threshold (Otsu, 1979). Its marginal medians move with it pixel by pixel and
    are not moved by specks elsewhere.
    """
    ground = np.median(_border(lab), axis=0)
    away = cv2.absdiff(lab, (float(ground[0]), float(ground[1]), float(ground[2]), 0.0))
    away = cv2.transform(away, np.ones((1, 3), np.float32))
    threshold, part = cv2.threshold(away, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    columns = cv2.reduce(part, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32F).ravel()
    rows = cv2.reduce(part, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F).ravel()
    if threshold < _LEAST_CONTRAST or columns.sum() == 0:
        return 0.0, 0.0
    return _median_place(columns), _median_place(rows)


def _border(lab: Any) -> npt.NDArray[np.uint8]:
    """Return the pixels of the outermost rows and columns, (N, 3)."""
    return np.concatenate((lab[0], lab[-1], lab[:, 0], lab[:, -1]))


def _median_place(weights: npt.NDArray[np.float32]) -> float:
    """Return where half of the weights lie on either side, as a share from the middle."""
    total = np.concatenate(([0.0], np.cumsum(weights, dtype=np.float64)))
    # the median may be an interval where the part has a gap: its middle
    half = total[-1] / 2
    left = int(np.searchsorted(total, half, side="left"))
    right = int(np.searchsorted(total, half, side="right"))
    if left < right:
        edge = (left + right - 1) / 2
    else:
        edge = left - 1 + (half - total[left - 1]) / (total[left] - total[left - 1])
    return float(edge / len(weights) - 0.5)
