"""Finds a part that may have shifted and turned, by one anchor of the reference picture."""

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
from app.inspection.record import Placement
from model.opencv import cv2

__all__ = ["Matrix", "Placement", "anchor_from", "find", "to_frame"]

Matrix = npt.NDArray[np.float64]
Plane = npt.NDArray[np.float32]
Method = Literal["template", "edge"]

_COARSE_SIDE = 28
"""Shorter side of the anchor where the whole reach is searched, pixels."""

_FINE_SIDE = 160
"""Longer side of the anchor where the place is settled, pixels."""

_KEPT = 4
"""Places of the coarse search that are looked at more closely."""

_LEAST_DEVIATION = 4.0
"""Grey values; an anchor with less shows nothing that could be found again."""

_SAME = 0.97
"""Two places that correlate like this cannot be told apart."""

_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)


class _Pose(NamedTuple):
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
        scale: Pixels of the template per pixel of the frame.
    """

    template: Plane
    scene: Plane
    scale: float


def find(image: Image, anchor: Anchor) -> Placement | None:
    """Return where a part lies, None if the anchor is not found well enough.

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
    scene = _surroundings(image, anchor)
    found = _searched(template, scene, anchor)
    if found is None or not found.match >= anchor.least_match:
        return None
    slack = 1 + 0.02 * anchor.reach_px
    if max(abs(found.dx), abs(found.dy)) > anchor.reach_px + slack:
        return None
    if abs(found.turn) > anchor.max_turn_deg + 0.5:
        return None
    return Placement(*(round(float(value), 4) for value in found))


def anchor_from(
    reference: Image, box: tuple[int, int, int, int], method: Method = "template"
) -> Anchor:
    """Return the anchor that a box of the reference picture makes.

    An anchor that looks the same when it is turned says nothing of the turn; its
    `max_turn_deg` is then 0.

    Args:
        reference: (H, W, 3) uint8 BGR.
        box: (x, y, width, height) pixels, within the picture.
        method: "template" or "edge".

    Raises:
        RecipeError: The box is too small, lies outside, shows nothing, or what it shows can be
            seen beside it just as well.
    """
    x, y, width, height = box
    rows, columns = reference.shape[:2]
    if min(width, height) < 8 or min(x, y) < 0 or x + width > columns or y + height > rows:
        raise RecipeError(
            tr("The anchor must lie inside the picture and be at least 8 pixels on each side.")
        )
    grey = _grey(reference[y : y + height, x : x + width])
    if float(grey.std()) < _LEAST_DEVIATION:
        raise RecipeError(
            tr("The anchor shows nothing that can be found again; draw it around an edge.")
        )
    done, data = cv2.imencode(".png", grey)
    if not done:
        raise RecipeError(tr("The anchor cannot be kept; draw it anew."))
    picture = base64.b64encode(data.tobytes()).decode("ascii")
    anchor = Anchor(method=method, box=box, picture=picture)
    if _has_a_double(reference, anchor):
        raise RecipeError(
            tr("The anchor looks the same in several places; draw it around something unique.")
        )
    if _looks_the_same_turned(reference, anchor):
        anchor = anchor.model_copy(update={"max_turn_deg": 0.0})
    return anchor


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


# --- pictures ---


@lru_cache(maxsize=8)
def _template(picture: str, method: Method, width: int, height: int) -> Plane:
    try:
        data = np.frombuffer(base64.b64decode(picture, validate=True), np.uint8)
        grey = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    except (binascii.Error, ValueError, cv2.error) as error:
        raise RecipeError(tr("The anchor of the recipe is damaged; draw it anew.")) from error
    if grey is None or grey.shape != (height, width):
        raise RecipeError(tr("The anchor of the recipe is damaged; draw it anew."))
    template = _features(np.asarray(grey, np.uint8), method)
    template.setflags(write=False)
    return template


