"""A small labelled data set in MVTec layout, made of textures with bright squares as defects."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.images import write_image
from tests.model.tiny_clip import picture

HEIGHT, WIDTH = 60, 80


def make_product_set(
    root: Path, *, train: int = 8, good: int = 4, spot: int = 5, cut: int = 3
) -> Path:
    """Write the pictures and masks; every number of pictures by part and kind."""
    serial = 0
    for folder, number in (("train/good", train), ("test/good", good)):
        for index in range(number):
            write_image(_made(root / folder) / f"{index:03}.png", picture(serial))
            serial += 1
    for kind, number, (height, width) in (("spot", spot, (14, 14)), ("cut", cut, (4, 40))):
        for index in range(number):
            image, mask = picture(serial), np.zeros((HEIGHT, WIDTH), np.uint8)
            rng = np.random.default_rng(serial)
            top, left = rng.integers(HEIGHT - height), rng.integers(WIDTH - width)
            mask[top : top + height, left : left + width] = 255
            image[mask > 0] = (250, 250, 250)
            write_image(_made(root / "test" / kind) / f"{index:03}.png", image)
            write_image(_made(root / "ground_truth" / kind) / f"{index:03}_mask.png", mask)
            serial += 1
    return root


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
