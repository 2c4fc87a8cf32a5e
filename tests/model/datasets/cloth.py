"""A small cloth photographed at three scales: good pictures, defective ones, unlabelled ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.datasets.tile_plan import TilePlan
from model.datasets.tile_scale import Scale
from model.datasets.tile_sources import TileSource
from model.opencv import cv2

SIDE = 48


def cloth(path: Path, side: int, period: float, seed: int) -> Path:
    """Write a picture of cloth with yarn noise; no two are the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[0:side, 0:side]
    rng = np.random.default_rng(seed)
    shift = rng.uniform(0, period, 2)
    waves = np.cos(2 * np.pi * (x + shift[0]) / period) * np.cos(
        2 * np.pi * (y + shift[1]) / period
    )
    picture = 120 + 50 * waves + rng.normal(0, 6, (side, side))
    return _written(path, np.clip(picture, 0, 255).astype(np.uint8))


def _written(path: Path, picture: npt.NDArray[np.uint8]) -> Path:
    """Write without waiting for the disk, unlike the product: thousands of tests do."""
    done, data = cv2.imencode(".png", picture)
    assert done
    path.write_bytes(data.tobytes())
    return path


def made(root: Path, good: int = 6, unlabelled: int = 4) -> TilePlan:
    """Write the three folders and return how they are cut: 96 px, 192 px with masks, 64 px."""
    for number in range(good):
        cloth(root / "normals" / f"n{number}.png", 96, 8, number)
    for number in range(2):
        cloth(root / "defects" / "ng" / "hole" / f"d{number}.png", 192, 16, 100 + number)
        mask = np.zeros((192, 192), np.uint8)
        mask[20:60, 20:60] = 255  # on the first tile alone
        folder = root / "defects" / "masks" / "hole"
        folder.mkdir(parents=True, exist_ok=True)
        _written(folder / f"d{number}.png", mask)
    cloth(root / "defects" / "ok" / "g.png", 192, 16, 200)
    for number in range(unlabelled):
        cloth(root / "found" / f"u{number}.png", 64, 8, 300 + number)
    return TilePlan(
        (
            TileSource(root / "normals", Scale(8, "px"), "good"),
            TileSource(root / "defects", Scale(16, "px"), "set"),
            TileSource(root / "found", Scale(8, "px"), "unlabelled"),
        ),
        side=SIDE,
        overlap=0,
    )
