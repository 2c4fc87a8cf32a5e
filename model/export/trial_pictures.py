"""Made-up pictures on which two runtimes are compared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def trial_pictures(side: int) -> list[tuple[str, npt.NDArray[np.uint8]]]:
    """Return a few made-up pictures with structure at every scale, always the same ones."""
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        picture = np.zeros((max(32, side), max(32, side), 3), np.float64)
        for cell in (1, 4, 16, 64):
            count = -(-picture.shape[0] // cell)
            noise = rng.normal(0, 12 * (1 + cell**0.5 / 4), (count, count, 3))
            grown = noise.repeat(cell, 0).repeat(cell, 1)
            picture += grown[: picture.shape[0], : picture.shape[1]]
        found.append((f"trial {seed}", (picture + 127).clip(0, 255).astype(np.uint8)))
    return found