def _surroundings(image: Image, anchor: Anchor) -> Plane:
    """Return the features of the frame as far as the anchor may have come.

    The middle of what is returned is that of the anchor's box; what lies outside of the frame
    repeats its border.
    """
    x, y, width, height = anchor.box
    # turned by any angle, the anchor stays within its circumscribed circle
    reach = anchor.reach_px + 4
    if anchor.max_turn_deg:
        half = math.hypot(width, height) / 2
        reach += math.ceil(half - min(width, height) / 2)
    x0, y0, x1, y1 = x - reach, y - reach, x + width + reach, y + height + reach
    rows, columns = image.shape[:2]
    inside = image[max(0, y0) : max(0, min(rows, y1)), max(0, x0) : max(0, min(columns, x1))]
    if inside.size == 0:
        return np.zeros((y1 - y0, x1 - x0), np.float32)
    grey = cv2.copyMakeBorder(
        _grey(inside),
        max(0, -y0),
        y1 - y0 - max(0, -y0) - inside.shape[0],
        max(0, -x0),
        x1 - x0 - max(0, -x0) - inside.shape[1],
        cv2.BORDER_REPLICATE,
    )
    return _features(np.asarray(grey, np.uint8), anchor.method)


def _grey(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _features(grey: Image, method: Method) -> Plane:
    """Return grey values, or how steep they are, which light from elsewhere changes less."""
    values = grey.astype(np.float32)
    if method == "template":
        return values
    calm = cv2.GaussianBlur(values, (0, 0), 1.0)
    across = cv2.Sobel(calm, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(calm, cv2.CV_32F, 0, 1)
    return np.asarray(np.sqrt(cv2.magnitude(across, down)), np.float32)


def _reduced(plane: Plane, scale: float) -> Plane:
    if scale >= 1:
        return plane
    height, width = plane.shape
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


# --- search ---


def _searched(template: Plane, scene: Plane, anchor: Anchor) -> _Pose | None:
    """Return the best place, None if nothing correlates."""
    coarse = min(1.0, _COARSE_SIDE / min(template.shape))
    search = _Search(_reduced(template, coarse), _reduced(scene, coarse), coarse)
    found = _best_few(
        pose for turn in _turns(search, anchor.max_turn_deg) for pose in _peaks(search, turn)
    )
    fine = min(1.0, _FINE_SIDE / max(template.shape))
    if fine > coarse:
        search = _Search(_reduced(template, fine), _reduced(scene, fine), fine)
    settled = [_settled(search, pose, bool(anchor.max_turn_deg)) for pose in found]
    return max(settled, key=lambda pose: pose.match, default=None)


def _turns(search: _Search, most: float) -> list[float]:
    """Return turns in steps that move the anchor's corners by about one pixel; 0 first."""
    half = math.hypot(*search.template.shape) / 2
    count = math.ceil(most / math.degrees(1.2 / half)) if most else 0
    return (
        sorted((most * step / count for step in range(-count, count + 1)), key=abs)
        if count
        else [0.0]
    )


def _turned(search: _Search, turn: float) -> Plane:
    """Return the scene turned back by `turn` degrees about its middle."""
    if not turn:
        return search.scene
    height, width = search.scene.shape
    # cv2 counts turns against the clock; a part turned by `turn` is turned back by it
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, 1.0)
    return np.asarray(
        cv2.warpAffine(search.scene, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def _correlation(scene: Plane, template: Plane) -> Plane:
    found = cv2.matchTemplate(scene, template, cv2.TM_CCOEFF_NORMED)
    return np.nan_to_num(np.asarray(found, np.float32), posinf=0.0, neginf=0.0)


def _peaks(search: _Search, turn: float) -> list[_Pose]:
    """Return the two best places of one turn, apart from each other."""
    found = _correlation(_turned(search, turn), search.template)
    poses = []
    for _ in range(2):
        _, match, _, (column, row) = cv2.minMaxLoc(found)
        poses.append(_pose(search, turn, column, row, match))
        radius = max(1, min(search.template.shape) // 4)
        found[
            max(0, row - radius) : row + radius + 1, max(0, column - radius) : column + radius + 1
        ] = -1
    return poses


def _pose(search: _Search, turn: float, column: float, row: float, match: float) -> _Pose:
    """Return the pose of the template's corner in the scene that was turned back."""
    height, width = search.template.shape
    rows, columns = search.scene.shape
    across = column + (width - 1) / 2 - (columns - 1) / 2
    down = row + (height - 1) / 2 - (rows - 1) / 2
    angle = math.radians(turn)
    dx = across * math.cos(angle) - down * math.sin(angle)
    dy = across * math.sin(angle) + down * math.cos(angle)
    return _Pose(dx / search.scale, dy / search.scale, turn, match)


def _best_few(poses: Iterable[_Pose]) -> list[_Pose]:
    return sorted(poses, key=lambda pose: -pose.match)[:_KEPT]


def _settled(search: _Search, pose: _Pose, may_turn: bool) -> _Pose:
    """Return a pose to parts of a pixel; its match is that of the finer picture."""
    height, width = search.template.shape
    rows, columns = search.scene.shape
    start = _warp(search, pose)
    try:
        match, warp = cv2.findTransformECC(
            search.template,
            search.scene,
            start,
            cv2.MOTION_EUCLIDEAN if may_turn else cv2.MOTION_TRANSLATION,
            _STEPS,
        )
    except cv2.error:  # it does not converge: the place is no good, or not better than it was
        return _measured(search, pose)
    found = np.asarray(warp, np.float64)
    turn = math.degrees(math.atan2(found[1, 0], found[0, 0]))
    middle = found @ ((width - 1) / 2, (height - 1) / 2, 1.0)
    dx, dy = (middle - ((columns - 1) / 2, (rows - 1) / 2)) / search.scale
    better = _measured(search, _Pose(float(dx), float(dy), turn, float(match)))
    return better


def _warp(search: _Search, pose: _Pose) -> Plane:
    """Return the (2, 3) float32 map from the template to the scene."""
    height, width = search.template.shape
    rows, columns = search.scene.shape
    angle = math.radians(pose.turn)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    to = np.array(
        [(columns - 1) / 2 + pose.dx * search.scale, (rows - 1) / 2 + pose.dy * search.scale]
    )
    shift = to - turn @ ((width - 1) / 2, (height - 1) / 2)
    return np.column_stack([turn, shift]).astype(np.float32)


def _measured(search: _Search, pose: _Pose) -> _Pose:
    """Return the pose with its own correlation, measured on the whole template."""
    height, width = search.template.shape
    seen = cv2.warpAffine(
        search.scene,
        _warp(search, pose),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return pose._replace(
        match=float(_correlation(np.asarray(seen, np.float32), search.template)[0, 0])
    )


# --- what an anchor is good for ---


def _has_a_double(reference: Image, anchor: Anchor) -> bool:
    template = _template(anchor.picture, anchor.method, anchor.box[2], anchor.box[3])
    scale = min(1.0, _COARSE_SIDE / min(template.shape))
    scene = _surroundings(reference, anchor.model_copy(update={"max_turn_deg": 0.0}))
    search = _Search(_reduced(template, scale), _reduced(scene, scale), scale)
    first, second = _peaks(search, 0.0)
    return second.match > _SAME * first.match


def _looks_the_same_turned(reference: Image, anchor: Anchor) -> bool:
    template = _template(anchor.picture, anchor.method, anchor.box[2], anchor.box[3])
    scale = min(1.0, _FINE_SIDE / max(template.shape))
    scene = _surroundings(reference, anchor)
    search = _Search(_reduced(template, scale), _reduced(scene, scale), scale)
    turned = (_measured(search, _Pose(0, 0, turn, 0)) for turn in (-5.0, 5.0))
    return min(pose.match for pose in turned) > _SAME
