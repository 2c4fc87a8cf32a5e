"""A product lying before the camera, evenly described: what defects are put into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.opencv import cv2
from model.synthesis import lighting, materials, noise, parts
from model.synthesis.materials import Picture
from model.synthesis.noise import Field


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One flawless product.

    Attributes:
        picture: (S, S, 3) float32 BGR, 0 to 1, lit, before the camera.
        background: (S, S, 3) float32, what is seen where the product ends.
        alpha: (S, S) float32, 1 where the product is.
        contrast: Deviation of the product's texture.
        material: Word for captions.
        part: Word for captions.
    """

    picture: Picture
    background: Picture
    alpha: Field
    contrast: float
    material: str
    part: str

    @property
    def size(self) -> int:
        """Side in pixels."""
        return int(self.alpha.shape[0])

    def spot(self, rng: np.random.Generator) -> tuple[int, int]:
        """Return a random (x, y) on the product."""
        rows, columns = np.nonzero(self.alpha > 0.9)
        if len(rows) == 0:
            return self.size // 2, self.size // 2
        index = int(rng.integers(len(rows)))
        return int(columns[index]), int(rows[index])

    def edge_spot(self, rng: np.random.Generator) -> tuple[int, int]:
        """Return a random (x, y) on the outline; on the picture's border if there is none."""
        inside = (self.alpha > 0.5).astype(np.uint8)
        outline = inside - cv2.erode(inside, np.ones((3, 3), np.uint8), borderValue=0)
        rows, columns = np.nonzero(outline)
        if len(rows) == 0:
            return self.spot(rng)
        index = int(rng.integers(len(rows)))
        return int(columns[index]), int(rows[index])


def _background(rng: np.random.Generator, size: int) -> Picture:
    choice = rng.random()
    if choice < 0.45:
        level = rng.uniform(0.0, 0.15) if rng.random() < 0.6 else rng.uniform(0.75, 1.0)
        plain = np.full((size, size, 3), level, np.float32)
        plain += (0.01 * noise.fractal(rng, size, 3, 2))[:, :, None]
        return plain
    piece = materials.material(rng, size)
    if choice < 0.8:
        mean = piece.picture.mean(axis=(0, 1), keepdims=True)
        return np.asarray(mean + rng.uniform(0.1, 0.6) * (piece.picture - mean), np.float32)
    return piece.picture


def _grooves(rng: np.random.Generator, picture: Picture) -> None:
    """Lines that belong to the product: straight, from edge to edge, regular."""
    size = picture.shape[0]
    overlay = np.zeros((size, size), np.uint8)
    count = int(rng.integers(1, 5))
    start, pitch = rng.uniform(0.1, 0.5) * size, rng.uniform(0.08, 0.35) * size
    is_row = rng.random() < 0.5
    for index in range(count):
        place = round(float(start + index * pitch))
        first, last = ((0, place), (size, place)) if is_row else ((place, 0), (place, size))
        cv2.line(overlay, first, last, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
    picture *= 1 + rng.choice([-1, 1]) * rng.uniform(0.1, 0.4) * (overlay / 255.0)[:, :, None]


def _print(rng: np.random.Generator, picture: Picture) -> None:
    """Letters, rings or dots that belong to the product."""
    size = picture.shape[0]
    overlay = np.zeros((size, size), np.uint8)
    x, y = (int(v) for v in rng.integers(int(0.2 * size), int(0.7 * size), 2))
    kind = int(rng.integers(3))
    thick = int(rng.integers(1, 4))
    if kind == 0:
        letters = "".join(rng.choice(list("ABCEFHKLMNPRSTUXZ0123456789"), int(rng.integers(2, 7))))
        cv2.putText(
            overlay, letters, (x // 2, y), 0, rng.uniform(0.4, 1.4), 255, thick, cv2.LINE_AA
        )
    elif kind == 1:
        for radius in rng.integers(10, size // 2, int(rng.integers(1, 4))):
            cv2.circle(overlay, (size // 2, size // 2), int(radius), 255, thick, cv2.LINE_AA)
    else:
        pitch = int(rng.integers(16, 50))
        for row in range(pitch // 2, size, pitch):
            for column in range(pitch // 2, size, pitch):
                cv2.circle(overlay, (column, row), pitch // 8 + 1, 255, -1, cv2.LINE_AA)
    ink = rng.uniform(0, 1, 3) if rng.random() < 0.4 else np.full(3, rng.uniform(0, 1))
    weight = (rng.uniform(0.3, 0.95) * overlay / 255.0)[:, :, None]
    picture *= 1 - weight
    picture += weight * ink


def _wear(rng: np.random.Generator, picture: Picture) -> None:
    """Faint soft clouds and hair-fine marks that a good product may have."""
    size = picture.shape[0]
    cloud = noise.fractal(rng, size, rng.uniform(2, 8), 3, 0.6, float(np.exp(rng.uniform(-1, 1))))
    depth = rng.uniform(0.01, 0.08)
    picture *= 1 - depth * np.clip(cloud, 0, 2)[:, :, None]


def scene(rng: np.random.Generator, size: int) -> Scene:
    """Make a flawless product."""
    piece = materials.material(rng, size)
    part = parts.part(rng, size)
    picture = piece.picture.copy()
    if rng.random() < 0.12:
        _grooves(rng, picture)
    if rng.random() < 0.15:
        _print(rng, picture)
    if rng.random() < 0.4:
        _wear(rng, picture)
    alpha = part.alpha
    if part.name != "surface" and rng.random() < 0.12:
        alpha = parts.warp_outline(rng, alpha, rng.uniform(0.5, 2.5))
    picture *= part.shade[:, :, None]
    background = np.clip(_background(rng, size), 0, 1).astype(np.float32)
    light = lighting.light_field(rng, size)[:, :, None]
    cover = alpha[:, :, None]
    background = background * (0.5 + 0.5 * light)
    if part.name != "surface" and rng.random() < 0.3:
        shift = [[1, 0, rng.uniform(-6, 6)], [0, 1, rng.uniform(-6, 6)]]
        shadow = cv2.warpAffine(alpha, np.array(shift, np.float32), (size, size))
        shadow = cv2.GaussianBlur(shadow, (0, 0), rng.uniform(1, 5))
        background = background * (1 - rng.uniform(0.2, 0.7) * np.asarray(shadow))[:, :, None]
    whole = cover * np.clip(picture * light, 0, 1) + (1 - cover) * background
    return Scene(
        picture=whole.astype(np.float32),
        background=background.astype(np.float32),
        alpha=alpha,
        contrast=piece.contrast,
        material=piece.name,
        part=part.name,
    )
