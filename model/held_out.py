"""What a teaching is judged on: images that it has not seen, good and with defects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model.errors import DatasetError, ModelError
from model.images import Picture
from model.opencv import cv2
from model.training.painted import painted
from model.variation import changed

_SIDE = 240
_LEAST_PARTS = 3
_MOST_HELD_OUT = 12
_ENOUGH_VIEWS = 20

Painter = Callable[[Picture, np.random.Generator], Picture]


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Pictures to choose by, (H, W, 3) uint8 BGR each.

    Attributes:
        good: Of good parts.
        defective: Of defective parts.
    """

    good: Sequence[Picture]
    defective: Sequence[Picture]


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """One fold.

    Attributes:
        pool: What may be learned from, in the order in which shots are added.
        good: Good pictures to judge on, none of them in the pool.
        defective: Defective pictures to judge on.
    """

    pool: Sequence[Picture]
    good: Sequence[Picture]
    defective: Sequence[Picture]


def drawn_rounds(
    images: Sequence[Picture],
    validation: Labelled | None,
    seed: int,
    folds: int,
    paint: Painter | None = None,
) -> list[Round]:
    """Return the rounds of a selection; same seed and images, same rounds.

    Args:
        images: Good pictures, (H, W, 3) uint8 BGR.
        validation: Labelled pictures to judge on; None holds a part of the images out and
            sets the same with painted defects against them.
        seed: Of the draw, the changes and the defects.
        folds: Number of rounds at most.
        paint: Puts a defect on a good picture; None for `with_defect`.

    Raises:
        DatasetError: Too few images, or the labelled ones are of one class only.
        ModelError: There is no fold.
    """
    if folds < 1:
        raise ModelError("Selecting shots needs at least one fold.")
    if validation is not None:
        return list(_labelled_rounds(images, validation, seed, folds))
    if len(images) < 2:
        raise DatasetError(
            "Selecting shots needs at least two good images, one to learn from and one to judge "
            "on; add images, or give labelled ones."
        )
    return list(_painted_rounds(images, seed, folds, paint or with_defect))


def _labelled_rounds(
    images: Sequence[Picture], validation: Labelled, seed: int, folds: int
) -> Iterator[Round]:
    if not images:
        raise DatasetError("There is no good image to learn from; give at least one.")
    if not validation.good or not validation.defective:
        raise DatasetError(
            "The labelled images need good and defective ones; shots cannot be selected by one "
            "class alone."
        )
    for fold in range(min(folds, len(images))):
        order = np.random.default_rng((seed, fold)).permutation(len(images))
        yield Round([images[i] for i in order], validation.good, validation.defective)


def _painted_rounds(
    images: Sequence[Picture], seed: int, folds: int, paint: Painter
) -> Iterator[Round]:
    """Hold out another part of the images in each fold; at least two thirds are learned from."""
    order = np.random.default_rng(seed).permutation(len(images))
    parts = np.array_split(order, min(max(folds, _LEAST_PARTS), len(images)))
    for fold, part in enumerate(parts[:folds]):
        rest = [images[i] for i in order if i not in part]
        rng = np.random.default_rng((seed, fold))
        held_out = [images[i] for i in part[:_MOST_HELD_OUT]]
        copies = -(-_ENOUGH_VIEWS // len(held_out))
        # the part itself and slightly changed copies: neither lies just as a shot does
        good = [changed(one, rng) if turn else one for one in held_out for turn in range(copies)]
        yield Round(
            [rest[i] for i in rng.permutation(len(rest))],
            good,
            [paint(one, rng) for one in good],
        )


def with_defect(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a picture with a painted defect, everything else pixel by pixel as it was.

    Args:
        picture: (H, W, 3) uint8 BGR of a good part.
        rng: Source of kind, place and strength.
    """
    plain = np.asarray(cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    change = painted(plain, rng).picture.astype(np.float32) - plain.astype(np.float32)
    height, width = picture.shape[:2]
    fitted = np.asarray(cv2.resize(change, (width, height)), np.float32)
    return np.asarray(np.clip(np.rint(picture + fitted), 0, 255), np.uint8)
