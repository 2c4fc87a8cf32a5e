"""Pictures of the same thing in training and test, which make every figure too good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.datasets.look import Look

MOST_BITS = 8
LIKE = 0.6
_BLOCK = 256
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
    found = [
        pair
        for first in range(0, len(train), _BLOCK)
        for second in range(0, len(test), _BLOCK)
        for pair in _pairs(train[first : first + _BLOCK], test[second : second + _BLOCK], needed)
    ]
    return tuple(sorted(found, key=lambda one: (-one.likeness, str(one.test), str(one.train))))


def _pairs(train: Sequence[Look], test: Sequence[Look], needed: float) -> Iterator[Duplicate]:
    ours = np.array([look.code for look in train], np.uint64)
    theirs = np.array([look.code for look in test], np.uint64)
    # (A, 1) against (1, B) -> (A, B)
    bits = np.bitwise_count(ours[:, None] ^ theirs[None, :])
    near = bits <= MOST_BITS
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if not rows.size:
        return
    mine = _details([train[row] for row in rows.tolist()])
    others = _details([test[column] for column in columns.tolist()])
    likenesses = np.matmul(mine, others.T)
    for i, j in np.argwhere(near[np.ix_(rows, columns)]).tolist():
        one, other = train[int(rows[i])], test[int(columns[j])]
        same = one.digest == other.digest
        like = 1.0 if same else float(likenesses[i, j])
        if same or like >= needed:
            count = int(bits[rows[i], columns[j]])
            yield Duplicate(one.sample.path, other.sample.path, count, like)


def _details(looks: Sequence[Look]) -> npt.NDArray[np.float32]:
    """Return (N, 16384) float32 of unit length; zeros for a flat picture."""
    rows = np.stack([look.detail for look in looks if look.detail is not None]).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-6), np.float32)


def likeness(one: Look, other: Look) -> float:
    """Return the correlation of two readable pictures' fine structure; 0 if one is flat."""
    a, b = _details((one, other))
    return float(np.dot(a, b))


def _needed(train: Sequence[Look], test: Sequence[Look]) -> float:
    """Return the likeness from which a pair counts, from pairs drawn at random."""
    rng = np.random.default_rng(0)
    draws: npt.NDArray[np.int64] = rng.integers(0, (len(train), len(test)), (_SAMPLED, 2))
    if len(train) * len(test) < _ENOUGH:
        return LIKE
    typical = np.median([likeness(train[a], test[b]) for a, b in draws[: len(train) * len(test)]])
    return LIKE + (1 - LIKE) * max(0.0, float(typical))
