"""Area defects: stains, discolouration, uneven finish, particles, foreign texture."""

from __future__ import annotations

import numpy as np

from model.opencv import cv2
from model.synthesis import materials, noise
from model.synthesis.materials import Picture
from model.synthesis.noise import Field
from model.synthesis.scene import Scene
from model.synthesis.strokes import depth


def area(rng: np.random.Generator, scene: Scene, low: float = 4.0, high: float = 60.0) -> Field:
    """Return a random region, 0 to 1: a blob, a box, a band or a torn cloud."""
    size = scene.size
    radius = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    x, y = scene.spot(rng)
    kind = rng.random()
    if kind < 0.6 or radius < 8:
        return noise.blob(rng, size, (x, y), radius)
    if kind < 0.8:
        return _box(rng, size, (x, y), radius)
    near = noise.blob(rng, size, (x, y), min(1.4 * radius, 70.0))
    cloud = noise.fractal(rng, size, size / radius, 3, 0.7)
    return np.asarray(near * np.clip(cloud * 2, 0, 1), np.float32)


def _box(rng: np.random.Generator, size: int, centre: tuple[int, int], radius: float) -> Field:
    """A box with soft, slightly wavy sides; it may run out of the picture."""
    axis = np.arange(size, dtype=np.float32)
    wave = rng.uniform(0, 0.12) * radius * noise.fractal(rng, size, 5, 2)
    aspect = float(np.exp(rng.uniform(-1.2, 1.2)))
    turn = float(rng.choice([0, 0, rng.normal(0, 0.15), rng.uniform(-0.8, 0.8)]))
    x, y = axis[None, :] - centre[0], axis[:, None] - centre[1]
    along = np.abs(np.cos(turn) * x + np.sin(turn) * y) - radius * aspect
    across = np.abs(np.cos(turn) * y - np.sin(turn) * x) - radius / aspect
    outside = np.maximum(along, across) + wave
    return np.asarray(np.clip(0.5 - outside / rng.uniform(1, 4), 0, 1), np.float32)


def stain(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A darker or lighter spot through which the texture shows; often with a rim."""
    cover = area(rng, scene, 3.0, 50.0)
    if rng.random() < 0.3:
        rim = cover * (1 - cover) * 4
        cover = np.clip(0.5 * cover + rim, 0, 1)
    if rng.random() < 0.3:
        rough = noise.fractal(rng, scene.size, 30, 3, 0.8)
        cover = cover * np.clip(0.7 + 0.4 * rough, 0, 1)
    change = depth(rng, scene, 1.2, 6.0) * (-1 if rng.random() < 0.65 else 1)
    weight = (cover * scene.alpha)[:, :, None]
    picture = scene.picture + weight * change
    return np.asarray(picture, np.float32), np.asarray(cover, np.float32)


def discoloration(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A tint: one colour channel up, another down; brightness nearly kept."""
    cover = area(rng, scene, 5.0, 60.0)
    tint = rng.normal(0, 1, 3)
    tint = tint / np.abs(tint).max() * rng.uniform(0.12, 0.6)
    weight = (cover * scene.alpha)[:, :, None]
    amount = rng.uniform(0.3, 0.9)
    level = scene.picture.mean(axis=2, keepdims=True)
    tinted = np.clip(level * (1 + 2 * tint), 0, 1)
    picture = scene.picture + amount * weight * (tinted - scene.picture)
    return np.asarray(picture, np.float32), cover


def uneven(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A region whose finish differs: texture stronger, weaker, smoothed or of another level."""
    cover = area(rng, scene, 14.0, 80.0)
    smooth = np.asarray(cv2.GaussianBlur(scene.picture, (0, 0), 5.0), np.float32)
    detail = scene.picture - smooth
    kind = int(rng.integers(4))
    if kind == 0:
        other = smooth + detail * rng.uniform(1.8, 4.0)
    elif kind == 1:
        other = smooth + detail * rng.uniform(0.0, 0.4)
    elif kind == 2:
        lines = noise.turned(noise.columns(rng, scene.size, 0.8), float(rng.choice([0, 0, 90])))
        other = scene.picture + depth(rng, scene, 1.0, 3.0) * lines[:, :, None]
    else:
        other = smooth + detail * rng.uniform(0.3, 2) + rng.choice([-1, 1]) * rng.uniform(0.05, 0.2)
    weight = (cover * scene.alpha)[:, :, None]
    picture = scene.picture + weight * (other - scene.picture)
    return np.asarray(picture, np.float32), cover


def particles(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """One or several crumbs, chips or dust grains lying about."""
    size = scene.size
    cover = np.zeros((size, size), np.float32)
    x, y = map(float, scene.spot(rng))
    for _ in range(int(rng.choice([1, 1, 2, 4, 7]))):
        radius = float(np.exp(rng.uniform(np.log(1.5), np.log(9))))
        cover = np.maximum(cover, noise.blob(rng, size, (x, y), radius))
        x, y = x + rng.normal(0, 12), y + rng.normal(0, 12)
    colour = rng.uniform(0, 1, 3) if rng.random() < 0.5 else np.full(3, rng.uniform(0, 1))
    weight = (cover * rng.uniform(0.5, 1.0))[:, :, None]
    relief = 1 + 0.25 * noise.fractal(rng, size, 60, 2)
    return scene.picture * (1 - weight) + weight * relief[:, :, None] * colour, cover


def foreign_texture(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """Another material blended in (as DRAEM does it: Zavrtanik et al., ICCV 2021)."""
    cover = area(rng, scene, 5.0, 60.0)
    other = materials.material(rng, scene.size).picture
    if rng.random() < 0.6:
        shift = scene.picture.mean(axis=(0, 1)) - other.mean(axis=(0, 1))
        other = other + rng.uniform(0.5, 1) * shift
    weight = (cover * scene.alpha * rng.uniform(0.35, 1.0))[:, :, None]
    return scene.picture + weight * (other - scene.picture), cover


def misplaced(rng: np.random.Generator, scene: Scene) -> tuple[Picture, Field]:
    """A piece of the product itself at a wrong place, turned or mirrored (CutPaste)."""
    size = scene.size
    cover = area(rng, scene, 6.0, 45.0)
    centre = (size / 2 + rng.normal(0, 20), size / 2 + rng.normal(0, 20))
    angle = float(rng.choice([90, 180, 270, rng.uniform(20, 340)]))
    matrix = cv2.getRotationMatrix2D(centre, angle, rng.uniform(0.8, 1.3))
    matrix = matrix + np.array([[0, 0, 1]]) * rng.uniform(-0.3, 0.3, (2, 1)) * size
    moved = cv2.warpAffine(scene.picture, matrix, (size, size), borderMode=cv2.BORDER_REFLECT_101)
    moved = np.asarray(moved, np.float32) * rng.uniform(0.85, 1.15)
    weight = (cover * (scene.alpha if rng.random() < 0.7 else 1.0))[:, :, None]
    return scene.picture + weight * (moved - scene.picture), cover
