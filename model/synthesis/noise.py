"""Random fields: the grain, blotches and streaks that materials and defects are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from model.opencv import cv2

Field = npt.NDArray[np.float32]


def standardised(field: npt.NDArray[Any] | cv2.Mat) -> Field:
    """Return the field with mean 0 and standard deviation 1 (a flat one becomes 0)."""
    mean, deviation = cv2.meanStdDev(field)
    return np.asarray((field - mean[0, 0]) / max(float(deviation[0, 0]), 1e-6), np.float32)


def lattice(rng: np.random.Generator, size: int, rows: int, columns: int) -> Field:
    """Interpolate a rows x columns grid of normal numbers to (size, size) float32."""
    grid = rng.standard_normal((max(2, rows), max(2, columns)), dtype=np.float32)
    return np.asarray(cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)


def grain(rng: np.random.Generator, size: int, blur: float = 0.0) -> Field:
    """Return white noise, blurred with a Gaussian of `blur` pixels, unit deviation."""
    field = rng.standard_normal((size, size), dtype=np.float32)
    if blur > 0:
        field = standardised(cv2.GaussianBlur(field, (0, 0), blur))
    return field


def fractal(
    rng: np.random.Generator,
    size: int,
    cells: float = 2.0,
    octaves: int = 5,
    decay: float = 0.6,
    stretch: float = 1.0,
) -> Field:
    """Return a sum of octaves of lattice noise, mean 0 and deviation 1.

    Args:
        rng: Source of randomness.
        size: Side in pixels.
        cells: Grid cells across the picture in the first octave.
        octaves: Number of octaves, each twice as fine.
        decay: Amplitude of an octave relative to the one before (above 1: rough).
        stretch: Elongation along y; 4 makes vertical streaks.
    """
    total = np.zeros((size, size), np.float32)
    amplitude = 1.0
    for _ in range(octaves):
        rows, columns = round(cells / stretch) + 1, round(cells) + 1
        if columns > size:
            break
        total += amplitude * lattice(rng, size, rows, columns)
        amplitude *= decay
        cells *= 2
    return standardised(total)


def streaks(rng: np.random.Generator, size: int, length: int) -> Field:
    """Return vertical lines of about `length` pixels, as grinding and brushing leave them."""
    field = rng.standard_normal((size, size), dtype=np.float32)
    kernel = max(3, length | 1)
    return standardised(cv2.blur(field, (1, kernel), borderType=cv2.BORDER_REFLECT))


def columns(rng: np.random.Generator, size: int, blur: float) -> Field:
    """Return a field that varies only along x, unit deviation."""
    line = rng.standard_normal((1, size), dtype=np.float32)
    if blur > 0:
        line = np.asarray(cv2.GaussianBlur(line, (0, 0), blur), np.float32)
    # (1, S) -> (S, S)
    return standardised(np.repeat(line.reshape(1, size), size, axis=0))


def turned(field: Field, degrees: float) -> Field:
    """Rotate a field about its centre; the border is mirrored."""
    if degrees == 0:
        return field
    size = field.shape[0]
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), degrees, 1.0)
    return np.asarray(
        cv2.warpAffine(field, matrix, (size, size), borderMode=cv2.BORDER_REFLECT_101), np.float32
    )


def warped(field: npt.NDArray[np.float32], shift_x: Field, shift_y: Field) -> Field:
    """Move the content of a picture by (shift_x, shift_y) pixels, border mirrored."""
    height, width = field.shape[:2]
    grid_y, grid_x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.asarray(
        cv2.remap(
            field,
            grid_x + shift_x,
            grid_y + shift_y,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        ),
        np.float32,
    )


def cells_distance(rng: np.random.Generator, size: int, count: int) -> Field:
    """Return the distance to the nearest of `count` random points, unit deviation (Worley)."""
    points = np.full((size, size), 255, np.uint8)
    spots = rng.integers(0, size, (max(1, count), 2))
    points[spots[:, 0], spots[:, 1]] = 0
    return standardised(cv2.distanceTransform(points, cv2.DIST_L2, 3))


def blob(rng: np.random.Generator, size: int, centre: tuple[float, float], radius: float) -> Field:
    """Return a soft irregular blob, values 0 to 1, (size, size) float32.

    Args:
        rng: Source of randomness.
        size: Side in pixels.
        centre: (x, y) in pixels.
        radius: Mean radius in pixels; the axes differ by up to a factor of 3.
    """
    aspect = float(np.exp(rng.uniform(-0.55, 0.55)))
    angle = rng.uniform(0, np.pi)
    axis = np.arange(size, dtype=np.float32)
    x, y = axis[None, :] - centre[0], axis[:, None] - centre[1]
    along = (x * np.cos(angle) + y * np.sin(angle)) / (radius * aspect)
    across = (y * np.cos(angle) - x * np.sin(angle)) * aspect / radius
    distance = np.sqrt(along * along + across * across)
    cells = float(np.clip(size / (1.2 * radius), 3, 60))
    roughness = rng.uniform(0.0, 0.35)
    rim = distance + roughness * fractal(rng, size, cells, 3, 0.6)
    softness = rng.uniform(1.0, 3.0) / max(radius, 2.0)
    return np.asarray(np.clip(0.5 + (1.0 - rim) / (2 * softness), 0, 1), np.float32)
