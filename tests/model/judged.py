"""Judged images made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.data import Sample
from model.figures import Judged
from model.images import write_image

SIDE = 16


def judged(
    score: float,
    kind: str = "good",
    product: str = "",
    *,
    has_mask: bool = True,
    folder: Path = Path("pictures"),
) -> Judged:
    """One image; a defect lies in the middle and the map shows it as strongly as the score."""
    is_bad = kind != "good"
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[6:10, 6:10] = is_bad
    ramp = np.linspace(0, 0.1, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
    heat = (ramp + score * mask).astype(np.float32)
    sample = Sample(folder / f"{kind}_{score}.png", kind, is_bad, None, product)
    return Judged(sample, score, heat, mask if has_mask else None)


def on_disk(one: Judged) -> Judged:
    """Write the picture of a judged image."""
    picture = np.full((40, 60, 3), 120, np.uint8)
    one.sample.path.parent.mkdir(parents=True, exist_ok=True)
    write_image(one.sample.path, picture)
    return one
