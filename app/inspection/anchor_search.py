"""Looks for an anchor in a frame: coarsely everywhere, then to parts of a pixel."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from app.errors import RecipeError
from app.i18n import tr
from app.inspection.recipe_parts import Anchor
from model.opencv import cv2

Plane = npt.NDArray[np.float32]
Method = Literal["template", "edge"]

_COARSE_SIDE = 28
"""Shorter side of the anchor where the whole reach is searched, pixels."""

_FINE_SIDE = 160
"""Longer side of the anchor where the place is settled, pixels."""

_STEP_PX = 1.2
"""Farthest that a corner of the coarse anchor moves from one turn to the next, pixels."""

_KEPT = 4
"""Places of the coarse search that are looked at more closely."""

_WORTH_SETTLING = 0.8
"""A place that correlates with less of the best one before will not come near it after."""

_RIVAL = 0.98
"""A second place that correlates with this share of the best one leaves the part unplaced."""

_OTHER_TURN_DEG = 30.0
"""Turns that differ by less are two estimates of one pose."""

_SLACK_PX = 12
"""How far a place moves while it is settled, pixels, at most."""

_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-5)


class Pose(NamedTuple):
    """Shift of the anchor's middle, pixels of the frame, its turn, degrees, and the match."""

    dx: float
    dy: float
    turn: float
    match: float


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """The surroundings of the anchor in a frame at one scale.

    Attributes:
        template: (h, w) float32, the anchor.
        scene: (H, W) float32, the frame around its place; its middle is the anchor's.
        scale: Pixels of the template per pixel of the frame, across and down.
    """

    template: Plane
    scene: Plane
    scale: float

    def reduced(self, side: float) -> _Search:
        """Return it smaller, by `side` anchor pixels per anchor pixel; never larger."""
        scale = min(1.0, side)
        return _Search(_reduced(self.template, scale), _reduced(self.scene, scale), scale)


def search(image: Image, anchor: Anchor) -> Pose | None:
    """Return the best pose of an anchor, None if there is none or a rival as good.

    The whole reach is searched on a reduced picture, turned in steps, by normalised
    correlation (Lewis, 1995); the best places are then settled to parts of a pixel by
    maximising the enhanced correlation coefficient (Evangelidis and Psarakis, 2008).

    Args:
        image: (H, W, 3) uint8 BGR, the frame.
        anchor: What to look for, and how far.

    Raises:
        RecipeError: The picture of the anchor is damaged.
    """
    template = _template(anchor.picture, anchor.method, anchor.box[2], anchor.box[3])
    whole = _Search(template, _surroundings(image, anchor), 1.0)
    coarse = whole.reduced(_COARSE_SIDE / min(template.shape))
    apart = min(template.shape) / 4
    turns = _turns(coarse, anchor.max_turn_deg)
    found = _best_few((pose for turn in turns for pose in _peaks(coarse, turn)), apart)
    fine = whole.reduced(_FINE_SIDE / max(template.shape))
    near = [_measured(fine, pose) for pose in found]
    least = _WORTH_SETTLING * max((pose.match for pose in near), default=0.0)
    may_turn = bool(anchor.max_turn_deg)
    settled = [_settled(fine, pose, may_turn) for pose in near if pose.match >= least]
    settled.sort(key=lambda pose: -pose.match)
    if not settled or any(
        _are_apart(settled[0], rival, apart) and rival.match > _RIVAL * settled[0].match
        for rival in settled[1:]
    ):
        return None
    return settled[0]


# --- pictures ---


@lru_cache(maxsize=8)
def _template(picture: str, method: Method, width: int, height: int) -> Plane:
    try:
        data = np.frombuffer(base64.b64decode(picture, validate=True), np.uint8)
        grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    except (binascii.Error, ValueError, cv2.error) as error:
        raise RecipeError(tr("The mark of the recipe is damaged; draw it anew.")) from error
    if grey is None or grey.shape != (height, width):
        raise RecipeError(tr("The mark of the recipe is damaged; draw it anew."))
    template = _features(np.asarray(grey, np.uint8), method)
    template.setflags(write=False)
    return template


