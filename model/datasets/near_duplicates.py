"""Pictures of the same thing in training and test, which make every figure too good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.datasets.look import Look

MOST_BITS = 8
LIKE = 0.6
_BLOCK = 512
_SAMPLED = 2000
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A pair that shows the same thing.

    Attributes:
        train: Image of the training part.
        test: Image of the test part.
        bits: Bits in which their perceptual hashes differ, 0..64.
        likeness: Correlation of their fine structure, up to 1.
    """

    train: Path
    test: Path
    bits: int
    likeness: float


def near_duplicates(train: Sequence[Look], test: Sequence[Look]) -> tuple[Duplicate, ...]:
    """Return the pairs of train and test that show the same thing, the most alike first.

    A pair counts if its 64-bit hashes differ in 8 bits at most and its fine structure correlates
    by 0.6 or more; where all parts of a product look alike, more is needed: 0.6 of the way from
    the product's typical pair to a perfect copy. Equal pixels always count.

    Args:
        train: Readable images of one product.
        test: Readable images of the same product.
    """
    if not train or not test:
        return ()
    needed = _needed(train, test)
    codes = np.array([look.code for look in test], np.uint64)
    found: list[Duplicate] = []
    for first in range(0, len(train), _BLOCK):
        block = train[first : first + _BLOCK]
        mine = np.array([look.code for look in block], np.uint64)
        # (block, 1) against (1, test) -> (block, test)
        bits = np.bitwise_count(mine[:, None] ^ codes[None, :])
        for row, column in np.argwhere(bits <= MOST_BITS).tolist():
            pair = block[row], test[column]
            same = pair[0].digest == pair[1].digest
            like = 1.0 if same else likeness(*pair)
            if same or like >= needed:
                found.append(
                    Duplicate(
                        pair[0].sample.path, pair[1].sample.path, int(bits[row, column]), like
                    )
                )
    return tuple(sorted(found, key=lambda one: (-one.likeness, str(one.test), str(one.train))))


def likeness(one: Look, other: Look) -> float:
    """Return the correlation of two pictures' fine structure, -1..1; 0 if one is flat."""
    if one.detail is None or other.detail is None:
        return 0.0
    a, b = one.detail.astype(np.float32), other.detail.astype(np.float32)
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else 0.0


def _needed(train: Sequence[Look], test: Sequence[Look]) -> float:
    """Return the likeness from which a pair counts, from pairs drawn at random."""
    rng = np.random.default_rng(0)
    draws: npt.NDArray[np.int64] = rng.integers(0, (len(train), len(test)), (_SAMPLED, 2))
    if len(train) * len(test) < _ENOUGH:
        return LIKE
    typical = np.median([likeness(train[a], test[b]) for a, b in draws[: len(train) * len(test)]])
    return LIKE + (1 - LIKE) * max(0.0, float(typical))
