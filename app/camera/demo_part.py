"""The product of the demo line: a machined aluminium gear cover, rendered once at start.

All lengths are in units of the flange radius, so the part looks the same at every size.
The picture is built the way a part is: a height map is turned, drilled and milled, then lit
from the upper left; each surface has the texture of its machining.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from model.opencv import cv2

Plane = npt.NDArray[np.float32]

RIM = 1.0
BOLT_CIRCLE = 0.85
BOLT_RADIUS = 0.055
BORE_RADIUS = 0.235
PAD = (0.0, 0.555, 0.20, 0.085)
"""Milled pad that carries the mark: centre x, centre y, half width, half height."""

_BOLTS = 8
_RIBS = 6
# radius -> height of the turned profile
_PROFILE_R = (0.0, 0.235, 0.245, 0.265, 0.40, 0.415, 0.43, 0.70, 0.715, 0.735, 0.75, 0.985, 1.0)
_PROFILE_H = (0.00, 0.00, 0.09, 0.13, 0.13, 0.125, 0.05, 0.05, 0.10, 0.075, 0.10, 0.10, 0.08)


@dataclass(frozen=True, slots=True, eq=False)
class DemoPart:
    """The clean part, ready to be placed into a scene.

    Attributes:
        colour: (S, S, 3) uint8 BGR; what lies outside the outline is undefined.
        undrilled: The same without bolt holes and without the mark.
        alpha: (S, S) uint8, 255 inside the outline, soft edge.
        solid: (S, S) uint8, 255 where there is metal, 0 in bore and holes and outside.
        shadow: (S, S) uint8, 255 where the belt is lit, lower in the part's shadow.
        centre: Pixel coordinate of the axis, both directions.
        radius: Flange radius in pixels.
        holes: Centres of the bolt holes in units of the radius.
    """

    colour: Image
    undrilled: Image
    alpha: Image
    solid: Image
    shadow: Image
    centre: float
    radius: float
    holes: tuple[tuple[float, float], ...]


@lru_cache(maxsize=2)
def demo_part(radius: int) -> DemoPart:
    """Render the part.

    Args:
        radius: Flange radius in pixels, at least 16.
    """
    side = 2 * round(radius * 1.18)
    centre = (side - 1) / 2
    axis = ((np.arange(side) - centre) / radius).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    r = np.hypot(x, y)
    holes = bolt_holes()
    textured = _texture(x, y, r, radius)
    mark = _mark(side, centre, radius)
    alpha = np.clip((RIM - r) * radius + 0.5, 0, 1) * 255
    blur = cv2.GaussianBlur(
        np.roll(alpha, (radius // 18, radius // 22), (0, 1)), (0, 0), radius / 22
    )
    return DemoPart(
        colour=_picture(x, y, r, textured, radius, holes, mark),
        undrilled=_picture(x, y, r, textured, radius, (), None),
        alpha=_bytes(alpha),
        solid=_bytes(np.float32(255) * ((_height(x, y, r, holes)[1] < 0.5) & (alpha > 127))),
        shadow=_bytes(255 - 0.62 * blur),
        centre=centre,
        radius=float(radius),
        holes=holes,
    )


def bolt_holes() -> tuple[tuple[float, float], ...]:
    """Return the centres of the bolt holes in units of the radius."""
    angles = (np.arange(_BOLTS) + 0.5) * 2 * np.pi / _BOLTS
    return tuple((float(BOLT_CIRCLE * np.cos(a)), float(BOLT_CIRCLE * np.sin(a))) for a in angles)


def _picture(
    x: Plane,
    y: Plane,
    r: Plane,
    textured: Plane,
    radius: int,
    holes: tuple[tuple[float, float], ...],
    mark: Plane | None,
) -> Image:
    """Light the height map and colour it: (S, S, 3) uint8 BGR."""
    height, dark = _height(x, y, r, holes)
    height = np.asarray(cv2.GaussianBlur(height, (0, 0), max(0.6, radius / 260)), np.float32)
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=radius / 8)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=radius / 8)
    # light from the upper left; the steep walls of the profile saturate instead of clipping
    lit = np.tanh((0.75 * slope_x + 0.9 * slope_y) * 0.8)
    hollow = cv2.GaussianBlur(height, (0, 0), radius / 30) - height
    grey = textured * (1 + 0.42 * lit) * (1 - np.clip(hollow * 5.5, -0.10, 0.5))
    grey = np.minimum(grey, 246) * (1 - dark) + 14.0 * dark * (1 + 0.8 * (x + y))
    if mark is not None:
        grey = grey * (1 - 0.78 * mark)
    tint = np.array([1.0, 0.985, 0.955], np.float32)  # cool aluminium, BGR
    return _bytes(grey[:, :, None] * tint)  # (S, S) -> (S, S, 1) * (3,) -> (S, S, 3)


def _height(
    x: Plane, y: Plane, r: Plane, holes: tuple[tuple[float, float], ...]
) -> tuple[Plane, Plane]:
    """Return the height map and how far each pixel looks into a hole (0 to 1)."""
    height = np.interp(r, _PROFILE_R, _PROFILE_H).astype(np.float32)
    cast = (r > 0.415) & (r < 0.71)
    for angle in (np.arange(_RIBS) + 0.5) * 2 * np.pi / _RIBS:
        along = x * np.cos(angle) + y * np.sin(angle)
        across = np.abs(y * np.cos(angle) - x * np.sin(angle))
        rib = np.clip((0.045 - across) / 0.02, 0, 1) * (along > 0) * cast
        height = np.maximum(height, 0.05 + 0.055 * rib)
    pad_x, pad_y, half_w, half_h = PAD
    outside = np.maximum(np.abs(x - pad_x) - half_w, np.abs(y - pad_y) - half_h)
    height = np.where(outside < 0, np.float32(0.105), height)
    dark = np.clip((BORE_RADIUS - r) / 0.008, 0, 1)
    for hole_x, hole_y in holes:
        away = np.hypot(x - hole_x, y - hole_y)
        chamfer = np.interp(away, (BOLT_RADIUS, BOLT_RADIUS * 1.5), (0.045, 0.1))
        height = np.where(away < BOLT_RADIUS * 1.5, np.minimum(height, chamfer), height)
        dark = np.maximum(dark, np.clip((BOLT_RADIUS - away) / 0.008, 0, 1))
    for angle in (0.5, 2.6, 4.7):  # three tapped holes in the hub
        away = np.hypot(x - 0.335 * np.cos(angle), y - 0.335 * np.sin(angle))
        dark = np.maximum(dark, np.clip((0.026 - away) / 0.008, 0, 1))
    return height.astype(np.float32), dark.astype(np.float32)


def _texture(x: Plane, y: Plane, r: Plane, radius: int) -> Plane:
    """Return the grey of the flat surfaces: brushed flange, cast web, turned hub, milled pad."""
    rng = np.random.default_rng(204)
    scale = radius / 400
    shape = r.shape
    noise = rng.standard_normal(shape, np.float32)
    length = max(3, round(75 * scale))
    brushed = cv2.blur(noise, (length, 1)) * np.sqrt(length)
    cast = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), 1.6 * scale + 0.3)
    cast = cast / cast.std()
    rings = cv2.GaussianBlur(rng.standard_normal((1, 900), np.float32), (0, 0), 1.3).ravel()
    turned = np.interp(r * 800, np.arange(900), rings / rings.std()).astype(np.float32)
    glint = np.cos(2 * (np.arctan2(y, x) + 0.9)) ** 3  # the hour-glass shine of turned metal
    flange = 168 + 5.0 * brushed + 10 * (x - y) + 12 * glint
    web = 112 + 6.5 * cast
    hub = 176 + 7.0 * turned + 34 * glint
    pad = 186 + 3.0 * brushed
    grey = np.where(r > 0.708, flange, np.where(r > 0.422, web, hub))
    pad_x, pad_y, half_w, half_h = PAD
    in_pad = (np.abs(x - pad_x) < half_w) & (np.abs(y - pad_y) < half_h)
    sharp: Plane = np.where(in_pad, pad, grey).astype(np.float32)
    # a pixel at the edge of two surfaces sees some of both
    edges = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 1.2 * scale + 0.2), np.float32)
    near: npt.NDArray[np.bool_] = np.minimum(np.abs(r - 0.708), np.abs(r - 0.422)) * radius < 2.5
    sharp[near] = edges[near]
    return sharp


def _mark(side: int, centre: float, radius: int) -> Plane:
    """Return the printed mark (type number and matrix code) as (S, S) coverage 0 to 1."""
    ink = np.zeros((side, side), np.uint8)
    left = centre + (PAD[0] - PAD[2] * 0.88) * radius
    base = centre + (PAD[1] + PAD[3] * 0.02) * radius
    font, size = cv2.FONT_HERSHEY_DUPLEX, radius / 640
    thick = max(1, round(radius / 250))
    for line, text in enumerate(("AD-204", "LOT 7C")):
        spot = (round(left), round(base + line * radius * 0.066))
        cv2.putText(ink, text, spot, font, size, 255, thick, cv2.LINE_AA)
    cell = radius * PAD[3] * 1.5 / 12
    code = np.random.default_rng(12).integers(0, 2, (12, 12))
    code[-1, :] = code[:, 0] = 1
    code[0, :], code[:, -1] = np.arange(12) % 2 == 0, np.arange(12) % 2 == 1
    right = centre + (PAD[0] + PAD[2] * 0.9) * radius - 12 * cell
    top = centre + PAD[1] * radius - 6 * cell
    for row, column in np.argwhere(code):
        corner = (round(right + column * cell), round(top + row * cell))
        far = (round(right + (column + 1) * cell) - 1, round(top + (row + 1) * cell) - 1)
        cv2.rectangle(ink, corner, far, 255, cv2.FILLED)
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.4, radius / 700))
    cover: Plane = np.asarray(soft, np.float32) / np.float32(255)
    return cover


def _bytes(plane: npt.NDArray[np.floating]) -> Image:
    """Round to 0..255 and freeze."""
    image = np.ascontiguousarray(np.clip(np.rint(plane), 0, 255).astype(np.uint8))
    image.setflags(write=False)
    return image
