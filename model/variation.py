"""How a good part may look the next time: changed and turned copies of a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from model.images import Picture
from model.opencv import cv2

_TURN_DEGREES = 2.0
_SHIFT_SHARE = 0.015
_GAIN = 0.06
_TINT = 0.02


def changed(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a copy a little turned, shifted, brighter or darker and tinted.

    Standard deviations: 2 degrees, 1.5 % of the side, 6 % of the brightness, 2 % a channel: what
    a nest, a conveyor and a lamp leave to chance. What comes in at the border is mirrored.

    Args:
        picture: (H, W, 3) uint8 BGR.
        rng: Draws the change.
    """
    return changed_by(picture, rng)[0]


def changed_by(
    picture: Picture, rng: np.random.Generator
) -> tuple[Picture, npt.NDArray[np.float64]]:
    """Return what `changed` does, and the (2, 3) matrix from places (x, y) to the copy's."""
    height, width = picture.shape[:2]
    turn = float(rng.normal(0, _TURN_DEGREES))
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0))
    shift = rng.normal(0, _SHIFT_SHARE, 2) * np.array([width, height])
    matrix = matrix + np.column_stack([np.zeros((2, 2)), shift])
    moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    gain = rng.normal(1, _GAIN) * rng.normal(1, _TINT, 3)
    return np.asarray(np.clip(np.asarray(moved) * gain, 0, 255), np.uint8), matrix


def turned(picture: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Return the eight ways of laying a picture down: quarter turns, plain and mirrored."""
    quarters = [np.rot90(picture, turns) for turns in range(4)]
    both = [*quarters, *(np.fliplr(quarter) for quarter in quarters)]
    return [np.ascontiguousarray(one) for one in both]
