"""Surfaces: what a product is made of, as (S, S) relief fields and colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.opencv import cv2
from model.synthesis import noise
from model.synthesis.noise import Field

Picture = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """One piece of material.

    Attributes:
        name: Word for captions, e.g. "brushed metal".
        picture: (S, S, 3) float32 BGR, 0 to 1, evenly lit.
        contrast: Deviation of the texture, used to make defects visible in it.
    """

    name: str
    picture: Picture
    contrast: float


def _brushed(rng: np.random.Generator, size: int) -> Field:
    field = noise.streaks(rng, size, int(rng.integers(15, 160)))
    field = field + rng.uniform(0, 1.5) * noise.columns(rng, size, rng.uniform(0.4, 2))
    field = field + rng.uniform(0, 0.6) * noise.grain(rng, size)
    return noise.turned(field, float(rng.choice([0, 90, rng.uniform(-90, 90)])))


def _ground(rng: np.random.Generator, size: int) -> Field:
    lines = noise.columns(rng, size, rng.uniform(0.3, 1.2))
    gain = 0.6 + 0.5 * noise.fractal(rng, size, rng.uniform(1.5, 5), 3, 0.6)
    field = lines * np.clip(gain, 0, 2) + rng.uniform(0.3, 1) * noise.streaks(rng, size, 21)
    field = field + rng.uniform(0.2, 1.2) * noise.fractal(rng, size, 2, 5, 0.6, rng.uniform(1, 4))
    return noise.turned(field, float(rng.choice([0, 0, 90, rng.uniform(-15, 15)])))


def _cast(rng: np.random.Generator, size: int) -> Field:
    field = noise.fractal(rng, size, rng.uniform(8, 40), 4, rng.uniform(0.6, 1.1))
    return field + rng.uniform(0.2, 1) * noise.grain(rng, size, rng.uniform(0.3, 1))


def _wood(rng: np.random.Generator, size: int) -> Field:
    bend = noise.fractal(rng, size, rng.uniform(1, 3), 3, 0.5, rng.uniform(2, 6))
    axis = np.linspace(0, 1, size, dtype=np.float32)[None, :]
    rings = np.sin(2 * np.pi * rng.uniform(4, 22) * axis + rng.uniform(1, 5) * bend)
    field = rings + rng.uniform(0.3, 1) * noise.streaks(rng, size, int(rng.integers(9, 50)))
    return noise.turned(
        np.asarray(field, np.float32), float(rng.choice([0, 90, rng.uniform(-20, 20)]))
    )


def _weave(rng: np.random.Generator, size: int) -> Field:
    axis = np.arange(size, dtype=np.float32)
    period = rng.uniform(3.5, 14)
    jitter = 0.15 * period * noise.fractal(rng, size, 4, 3)
    x = (axis[None, :] + jitter) * (2 * np.pi / period)
    y = (axis[:, None] + jitter) * (2 * np.pi / (period * rng.uniform(0.7, 1.4)))
    kind = int(rng.integers(3))
    if kind == 0:
        field = np.sin(x) * np.sin(y)
    elif kind == 1:
        field = np.sin(x + y) + 0.5 * np.sin(x - y)
    else:
        field = np.maximum(np.sin(x), np.sin(y))
    field = field + rng.uniform(0.1, 0.6) * noise.grain(rng, size, 0.6)
    return noise.turned(np.asarray(field, np.float32), float(rng.choice([0, rng.uniform(-45, 45)])))


def _leather(rng: np.random.Generator, size: int) -> Field:
    field = noise.cells_distance(rng, size, int(rng.integers(200, 2500)))
    return -np.asarray(cv2.GaussianBlur(field, (0, 0), 0.8)) + 0.3 * noise.grain(rng, size, 0.7)


def _plain(rng: np.random.Generator, size: int) -> Field:
    return noise.grain(rng, size, rng.uniform(0, 1)) + rng.uniform(0, 1) * noise.fractal(
        rng, size, 2, 3
    )


def _speckled(rng: np.random.Generator, size: int) -> Field:
    spots = noise.grain(rng, size, rng.uniform(0.7, 1.8))
    limit = rng.uniform(1.2, 2.2)
    sign = float(rng.choice([-1, 1]))
    field = sign * np.clip((spots - limit) * 3, 0, 1) * rng.uniform(2, 5)
    return np.asarray(field + 0.4 * noise.grain(rng, size, 0.5), np.float32)


def _stone(rng: np.random.Generator, size: int) -> Field:
    field = noise.fractal(rng, size, rng.uniform(3, 12), 5, rng.uniform(0.7, 1.0))
    veins = -np.abs(noise.fractal(rng, size, rng.uniform(2, 5), 4, 0.6))
    return field + rng.uniform(0, 1.5) * noise.standardised(np.asarray(veins, np.float32))


def _mesh(rng: np.random.Generator, size: int) -> Field:
    axis = np.arange(size, dtype=np.float32)
    period = rng.uniform(8, 30)
    width = rng.uniform(0.15, 0.4)
    bend = 0.06 * period * noise.fractal(rng, size, 3, 2)
    x = np.abs(((axis[None, :] + bend) / period) % 1 - 0.5)
    y = np.abs(((axis[:, None] + bend) / period) % 1 - 0.5)
    field = np.clip((width / 2 - np.minimum(x, y)) * period, -1, 1)
    field = field + 0.15 * noise.grain(rng, size, 0.5)
    return noise.turned(
        np.asarray(field, np.float32), float(rng.choice([0, 45, rng.uniform(0, 90)]))
    )


def _fibres(rng: np.random.Generator, size: int) -> Field:
    field = np.zeros((size, size), np.float32)
    for degrees in rng.uniform(0, 180, 4):
        field += noise.turned(noise.streaks(rng, size, 15), float(degrees))
    return field


def _spectrum(rng: np.random.Generator, size: int) -> Field:
    return noise.fractal(
        rng,
        size,
        rng.uniform(1, 20),
        6,
        rng.uniform(0.4, 1.3),
        float(np.exp(rng.uniform(-1.6, 1.6))),
    )


def _knurled(rng: np.random.Generator, size: int) -> Field:
    axis = np.arange(size, dtype=np.float32)
    step = 2 * np.pi / rng.uniform(5, 16)
    x, y = axis[None, :] * step, axis[:, None] * step * rng.uniform(0.5, 1.2)
    field = np.abs(np.sin((x + y) / 2)) + np.abs(np.sin((x - y) / 2))
    return np.asarray(field + 0.2 * noise.grain(rng, size), np.float32)


def _turned_face(rng: np.random.Generator, size: int) -> Field:
    axis = np.arange(size, dtype=np.float32) - size / 2
    radius = np.sqrt(axis[None, :] ** 2 + axis[:, None] ** 2)
    line = noise.columns(rng, size, rng.uniform(0.4, 1.5))[0]
    rings = line[np.minimum(radius.astype(np.int32), size - 1)]
    return np.asarray(rings + rng.uniform(0.2, 0.8) * noise.grain(rng, size, 0.5), np.float32)


def _relief(rng: np.random.Generator, size: int) -> Field:
    height = noise.fractal(rng, size, rng.uniform(4, 16), 4, 0.6)
    light = cv2.Sobel(height, cv2.CV_32F, 1, 0) + cv2.Sobel(height, cv2.CV_32F, 0, 1)
    return noise.standardised(light) + 0.3 * noise.grain(rng, size)


def _traces(rng: np.random.Generator, size: int) -> Field:
    board = np.zeros((size, size), np.uint8)
    pitch = int(rng.integers(10, 28))
    width = int(rng.integers(1, max(2, pitch // 4)))
    for start in range(pitch // 2, size, pitch):
        bend = int(rng.integers(0, size))
        across = start + int(rng.choice([-1, 1])) * pitch // 2
        cv2.polylines(
            board,
            [
                np.array(
                    [(start, 0), (start, bend), (across, bend + pitch), (across, size)], np.int32
                )
            ],
            False,
            150,
            width,
            cv2.LINE_AA,
        )
    for x, y in rng.integers(0, size // pitch + 1, (int(rng.integers(4, 25)), 2)) * pitch:
        cv2.circle(board, (int(x), int(y)), max(2, pitch // 4), 255, -1, cv2.LINE_AA)
    return noise.standardised(board.astype(np.float32)) + 0.1 * noise.grain(rng, size)


_MAKERS: dict[str, tuple[Callable[[np.random.Generator, int], Field], float, float]] = {
    # name: (relief, lowest and highest relative contrast)
    "brushed metal": (_brushed, 0.03, 0.2),
    "ground metal": (_ground, 0.04, 0.22),
    "metal": (_plain, 0.01, 0.08),
    "cast metal": (_cast, 0.05, 0.3),
    "knurled metal": (_knurled, 0.05, 0.25),
    "turned metal": (_turned_face, 0.03, 0.2),
    "wooden": (_wood, 0.04, 0.22),
    "fabric": (_weave, 0.05, 0.3),
    "leather": (_leather, 0.05, 0.25),
    "plastic": (_plain, 0.005, 0.05),
    "ceramic": (_speckled, 0.02, 0.15),
    "circuit board": (_traces, 0.08, 0.3),
    "stone": (_stone, 0.05, 0.25),
    "mesh": (_mesh, 0.1, 0.4),
    "paper": (_fibres, 0.01, 0.08),
    "textured": (_spectrum, 0.03, 0.3),
    "baked": (_relief, 0.05, 0.25),
}

_TINTS: dict[str, tuple[tuple[float, float, float], ...]] = {
    # typical BGR colours; others are drawn at random as well
    "wooden": ((0.25, 0.45, 0.65), (0.15, 0.25, 0.4), (0.5, 0.65, 0.75)),
    "circuit board": ((0.2, 0.45, 0.15), (0.4, 0.25, 0.1)),
    "leather": ((0.15, 0.25, 0.4), (0.1, 0.1, 0.15)),
    "baked": ((0.3, 0.55, 0.75), (0.2, 0.35, 0.55)),
    "paper": ((0.8, 0.85, 0.88),),
}


def names() -> tuple[str, ...]:
    """Return the names of all materials."""
    return tuple(_MAKERS)


def _colour(rng: np.random.Generator, name: str) -> npt.NDArray[np.float32]:
    if name in _TINTS and rng.random() < 0.5:
        tints = _TINTS[name]
        base = np.array(tints[int(rng.integers(len(tints)))]) * rng.uniform(0.7, 1.2)
    else:
        grey = rng.uniform(0.12, 0.85)
        spread = 0.0 if rng.random() < 0.5 else rng.uniform(0.03, 0.35)
        base = grey + spread * rng.uniform(-1, 1, 3)
    return np.clip(base, 0.04, 0.95).astype(np.float32)


def material(rng: np.random.Generator, size: int, name: str | None = None) -> Material:
    """Make a piece of material.

    Args:
        rng: Source of randomness; the same state gives the same piece.
        size: Side in pixels.
        name: One of `names`; drawn at random if None.
    """
    if name is None:
        name = names()[int(rng.integers(len(_MAKERS)))]
    maker, low, high = _MAKERS[name]
    contrast = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    relief = noise.standardised(maker(rng, size))
    colour = _colour(rng, name)
    # (S, S, 1) * (3,) -> (S, S, 3)
    picture = colour * (1 + contrast * relief[:, :, None])
    if rng.random() < 0.3:
        other = _colour(rng, name)
        weight = rng.uniform(0.05, 0.3) * noise.fractal(rng, size, rng.uniform(1, 6), 3)
        picture += weight[:, :, None] * (other - colour) * rng.uniform(0.3, 1)
    return Material(
        name, np.clip(picture, 0, 1).astype(np.float32), contrast * float(colour.mean())
    )
