"""Light and camera: what changes the picture of a product without being a defect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.opencv import cv2
from model.synthesis import noise
from model.synthesis.noise import Field

Picture = npt.NDArray[np.float32]


def light_field(rng: np.random.Generator, size: int) -> Field:
    """Return the brightness factor of every pixel: gradient, soft blotches, vignette, glare."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    x, y = axis[None, :], axis[:, None]
    angle = rng.uniform(0, 2 * np.pi)
    field = 1 + rng.uniform(0, 0.4) * (np.cos(angle) * x + np.sin(angle) * y)
    if rng.random() < 0.5:
        field = field + rng.uniform(0, 0.22) * noise.fractal(rng, size, rng.uniform(1, 3.5), 2)
    if rng.random() < 0.35:
        field = field - rng.uniform(0, 0.35) * (x * x + y * y)
    if rng.random() < 0.3:
        place, width = rng.uniform(-1, 1), rng.uniform(0.1, 0.6)
        along = np.cos(angle) * x + np.sin(angle) * y
        field = field + rng.uniform(0, 0.5) * np.exp(-(((along - place) / width) ** 2))
    exposure = float(np.exp(rng.normal(-0.12, 0.22)))
    return np.asarray(np.clip(exposure * field, 0.05, 2.5), np.float32)


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera setting; the same for the good and the defective picture of a pair.

    Attributes:
        is_grey: The picture has no colour.
        blur: Gaussian blur in pixels, 0 for none.
        noise: Deviation of the sensor noise, picture values 0 to 1.
        gamma: Exponent of the tone curve.
        jpeg: JPEG quality, 0 for none.
    """

    is_grey: bool
    blur: float
    noise: float
    gamma: float
    jpeg: int


def camera(rng: np.random.Generator) -> Camera:
    """Draw a camera setting."""
    return Camera(
        is_grey=bool(rng.random() < 0.45),
        blur=float(rng.uniform(0.3, 1.1)) if rng.random() < 0.4 else 0.0,
        noise=float(np.exp(rng.uniform(np.log(0.002), np.log(0.03)))),
        gamma=float(np.exp(rng.normal(0, 0.15))),
        jpeg=int(rng.integers(60, 96)) if rng.random() < 0.25 else 0,
    )


def expose(rng: np.random.Generator, picture: Picture, setting: Camera) -> npt.NDArray[np.uint8]:
    """Return the (S, S, 3) uint8 BGR picture that the camera gives of a (S, S, 3) scene."""
    if setting.is_grey:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32)[:, :, None]
    if setting.blur > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), setting.blur), np.float32)
        picture = picture.reshape(*picture.shape[:2], -1)
    grain = rng.standard_normal(picture.shape[:2], dtype=np.float32)[:, :, None]
    picture = np.clip(picture, 0, 1) ** setting.gamma + setting.noise * grain
    values = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    if setting.is_grey:
        # (S, S, 1) -> (S, S, 3)
        values = np.repeat(values, 3, axis=2)
    if setting.jpeg:
        _, code = cv2.imencode(".jpg", values, [cv2.IMWRITE_JPEG_QUALITY, setting.jpeg])
        values = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(values)
