"""Notices pictures that arrive in time and still show nothing: black or frozen."""

from __future__ import annotations

from typing import Literal

import numpy as np

from app.camera.frame import Image

PictureFault = Literal["", "black", "frozen"]

BLACK_MEAN = 8.0
"""Grey values; a covered lens or a dead light is below, with its sensor noise."""

BLACK_SPREAD = 4.0
BLACK_AFTER_S = 0.5
"""One dark picture between two flashes of a strobe is no fault."""

FROZEN_AFTER_S = 2.0
_STEP = 4


class PictureWatch:
    """Follows the pictures of one live camera.

    A sensor never delivers the same noise twice, so bit-identical pictures for
    `FROZEN_AFTER_S` come from a stuck encoder or driver.
    """

    def __init__(self) -> None:
        self._last: Image | None = None
        self._same_since = 0.0
        self._black_since: float | None = None

    def look(self, image: Image, now: float) -> PictureFault:
        """Return what is wrong with the pictures up to this one.

        Args:
            image: (H, W, 3) uint8.
            now: When it was taken, seconds, monotonic clock.
        """
        sample = image[::_STEP, ::_STEP].copy()
        if self._last is None or not np.array_equal(sample, self._last):
            self._last, self._same_since = sample, now
        if sample.mean() < BLACK_MEAN and sample.std() < BLACK_SPREAD:
            self._black_since = now if self._black_since is None else self._black_since
            if now - self._black_since >= BLACK_AFTER_S:
                return "black"
        else:
            self._black_since = None
        return "frozen" if now - self._same_since >= FROZEN_AFTER_S else ""
