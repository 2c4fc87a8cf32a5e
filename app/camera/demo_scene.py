"""The picture of the demo line: a part on a belt, lit and photographed.

Everything costly is drawn once; a frame is one warp, one blend, one multiplication by the
light and two saturated additions of noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.camera.demo_defects import Canvas
from app.camera.demo_part import DemoPart, demo_part
from app.camera.frame import Image
from model.opencv import cv2

NOISE_MARGIN = 64


@dataclass(frozen=True, slots=True)
class Pose:
    """How one part lies and how it is lit; all of a frame except its defect and noise.

    Attributes:
        shift: Of the centre, pixels, x and y.
        angle: Rotation, degrees.
        gain: Of the light, per colour channel.
        tilt: Of the light, relative difference across the picture, x and y.
    """

    shift: tuple[float, float]
    angle: float
    gain: tuple[float, float, float]
    tilt: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all frames of one size share: belt, part and noise planes.

    Attributes:
        belt: (H, 2W, 3) uint8 BGR, periodic in x with period W.
        part: The clean part.
        brighter: (H+64, W+64, 3) uint8, positive half of the noise.
        darker: The negative half.
    """

    belt: Image
    part: DemoPart
    brighter: Image
    darker: Image


@lru_cache(maxsize=2)
def stage(width: int, height: int) -> Stage:
    """Draw what all frames of one size share."""
    rng = np.random.default_rng(77)
    part = demo_part(max(16, round(400 * min(width / 1280, height / 1024))))
    shape = (height + NOISE_MARGIN, width + NOISE_MARGIN, 3)
    noise = np.rint(rng.standard_normal(shape, np.float32) * 2.6)
    return Stage(
        belt=_belt(rng, width, height),
        part=part,
        brighter=np.clip(noise, 0, 255).astype(np.uint8),
        darker=np.clip(-noise, 0, 255).astype(np.uint8),
    )


def _belt(rng: np.random.Generator, width: int, height: int) -> Image:
    """A dark rubber belt between two steel rails, twice its period wide."""
    scale = height / 1024
    # three periods side by side, of which the middle one has no seams
    rough = np.tile(rng.standard_normal((height, width), np.float32), (1, 3))
    middle = np.s_[:, width : 2 * width]
    weave = cv2.GaussianBlur(rough, (0, 0), 1.4 * scale + 0.3)[middle]
    wear = cv2.GaussianBlur(rough, (0, 0), 40 * scale)[middle]
    grey = 47 + 3.4 * weave / weave.std() + 2.2 * wear / wear.std()
    rail = max(2, round(34 * scale))
    steel = 96 + 46 * np.sin(np.linspace(0.25, 2.9, rail, dtype=np.float32))[:, None]
    gap = max(1, round(7 * scale))
    for rows, dark in (
        (np.s_[:rail], np.s_[rail : rail + gap]),
        (np.s_[-rail:], np.s_[-rail - gap : -rail]),
    ):
        grey[rows] = steel + rng.standard_normal((rail, 1)) * 3
        grey[dark] *= 0.45
    colour = grey[:, :, None] * np.array([1.02, 1.0, 0.94])  # (H, W) -> (H, W, 1) * (3,)
    return np.tile(np.clip(np.rint(colour), 0, 255).astype(np.uint8), (1, 2, 1))


def draw_pose(rng: np.random.Generator, scale: float) -> Pose:
    """Draw how a part lies in its nest and is lit; `scale` is picture size over 1280x1024."""
    shift = rng.uniform(-12, 12, 2) * scale
    angle = float(rng.uniform(-2.5, 2.5))
    gain = rng.uniform(0.94, 1.06) * (1 + rng.uniform(-0.012, 0.012, 3))
    tilt = rng.uniform(-0.06, 0.06, 2)
    return Pose(
        (float(shift[0]), float(shift[1])),
        angle,
        (float(gain[0]), float(gain[1]), float(gain[2])),
        (float(tilt[0]), float(tilt[1])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Landing:
    """Where the part's canvas lands: an affine map into the window `rows`, `columns`."""

    matrix: npt.NDArray[np.float64]
    rows: slice
    columns: slice


def landing(part: DemoPart, pose: Pose, width: int, height: int) -> Landing:
    """Rotate about the axis and put the axis where the pose says, inside the picture."""
    side = part.alpha.shape[0]
    centre_x = (width - 1) / 2 + pose.shift[0]
    centre_y = (height - 1) / 2 + pose.shift[1]
    left, top = max(0, int(centre_x - side / 2)), max(0, int(centre_y - side / 2))
    turn = cv2.getRotationMatrix2D((part.centre, part.centre), pose.angle, 1.0)
    matrix = np.asarray(turn, np.float64)
    matrix[:, 2] += np.array([centre_x - left, centre_y - top]) - part.centre
    return Landing(
        matrix, slice(top, min(height, top + side)), slice(left, min(width, left + side))
    )


def place(image: Image, body: Canvas, shadow: Image, warp: Landing) -> None:
    """Blend the part and its shadow into the picture, in place."""
    window = image[warp.rows, warp.columns]
    size = (window.shape[1], window.shape[0])
    colour = cv2.warpAffine(body.colour, warp.matrix, size, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(body.alpha, warp.matrix, size)
    shade = cv2.warpAffine(shadow, warp.matrix, size, borderValue=255)
    behind = cv2.multiply(shade, cv2.bitwise_not(alpha), scale=1 / 255)
    ground = cv2.multiply(window, cv2.merge([behind, behind, behind]), scale=1 / 255)
    front = cv2.multiply(colour, cv2.merge([alpha, alpha, alpha]), scale=1 / 255)
    cv2.add(ground, front, dst=window)


def light(image: Image, pose: Pose) -> None:
    """Multiply by the light of this frame, in place."""
    corners = np.empty((2, 2, 3), np.float32)
    for row, down in enumerate((-0.5, 0.5)):
        for column, right in enumerate((-0.5, 0.5)):
            corners[row, column] = np.array(pose.gain) * (
                1 + right * pose.tilt[0] + down * pose.tilt[1]
            )
    field = np.clip(corners * 200, 0, 255).astype(np.uint8)
    plane = cv2.resize(field, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(image, plane, dst=image, scale=1 / 200)


def frame_mask(mask: Image, warp: Landing, width: int, height: int) -> Image:
    """Bring a mask of the part into the picture: (H, W) uint8, 0 or 255, read-only."""
    whole = np.zeros((height, width), np.uint8)
    window = whole[warp.rows, warp.columns]
    moved = cv2.warpAffine(mask, warp.matrix, (window.shape[1], window.shape[0]))
    window[:] = np.where(moved > 127, 255, 0)
    whole.setflags(write=False)
    return whole


def add_noise(image: Image, scene: Stage, top: int, left: int) -> None:
    """Add the sensor noise found at (top, left) of the noise planes, in place."""
    height, width = image.shape[:2]
    window = np.s_[top : top + height, left : left + width]
    cv2.add(image, scene.brighter[window], dst=image)
    cv2.subtract(image, scene.darker[window], dst=image)
