"""Drawn parts that are alike but for a little noise, some with a hole."""

from __future__ import annotations

import numpy as np

from model.images import Picture


def part(seed: int, *, hole: bool = False, width: int = 64) -> Picture:
    """A plain part with little noise; `hole` puts a dark spot on it."""
    image = np.full((64, width, 3), 150, np.uint8)
    image[12:52, 20:44] = (90, 120, 160)
    if hole:
        image[24:38, 26:40] = 10
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)
