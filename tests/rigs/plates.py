"""Pictures of a made-up product: a plate with a hole and a mark, good or with a blot on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.opencv import cv2

Picture = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 320, 256
BLOT = (200, 130)


def plate(number: int, blot: bool = False, shift: tuple[int, int] | None = None) -> Picture:
    """Return a plate; every number lies, shines and is brushed a little differently.

    Args:
        number: Which one.
        blot: A bright blot is on it, around `BLOT` of the plate that is not shifted.
        shift: Place of the plate, pixels from the middle; None draws one.

    Returns:
        (HEIGHT, WIDTH, 3) uint8 BGR.
    """
    rng = np.random.default_rng((number, 5))
    dx, dy = rng.integers(-6, 7, 2) if shift is None else shift
    picture = np.full((HEIGHT, WIDTH, 3), 46, np.float32)
    left, top = 60 + int(dx), 48 + int(dy)
    face = rng.normal(0, 7, (160, 1)) + rng.normal(0, 2, (160, 200)) + 140 + rng.uniform(-5, 5)
    picture[top : top + 160, left : left + 200] = face[:, :, None]
    cv2.circle(picture, (left + 60, top + 80), 26, (30, 30, 30), -1)
    cv2.rectangle(picture, (left + 150, top + 20), (left + 180, top + 44), (90, 90, 90), -1)
    cv2.putText(
        picture, "A7", (left + 152, top + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (220, 220, 220), 2
    )
    if blot:
        cv2.circle(picture, (BLOT[0] + int(dx), BLOT[1] + int(dy)), 17, (250, 250, 255), -1)
    noisy = picture + rng.normal(0, 2.5, picture.shape)
    return np.clip(cv2.GaussianBlur(noisy, (0, 0), 0.7), 0, 255).astype(np.uint8)


def write(folder: Path, name: str, picture: Picture) -> Path:
    """Write a picture as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.png"
    done, data = cv2.imencode(".png", picture)
    assert done
    data.tofile(file)
    return file
