"""Line defects: scratches, cracks, hairs and bent lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.opencv import cv2
from model.synthesis.materials import Picture
from model.synthesis.noise import Field
from model.synthesis.scene import Scene

_SHIFT = 4


def depth(rng: np.random.Generator, scene: Scene, low: float = 1.5, high: float = 6.0) -> float:
    """Return how far a defect departs from the texture, picture units, faint ones included."""
    strength = np.exp(rng.uniform(np.log(low), np.log(high)))
    return float(np.clip(strength * max(scene.contrast, 0.015), 0.05, 0.6))


def walk(
    rng: np.random.Generator,
    start: tuple[float, float],
    length: float,
    wander: float,
    heading: float | None = None,
) -> npt.NDArray[np.float64]:
    """Return the (n, 2) points of a wandering line; `wander` in radians per step of 3 px."""
    steps = max(2, int(length / 3))
    first = rng.uniform(0, 2 * np.pi) if heading is None else heading
    angles = first + np.cumsum(rng.normal(0, wander, steps))
    moves = 3.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.asarray(np.array(start) + np.cumsum(moves, axis=0))


def draw(size: int, points: npt.NDArray[np.float64], widths: npt.NDArray[np.float64]) -> Field:
    """Return the (S, S) coverage, 0 to 1, of a line whose width changes along its way."""
    canvas = np.zeros((size, size), np.uint8)
    fixed = np.round(points * (1 << _SHIFT)).astype(np.int32)
    for index in range(len(fixed) - 1):
        width = widths[index]
        level = int(255 * min(1.0, width))
        first, second = fixed[index].tolist(), fixed[index + 1].tolist()
        cv2.line(canvas, first, second, level, max(1, round(width)), cv2.LINE_AA, _SHIFT)
    return np.asarray(canvas / 255, np.float32)


def _blend(scene: Scene, cover: Field, change: float, colour: float | None) -> Picture:
    weight = (cover * scene.alpha)[:, :, None]
    if colour is None:
        return np.asarray(scene.picture + weight * change, np.float32)
    amount = min(1.0, abs(change) * 2.5)
    picture = scene.picture * (1 - amount * weight) + amount * weight * colour
    return np.asarray(picture, np.float32)


def scratch(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """One to four nearly straight lines, often lighter than the surface."""
    size, heading = scene.size, rng.uniform(0, 2 * np.pi)
    cover = np.zeros((size, size), np.float32)
    start = np.array(scene.spot(rng), float)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3, 4]))):
        length = np.exp(rng.uniform(np.log(12), np.log(0.8 * size)))
        points = walk(rng, tuple(start), length, rng.uniform(0.005, 0.06), heading)
        taper = np.sin(np.linspace(0.15, np.pi - 0.1, len(points))) ** 0.5
        widths = taper * np.exp(rng.uniform(np.log(0.6), np.log(3.0)))
        cover = np.maximum(cover, draw(size, points, widths))
        start += rng.normal(0, 6, 2)
        heading += rng.normal(0, 0.1)
    sign = 1.0 if rng.random() < 0.6 else -1.0
    return _blend(scene, cover, sign * depth(rng, scene), None), cover


def crack(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A jagged dark line, often from the edge, with branches."""
    size = scene.size
    start = scene.edge_spot(rng) if rng.random() < 0.5 else scene.spot(rng)
    length = np.exp(rng.uniform(np.log(15), np.log(0.9 * size)))
    widest = np.exp(rng.uniform(np.log(0.7), np.log(4.0)))
    centre = np.array([size / 2, size / 2]) - start
    heading = float(np.arctan2(centre[1], centre[0])) + rng.normal(0, 0.6)
    points = walk(rng, start, length, rng.uniform(0.08, 0.45), heading)
    jitter = np.abs(rng.normal(0.8, 0.25, len(points)))
    widths = widest * jitter * np.linspace(1, rng.uniform(0.2, 1), len(points))
    cover = draw(size, points, widths)
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        root = int(rng.integers(len(points)))
        branch = walk(rng, tuple(points[root]), length * rng.uniform(0.1, 0.5), 0.3)
        cover = np.maximum(cover, draw(size, branch, np.full(len(branch), 0.6 * widest)))
    return _blend(scene, cover, -depth(rng, scene, 2.0, 8.0), 0.05), cover


def hair(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A fibre lying on the surface: even width, strongly bent."""
    length = rng.uniform(30, 0.8 * scene.size)
    points = walk(rng, scene.spot(rng), length, rng.uniform(0.1, 0.3))
    cover = draw(scene.size, points, np.full(len(points), rng.uniform(0.8, 3.0)))
    colour = 0.05 if rng.random() < 0.6 else 0.95
    return _blend(scene, cover, depth(rng, scene, 2.0, 8.0), colour), cover
