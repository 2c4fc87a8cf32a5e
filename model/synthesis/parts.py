"""Parts: silhouettes of products, from whole surfaces to nuts and bottles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.opencv import cv2
from model.synthesis import noise
from model.synthesis.noise import Field

Canvas = npt.NDArray[np.uint8]
_SHIFT = 4
_ONE = 1 << _SHIFT


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One silhouette.

    Attributes:
        name: Word for captions, e.g. "washer".
        alpha: (S, S) float32, 1 where the part covers the background.
        shade: (S, S) float32, factor of the brightness: rims, grooves, rounding.
    """

    name: str
    alpha: Field
    shade: Field


def _points(points: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    return np.round(points * _ONE).astype(np.int32)


def _fill(canvas: Canvas, points: npt.NDArray[np.float64], value: int = 255) -> None:
    cv2.fillPoly(canvas, [_points(points)], value, cv2.LINE_AA, _SHIFT)


def _circle(canvas: Canvas, x: float, y: float, radius: float, value: int = 255) -> None:
    centre = (round(x * _ONE), round(y * _ONE))
    cv2.circle(canvas, centre, round(max(radius, 0.5) * _ONE), value, -1, cv2.LINE_AA, _SHIFT)


def _polar(
    radii: npt.NDArray[np.float64], angles: npt.NDArray[np.float64], x: float, y: float
) -> npt.NDArray[np.float64]:
    return np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)


def _rectangle(
    x: float, y: float, width: float, height: float, angle: float
) -> npt.NDArray[np.float64]:
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width / 2, height / 2)
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    return np.asarray(corners @ turn + (x, y))


@dataclass(frozen=True, slots=True)
class _Pose:
    """Where a part lies: centre, half extent (pixels) and rotation (radians)."""

    x: float
    y: float
    reach: float
    angle: float


