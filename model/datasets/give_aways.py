"""Trivial cues that tell defective from good without looking at the defect."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from model.datasets.look import Look
from model.metrics import auroc

CUES: dict[str, Callable[[Look], float]] = {
    "file size": lambda look: look.file_bytes,
    "picture size": lambda look: look.width * look.height,
    "mean grey": lambda look: look.mean,
    "deviation of grey": lambda look: look.deviation,
}
STRONG = 0.8


def give_aways(looks: Sequence[Look]) -> dict[str, float | None]:
    """Return for each cue its AUROC of defective against good images; 0.5 gives nothing away.

    A value near 0 gives as much away as one near 1. None if one of the two is missing.

    Args:
        looks: Readable images of one product.
    """
    labels = np.array([look.sample.is_defective for look in looks], np.int64)
    found = {}
    for name, cue in CUES.items():
        value = auroc(labels, np.array([cue(look) for look in looks], np.float64))
        found[name] = value if math.isfinite(value) else None
    return found


def is_strong(value: float | None) -> bool:
    """Tell whether a cue alone would nearly do: AUROC of 0.8 or more, or 0.2 or less."""
    return value is not None and max(value, 1 - value) >= STRONG