def _surroundings(image: Image, anchor: Anchor) -> Plane:
    """Return the features of the frame as far as the anchor may have come.

    The middle of what is returned is that of the anchor's box; what lies outside of the frame
    repeats its border.
    """
    x, y, width, height = anchor.box
    rows, columns = image.shape[:2]
    # turned by any angle, the anchor stays within its circumscribed circle
    spare = 4 + math.ceil((math.hypot(width, height) - min(width, height)) / 2)
    # beyond the frame there is nothing to be found
    across = min(anchor.reach_px, max(x, columns - x - width, 0)) + spare
    down = min(anchor.reach_px, max(y, rows - y - height, 0)) + spare
    x0, y0, x1, y1 = x - across, y - down, x + width + across, y + height + down
    top, left = max(0, -y0), max(0, -x0)
    inside = image[max(0, y0) : max(0, min(rows, y1)), max(0, x0) : max(0, min(columns, x1))]
    if inside.size == 0:
        return np.zeros((y1 - y0, x1 - x0), np.float32)
    bottom, right = y1 - y0 - top - inside.shape[0], x1 - x0 - left - inside.shape[1]
    grey = cv2.cvtColor(inside, cv2.COLOR_BGR2GRAY)
    grey = cv2.copyMakeBorder(grey, top, bottom, left, right, cv2.BORDER_REPLICATE)
    return _features(np.asarray(grey, np.uint8), anchor.method)


def _features(grey: Image, method: Method) -> Plane:
    """Return grey values, or how steep they are, which light from elsewhere changes less."""
    values = grey.astype(np.float32)
    if method == "template":
        return values
    calm = cv2.GaussianBlur(values, (0, 0), 1.5)
    across = cv2.Sobel(calm, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(calm, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _reduced(plane: Plane, scale: float) -> Plane:
    if scale >= 1:
        return plane
    # about the middle, by exactly this scale: the middle of the scene stays that of the anchor
    height, width = plane.shape
    size = (max(4, math.ceil(width * scale)), max(4, math.ceil(height * scale)))
    smooth = cv2.GaussianBlur(plane, (0, 0), 0.4 / scale)
    matrix = np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]])
    matrix[:, 2] = [
        (width - 1) / 2 - (size[0] - 1) / 2 / scale,
        (height - 1) / 2 - (size[1] - 1) / 2 / scale,
    ]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    small = cv2.warpAffine(smooth, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(small, np.float32)


# --- search ---


def _turns(search: _Search, most: float) -> list[float]:
    """Return turns in steps that move the anchor's corners by about one pixel."""
    if not most:
        return [0.0]
    step = math.degrees(_STEP_PX / (math.hypot(*search.template.shape) / 2))
    count = math.ceil(most / step)
    return [most * number / count for number in range(-count, count + 1)]


def _turned_back(search: _Search, turn: float) -> Plane:
    """Return the scene turned back by `turn` degrees about its middle."""
    if not turn:
        return search.scene
    height, width = search.scene.shape
    # cv2 counts turns against the clock, poses with it
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, 1.0)
    size, border = (width, height), cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(search.scene, matrix, size, borderMode=border), np.float32)


def _correlation(scene: Plane, template: Plane) -> Plane:
    found = np.asarray(cv2.matchTemplate(scene, template, cv2.TM_CCOEFF_NORMED), np.float32)
    # without any contrast the coefficient is no number, or 1 by convention
    return np.where(np.isfinite(found) & (np.abs(found) <= 1.001), found, np.float32(-1))


def _peaks(search: _Search, turn: float) -> list[Pose]:
    """Return the two best places of one turn, apart from each other."""
    found = _correlation(_turned_back(search, turn), search.template)
    radius = max(1, round(min(search.template.shape) / 4))
    poses = []
    for _ in range(2):
        _, match, _, (column, row) = cv2.minMaxLoc(found)
        poses.append(_pose(search, turn, column, row, match))
        rows = slice(max(0, row - radius), row + radius + 1)
        found[rows, max(0, column - radius) : column + radius + 1] = -1
    return poses


