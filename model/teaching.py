"""What every way of teaching shares: choices, the draw of shots, progress and cancelling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import DatasetError, ModelError
from model.fusion import Fusion
from model.images import Picture, check_size, to_bgr
from model.trials import ENOUGH_SHOTS, FOLDS, ONE_BY_ONE_UP_TO

MAX_SHOTS = 200

Progress = Callable[[int, int], None]


class TeachingCancelled(ModelError):
    """The teaching was stopped on request; nothing was made."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """How to teach.

    Attributes:
        fusion: Layers, neighbourhood and weights; None takes those for the backbone's depth.
            SOWA has its own and passes it over.
        max_rows: Rows of the memory bank at most.
        copies: Slightly changed copies of every shot that are remembered too: what a nest, a
            conveyor and a lamp leave to chance must not look like a defect.
        turned: Remember every shot turned by quarters and mirrored too. For materials without
            an up and down; a part that lies the wrong way round is then not noticed.
        names: What the images are called, in their order; empty numbers them from 1.
    """

    fusion: Fusion | None = None
    max_rows: int = 8000
    copies: int = 4
    turned: bool = False
    names: tuple[str, ...] = ()

    def name_of(self, number: int) -> str:
        """Return what an image is called.

        Args:
            number: From 0, among all the images that were given.
        """
        return self.names[number] if number < len(self.names) else str(number + 1)


@dataclass(slots=True)
class Steps:
    """Counts the work and asks whether to go on."""

    progress: Progress | None
    cancelled: Callable[[], bool] | None
    total: int
    done: int = field(default=0, init=False)

    def take(self) -> None:
        """Count one step.

        Raises:
            TeachingCancelled: It was asked for.
        """
        if self.cancelled is not None and self.cancelled():
            raise TeachingCancelled("Teaching was stopped; nothing has changed.")
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)


def drawn_shots(
    images: Sequence[npt.NDArray[Any]], shots: int | None, seed: int
) -> list[npt.NDArray[Any]]:
    """Return `shots` of the images in their order, or all (200 at most).

    Raises:
        DatasetError: Too few or too many.
    """
    return [images[index] for index in drawn_numbers(len(images), shots, seed)]


def drawn_numbers(images: int, shots: int | None, seed: int) -> list[int]:
    """Return the numbers, ascending, of the images that `drawn_shots` takes.

    Raises:
        DatasetError: Too few or too many.
    """
    count = min(images, MAX_SHOTS) if shots is None else shots
    if not images or not 1 <= count <= MAX_SHOTS or count > images:
        raise DatasetError(
            f"Cannot learn from {count} of {images} images; give 1 to {MAX_SHOTS} good ones."
        )
    order = np.random.default_rng(seed).permutation(images)[:count]
    return sorted(order.tolist())


def checked(image: npt.NDArray[Any]) -> Picture:
    """Return an image as (H, W, 3) uint8 BGR.

    Raises:
        ModelError: It cannot be used.
    """
    check_size(image)
    return to_bgr(image)


def method_of(count: int) -> str:
    """Return how limits from so many shots came about, in words."""
    if count == 1:
        return (
            "1 normal image, judged on changed copies of itself: the limits are a guess, teach "
            f"at least {ENOUGH_SHOTS} images"
        )
    how = "each judged without itself" if count <= ONE_BY_ONE_UP_TO else f"in {FOLDS} groups"
    return f"{count} normal images, {how}"
