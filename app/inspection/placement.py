"""Finds a part that may have shifted and turned, by one anchor of the reference picture."""

from __future__ import annotations

import base64
import math

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from app.errors import RecipeError
from app.i18n import tr
from app.inspection.anchor_search import Method, search
from app.inspection.recipe_parts import Anchor
from app.inspection.record import Placement
from model.opencv import cv2

__all__ = ["Matrix", "Placement", "anchor_from", "find", "to_frame"]

Matrix = npt.NDArray[np.float64]

_LEAST_DEVIATION = 4.0
"""Grey values; an anchor with less shows nothing that could be found again."""

_TRIALS = (
    (0.8, 0.5, -0.8, 0.85),
    (-0.6, 0.8, 0.8, 1.1),
    (0.1, -0.9, 0.4, 1.0),
    (-0.9, -0.2, -0.3, 0.95),
)
"""Shares of the reach and of the largest turn, and how bright the picture is."""

_TRIAL_NOISE = 3.0
_TRIAL_TURN_DEG = 5.0
_SAME = 0.98
"""An anchor that still correlates like this when turned does not show the turn."""

_MOST_SHIFT_ERROR_PX = 1.5
_MOST_TURN_ERROR_DEG = 0.5


def find(image: Image, anchor: Anchor) -> Placement | None:
    """Return where a part lies, None if the anchor is not found well enough or in two places.

    Args:
        image: (H, W, 3) uint8 BGR, the frame.
        anchor: What to look for, and how far.

    Raises:
        RecipeError: The picture of the anchor is damaged.
    """
    found = search(image, anchor)
    if found is None or not found.match >= anchor.least_match:
        return None
    # what is settled to parts of a pixel may end a little beyond what was searched
    if max(abs(found.dx), abs(found.dy)) > 1.02 * anchor.reach_px + 1:
        return None
    if abs(found.turn) > anchor.max_turn_deg + _MOST_TURN_ERROR_DEG:
        return None
    return Placement(*(round(float(value), 4) for value in found))


def to_frame(placement: Placement, anchor: Anchor) -> Matrix:
    """Return the map from the reference picture to the frame.

    Args:
        placement: Where the part lies.
        anchor: What it was found by.

    Returns:
        (2, 3) float64 for column vectors (x, y, 1); both pictures count pixel middles from 0.
    """
    x, y, width, height = anchor.box
    middle = np.array([x + (width - 1) / 2, y + (height - 1) / 2])
    angle = math.radians(placement.turn_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    shift = middle + np.array([placement.dx_px, placement.dy_px]) - turn @ middle
    return np.column_stack([turn, shift])


def anchor_from(
    reference: Image, box: tuple[int, int, int, int], method: Method = "template"
) -> Anchor:
    """Return the anchor that a box of the reference picture makes, tried on that picture.

    An anchor that does not show how a part is turned (a round hole) gets a `max_turn_deg` of 0.

    Args:
        reference: (H, W, 3) uint8 BGR.
        box: (x, y, width, height) pixels, within the picture.
        method: "template" or "edge".

    Raises:
        RecipeError: The box is too small or lies outside, or what it shows cannot be found
            again surely.
    """
    x, y, width, height = box
    rows, columns = reference.shape[:2]
    if min(width, height) < 8 or min(x, y) < 0 or x + width > columns or y + height > rows:
        raise RecipeError(
            tr("The mark must lie inside the picture and be at least 8 pixels on each side.")
        )
    grey = cv2.cvtColor(reference[y : y + height, x : x + width], cv2.COLOR_BGR2GRAY)
    if float(grey.std()) < _LEAST_DEVIATION:
        raise RecipeError(
            tr("The mark shows nothing that can be found again; draw it around an edge.")
        )
    _, data = cv2.imencode(".png", grey)
    picture = base64.b64encode(data.tobytes()).decode("ascii")
    anchor = Anchor(method=method, box=box, picture=picture)
    upright = anchor.model_copy(update={"max_turn_deg": 0.0})
    around, corner = _around(reference, anchor)
    trials = [one.model_copy(update={"box": (*corner, width, height)}) for one in (anchor, upright)]
    if not _looks_the_same_turned(around, trials[1]) and _is_found_again(around, trials[0]):
        return anchor
    if _is_found_again(around, trials[1]):
        return upright
    raise RecipeError(
        tr("The mark cannot be found again surely; draw it larger, around something unique.")
    )


def _around(reference: Image, anchor: Anchor) -> tuple[Image, tuple[int, int]]:
    """Return as much of the reference picture as trials need, and the anchor's corner in it."""
    x, y, width, height = anchor.box
    margin = 2 * anchor.reach_px + math.ceil(math.hypot(width, height) / 2)
    x0, y0 = max(0, x - margin), max(0, y - margin)
    return reference[y0 : y + height + margin, x0 : x + width + margin], (x - x0, y - y0)


def _is_found_again(reference: Image, anchor: Anchor) -> bool:
    """Return whether the anchor is found in the reference picture wherever that is moved to."""
    noise = np.random.default_rng(0).standard_normal(reference.shape, np.float32) * _TRIAL_NOISE
    size = (reference.shape[1], reference.shape[0])
    for across, down, turn, light in _TRIALS:
        dx, dy = _within(anchor, size, across * anchor.reach_px, down * anchor.reach_px)
        true = Placement(dx, dy, turn * anchor.max_turn_deg, 1.0)
        moved = cv2.warpAffine(
            reference, to_frame(true, anchor), size, borderMode=cv2.BORDER_REPLICATE
        )
        seen = np.clip(moved * np.float32(light) + noise, 0, 255).astype(np.uint8)
        found = find(seen, anchor)
        if found is None or abs(found.turn_deg - true.turn_deg) > _MOST_TURN_ERROR_DEG:
            return False
        if math.hypot(found.dx_px - dx, found.dy_px - dy) > _MOST_SHIFT_ERROR_PX:
            return False
    return True


def _looks_the_same_turned(reference: Image, upright: Anchor) -> bool:
    size, turned = (reference.shape[1], reference.shape[0]), Placement(0, 0, _TRIAL_TURN_DEG, 1)
    seen = cv2.warpAffine(
        reference, to_frame(turned, upright), size, borderMode=cv2.BORDER_REPLICATE
    )
    found = search(np.asarray(seen, np.uint8), upright)
    return found is not None and found.match > _SAME


def _within(anchor: Anchor, size: tuple[int, int], dx: float, dy: float) -> tuple[float, float]:
    """Return a shift that leaves the anchor in the picture."""
    x, y, width, height = anchor.box
    return (
        min(max(dx, -x), size[0] - x - width),
        min(max(dy, -y), size[1] - y - height),
    )
