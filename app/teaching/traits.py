"""What a picture of a good part is like: focus, light, place, look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from app.inspection.cutting import Cutting
from app.inspection.optics import measure
from model.opencv import cv2

Look = npt.NDArray[np.float32]

LOOK_SIDE = 48
"""Side of the small grey copy by which pictures are compared, pixels."""

_FOCUS_SIDE = 640
_BLUR = (5, 5)


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """Of one picture.

    Attributes:
        brightness: Mean grey value of what is judged, 0..255.
        focus: How much detail a slight blur would take away, 0..1, of the least sharp piece;
            falls with every blur, hardly with what is seen.
        shift_x: Place of the part, pixels of the frame to the right.
        shift_y: Place of the part, pixels of the frame downwards.
        turn_deg: Turn of the part, degrees; 0 without an anchor.
        colour_a: Mean of CIELAB a*, -128..127.
        colour_b: Mean of CIELAB b*, -128..127.
        look: (LOOK_SIDE, LOOK_SIDE) float32, the whole frame in grey without its mean.
        noise: Deviation that the sensor's noise alone gives `look`, grey values.
    """

    brightness: float
    focus: float
    shift_x: float
    shift_y: float
    turn_deg: float
    colour_a: float
    colour_b: float
    look: Look
    noise: float

    def distance(self, other: Traits) -> float:
        """Return how differently two pictures look, grey values (root mean square)."""
        return float(np.sqrt(np.mean((self.look - other.look) ** 2)))


def traits_of(image: Image, cutting: Cutting) -> Traits:
    """Return the traits of a picture; some milliseconds for 1280x1024.

    Args:
        image: (H, W, 3) uint8 BGR, the whole frame: a part that was exchanged never lies
            exactly as the one before, even if it looks the same once it is in place.
        cutting: Its pieces, with the placement if there is an anchor.
    """
    largest = max(cutting.pieces, key=lambda piece: piece.picture.size)
    optics = measure(largest.picture)
    weights = [piece.picture.size for piece in cutting.pieces]
    means = [piece.picture.mean() for piece in cutting.pieces]
    place = cutting.placement
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return Traits(
        brightness=float(np.average(means, weights=weights)),
        focus=min(focus_of(piece.picture) for piece in cutting.pieces),
        shift_x=optics.shift_x if place is None else place.dx_px,
        shift_y=optics.shift_y if place is None else place.dy_px,
        turn_deg=0.0 if place is None else place.turn_deg,
        colour_a=optics.colour_a,
        colour_b=optics.colour_b,
        look=_look(grey),
        noise=_noise(grey),
    )


def focus_of(picture: Image) -> float:
    """Return how much detail a slight blur takes away: little if it is blurred already.

    Other than the variance of the Laplacian it hardly depends on what is seen.

    Args:
        picture: (H, W, 3) uint8 BGR.

    Returns:
        0 (blurred or empty) to 1.

    Source: Crete, Dolmiere, Ladret, Nicolas (2007), The blur effect: perception and estimation
    with a new no-reference perceptual blur metric, section 2; here 1 minus their measure.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    factor = max(1, min(-(-max(height, width) // _FOCUS_SIDE), height, width))
    if factor > 1:
        size = (width // factor, height // factor)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    sharp = grey.astype(np.float32)
    blurred = cv2.blur(sharp, _BLUR)
    return min(_lost(sharp, blurred, axis) for axis in (0, 1))


def _lost(sharp: Any, blurred: Any, axis: int) -> float:
    steps, left = np.abs(np.diff(sharp, axis=axis)), np.abs(np.diff(blurred, axis=axis))
    total = float(steps.sum())
    return float(np.maximum(0, steps - left).sum()) / total if total > 0 else 0.0


def _look(grey: Any) -> Look:
    size = (LOOK_SIDE, LOOK_SIDE)
    small = cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small - small.mean(), np.float32)


def _noise(grey: Any) -> float:
    """Return the deviation of a cell of `look` by noise: a robust estimate on the frame.

    The Laplacian mask of Immerkaer (1996), Fast noise variance estimation, sees hardly any
    edges; the median keeps what it does see out.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    found = np.abs(cv2.filter2D(grey.astype(np.float32), -1, mask))
    per_pixel = float(np.median(found)) / (6 * 0.6745)
    cell = max(1.0, grey.size / LOOK_SIDE**2)
    return float(per_pixel / cell**0.5)
