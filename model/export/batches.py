"""Pictures by the batches that a graph was made for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.detector import Scores
from model.errors import ModelError

Run = Callable[[npt.NDArray[np.float32]], list[npt.NDArray[Any]]]

MOST = 256
"""Pictures at once that a graph can be made for."""


def check_batch(batch: int) -> int:
    """Return a number of pictures at once.

    Raises:
        ModelError: It is out of range.
    """
    if not 1 <= batch <= MOST:
        raise ModelError(f"The batch is {batch}; it must be 1 to {MOST} pictures at once.")
    return batch


def in_batches(images: Tensor, batch: int, run: Run) -> Scores:
    """Return what a graph of a fixed batch says of any number of pictures.

    Args:
        images: (B, 3, S, S) float32.
        batch: Pictures that the graph takes; the last ones are filled up with copies.
        run: From (batch, 3, S, S) to scores (batch,), maps (batch, 1, h, w) and, where there are
            names, probabilities (batch, C), in memory of their own.
    """
    parts = []
    for first in range(0, len(images), batch):
        some = images[first : first + batch]
        filled = torch.cat([some, some[-1:].expand(batch - len(some), -1, -1, -1)])
        parts.append([one[: len(some)] for one in run(filled.contiguous().numpy())])
    joined = [torch.from_numpy(np.concatenate(each)) for each in zip(*parts, strict=True)]
    return Scores(joined[0], joined[1], joined[2] if len(joined) > 2 else None)


class AtEveryPlace:
    """Judges pictures at one place of a batch after the other, beside other pictures.

    Shows whether a graph of several pictures says the same of a picture wherever it stands.

    Args:
        score: By a graph.
        batch: Pictures at once.
    """

    def __init__(self, score: Callable[[Tensor], Scores], batch: int) -> None:
        self._score, self._batch, self._place = score, batch, 0

    def __call__(self, images: Tensor) -> Scores:
        """Score (B, 3, S, S) float32."""
        found = [self._one(image) for image in images]
        named = [one.class_probabilities for one in found if one.class_probabilities is not None]
        return Scores(
            torch.cat([one.image_score for one in found]),
            torch.cat([one.anomaly_map for one in found]),
            torch.cat(named) if named else None,
        )

    def _one(self, image: Tensor) -> Scores:
        place, self._place = self._place, (self._place + 1) % self._batch
        # others that differ from it and from each other, also on the average
        beside = [image.flip(2) * (0.5 + number / self._batch / 4) for number in range(self._batch)]
        beside[place] = image
        found = self._score(torch.stack(beside))
        rows = slice(place, place + 1)
        named = found.class_probabilities
        return Scores(
            found.image_score[rows],
            found.anomaly_map[rows],
            None if named is None else named[rows],
        )