def _disc(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    _circle(canvas, pose.x, pose.y, pose.reach)


def _washer(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    _circle(canvas, pose.x, pose.y, pose.reach)
    _circle(canvas, pose.x, pose.y, pose.reach * rng.uniform(0.2, 0.75), 0)


def _plate(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    width, height = pose.reach * rng.uniform(1.2, 1.9), pose.reach * rng.uniform(0.7, 1.6)
    _fill(canvas, _rectangle(pose.x, pose.y, width, height, pose.angle))
    if rng.random() < 0.7:
        inset = _rectangle(pose.x, pose.y, width * 0.72, height * 0.72, pose.angle)
        for x, y in inset:
            _circle(canvas, x, y, pose.reach * 0.09, 0)


def _nut(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    sides = int(rng.choice([4, 6, 6, 8]))
    angles = pose.angle + np.arange(sides) * 2 * np.pi / sides
    _fill(canvas, _polar(np.full(sides, pose.reach), angles, pose.x, pose.y))
    _circle(canvas, pose.x, pose.y, pose.reach * rng.uniform(0.25, 0.55), 0)


def _gear(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    teeth = int(rng.integers(3, 16))
    angles = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    depth = rng.uniform(0.08, 0.3)
    slope = rng.uniform(1.5, 9)
    wave = np.tanh(slope * np.sin(teeth * angles + rng.uniform(0, 1) * np.sin(angles * teeth)))
    radii = pose.reach * (1 - depth * (0.5 - 0.5 * wave))
    _fill(canvas, _polar(radii, angles + pose.angle, pose.x, pose.y))
    if rng.random() < 0.8:
        _circle(canvas, pose.x, pose.y, pose.reach * rng.uniform(0.15, 0.45), 0)


def _strip(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    width = pose.reach * rng.uniform(0.25, 0.9)
    _fill(canvas, _rectangle(pose.x, pose.y, 4 * canvas.shape[0], width, pose.angle))


def _bottle(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    reach, width = pose.reach, pose.reach * rng.uniform(0.4, 0.7)
    body = _rectangle(0, reach * 0.25, 2 * width, 1.5 * reach, 0)
    neck = _rectangle(0, -reach * 0.6, width * rng.uniform(0.5, 1), reach * 0.8, 0)
    turn = pose.angle if rng.random() < 0.3 else 0.0
    matrix = np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    for shape in (body, neck):
        _fill(canvas, shape @ matrix + (pose.x, pose.y))
    shoulder = np.array([(0.0, -0.5 * reach)]) @ matrix + (pose.x, pose.y)
    _circle(canvas, shoulder[0, 0], shoulder[0, 1], width * 0.98)


def _capsule(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    width = pose.reach * rng.uniform(0.3, 0.6)
    half = pose.reach - width
    step = np.array([np.cos(pose.angle), np.sin(pose.angle)]) * half
    _fill(canvas, _rectangle(pose.x, pose.y, 2 * half, 2 * width, pose.angle))
    for sign in (-1, 1):
        _circle(canvas, pose.x + sign * step[0], pose.y + sign * step[1], width)


def _irregular(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    radii = np.full(180, 0.85)
    for order in range(1, 9):
        radii += rng.normal(0, 0.09 / order) * np.cos(order * angles + rng.uniform(0, 6.3))
    _fill(canvas, _polar(pose.reach * np.clip(radii, 0.4, 1.1), angles, pose.x, pose.y))


def _bracket(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    width = pose.reach * rng.uniform(0.35, 0.7)
    for turn, offset in ((0.0, -1), (np.pi / 2, 1)):
        angle = pose.angle + turn
        shift = (pose.reach - width / 2) * np.array([-np.sin(angle), np.cos(angle)]) * offset
        _fill(
            canvas, _rectangle(pose.x + shift[0], pose.y + shift[1], 2 * pose.reach, width, angle)
        )
    if rng.random() < 0.5:
        shift = (pose.reach - width / 2) * np.array([np.sin(pose.angle), -np.cos(pose.angle)])
        _circle(canvas, pose.x + shift[0], pose.y + shift[1], width * 0.25, 0)


def _grille(rng: np.random.Generator, canvas: Canvas, pose: _Pose) -> None:
    _fill(canvas, _rectangle(pose.x, pose.y, 2 * pose.reach, 1.6 * pose.reach, pose.angle))
    turn = np.array(
        [(np.cos(pose.angle), np.sin(pose.angle)), (-np.sin(pose.angle), np.cos(pose.angle))]
    )
    count = int(rng.integers(3, 7))
    grid = np.linspace(-0.75, 0.75, count)
    for x in grid:
        for y in grid:
            spot = np.array([x, y * 0.8]) * pose.reach @ turn
            _circle(canvas, pose.x + spot[0], pose.y + spot[1], pose.reach * 0.45 / count, 0)


_SHAPES: dict[str, Callable[[np.random.Generator, Canvas, _Pose], None]] = {
    "disc": _disc,
    "washer": _washer,
    "plate": _plate,
    "nut": _nut,
    "gear": _gear,
    "strip": _strip,
    "bottle": _bottle,
    "capsule": _capsule,
    "irregular piece": _irregular,
    "bracket": _bracket,
    "grille": _grille,
}


def names() -> tuple[str, ...]:
    """Return the words for all parts."""
    return (*_SHAPES, "surface", "tile")


def _tile(rng: np.random.Generator, size: int) -> Field:
    """A piece that nearly fills the picture; a bit of background at some sides, bowed edges."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    turn = rng.normal(0, 0.03)
    x = axis[None, :] + turn * axis[:, None]
    y = axis[:, None] - turn * axis[None, :]
    left, right, top, bottom = rng.uniform(0.86, 1.08, 4)
    bow = rng.normal(0, 0.04, 4)
    inside = np.minimum(
        np.minimum(left + bow[0] * (y * y - 1) + x, right + bow[1] * (y * y - 1) - x),
        np.minimum(top + bow[2] * (x * x - 1) + y, bottom + bow[3] * (x * x - 1) - y),
    )
    return np.asarray(np.clip(inside * size / 2 / rng.uniform(0.8, 3) + 0.5, 0, 1), np.float32)


def _shading(rng: np.random.Generator, alpha: Field) -> Field:
    """Rims and rounding, from the distance to the outline."""
    shade = np.ones_like(alpha)
    solid = (alpha > 0.5).astype(np.uint8)
    # without any background the distance would be infinite
    depth = np.minimum(cv2.distanceTransform(solid, cv2.DIST_L2, 3), alpha.shape[0])
    depth = np.asarray(depth, np.float32)
    if rng.random() < 0.6:
        width = rng.uniform(1.0, 10)
        shade += rng.uniform(-0.6, 0.6) * np.exp(-depth / width)
    if rng.random() < 0.35:
        period = rng.uniform(8, 40)
        ring = np.exp(-(((depth - period) / rng.uniform(0.8, 2.5)) ** 2))
        shade += rng.uniform(-0.4, 0.4) * ring
    if rng.random() < 0.4:
        soft = np.asarray(cv2.GaussianBlur(alpha, (0, 0), rng.uniform(2, 12)), np.float32)
        angle = rng.uniform(0, 2 * np.pi)
        slope = np.cos(angle) * cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125)
        slope += np.sin(angle) * cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
        shade += rng.uniform(1, 6) * np.asarray(slope, np.float32)
    return np.clip(shade, 0.1, 2.0).astype(np.float32)


def part(rng: np.random.Generator, size: int, name: str | None = None) -> Part:
    """Make a silhouette; about half of all are surfaces and tiles.

    Args:
        rng: Source of randomness.
        size: Side in pixels.
        name: One of `names`; drawn at random if None.
    """
    if name is None:
        choice = rng.random()
        name = "surface" if choice < 0.25 else "tile" if choice < 0.5 else ""
        if not name:
            name = list(_SHAPES)[int(rng.integers(len(_SHAPES)))]
    if name == "surface":
        return Part(name, np.ones((size, size), np.float32), np.ones((size, size), np.float32))
    if name == "tile":
        alpha = _tile(rng, size)
        return Part(name, alpha, _shading(rng, alpha))
    canvas = np.zeros((size, size), np.uint8)
    centre = size / 2 + rng.normal(0, 0.04 * size, 2)
    pose = _Pose(centre[0], centre[1], size * rng.uniform(0.28, 0.52), rng.uniform(0, 2 * np.pi))
    _SHAPES[name](rng, canvas, pose)
    alpha = np.asarray(canvas / 255, np.float32)
    if rng.random() < 0.3:
        blurred = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.5, 1.5))
        alpha = np.asarray(blurred, np.float32)
    return Part(name, alpha, _shading(rng, alpha))


def warp_outline(rng: np.random.Generator, alpha: Field, reach: float) -> Field:
    """Roughen an outline by `reach` pixels, as baked or torn pieces have it."""
    size = alpha.shape[0]
    shift_x = reach * noise.fractal(rng, size, 8, 3)
    shift_y = reach * noise.fractal(rng, size, 8, 3)
    return noise.warped(alpha, shift_x, shift_y)