def _pose(search: _Search, turn: float, column: int, row: int, match: float) -> Pose:
    """Return the pose of the template's corner in the scene that was turned back."""
    height, width = search.template.shape
    rows, columns = search.scene.shape
    across = column + (width - 1) / 2 - (columns - 1) / 2
    down = row + (height - 1) / 2 - (rows - 1) / 2
    dx, dy = _rotation(turn) @ (across, down) / search.scale
    return Pose(float(dx), float(dy), turn, match)


def _best_few(poses: Iterable[Pose], apart: float) -> list[Pose]:
    """Return the best poses, those that are apart from each other first."""
    ordered = sorted(poses, key=lambda pose: -pose.match)
    chosen: list[Pose] = []
    for pose in ordered:
        if all(_are_apart(pose, other, apart) for other in chosen):
            chosen.append(pose)
        if len(chosen) == _KEPT:
            break
    return chosen


def _are_apart(one: Pose, other: Pose, distance: float) -> bool:
    turn = abs((one.turn - other.turn + 180) % 360 - 180)
    return math.hypot(one.dx - other.dx, one.dy - other.dy) > distance or turn > _OTHER_TURN_DEG


def _settled(search: _Search, pose: Pose, may_turn: bool) -> Pose:
    """Return a pose to parts of a pixel, unless that is no better."""
    height, width = search.template.shape
    # turned upright first: OpenCV's search loses its way beyond a quarter turn
    upright = _warp(search, pose).astype(np.float64)
    upright[:, 2] -= upright[:, :2] @ (_SLACK_PX, _SLACK_PX)
    size = (width + 2 * _SLACK_PX, height + 2 * _SLACK_PX)
    scene = _seen(search.scene, upright, size)
    start = np.array([[1, 0, _SLACK_PX], [0, 1, _SLACK_PX]], np.float32)
    motion = cv2.MOTION_EUCLIDEAN if may_turn else cv2.MOTION_TRANSLATION
    try:
        _, found = cv2.findTransformECC(search.template, scene, start, motion, _STEPS)
    except cv2.error:  # it does not converge: the place is no good
        return pose
    matrix = np.asarray(found, np.float64)
    rows, columns = search.scene.shape
    middle = upright @ (*(matrix @ ((width - 1) / 2, (height - 1) / 2, 1.0)), 1.0)
    dx, dy = (middle - ((columns - 1) / 2, (rows - 1) / 2)) / search.scale
    turn = pose.turn + math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))
    turn = (turn + 180) % 360 - 180
    better = _measured(search, Pose(float(dx), float(dy), turn, 0.0))
    return better if better.match >= pose.match else pose


def _seen(scene: Plane, matrix: npt.NDArray[np.floating], size: tuple[int, int]) -> Plane:
    """Return the scene as (height, width) of `size`, whose pixels `matrix` maps to the scene."""
    flags, border = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(scene, matrix, size, flags=flags, borderMode=border))


def _rotation(turn: float) -> npt.NDArray[np.float64]:
    angle = math.radians(turn)
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _warp(search: _Search, pose: Pose) -> Plane:
    """Return the (2, 3) float32 map from the template to the scene."""
    height, width = search.template.shape
    rows, columns = search.scene.shape
    turn = _rotation(pose.turn)
    middle = np.array([(columns - 1) / 2, (rows - 1) / 2])
    to = middle + np.array([pose.dx, pose.dy]) * search.scale
    shift = to - turn @ ((width - 1) / 2, (height - 1) / 2)
    return np.column_stack([turn, shift]).astype(np.float32)


def _measured(search: _Search, pose: Pose) -> Pose:
    """Return the pose with its own correlation, measured on the whole template."""
    height, width = search.template.shape
    seen = _seen(search.scene, _warp(search, pose), (width, height))
    match = _correlation(seen, search.template)
    return pose._replace(match=float(match[0, 0]))
