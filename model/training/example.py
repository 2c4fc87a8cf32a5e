"""What training sees: one picture with its truth, and many of them as a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One picture and what is known of it.

    Attributes:
        picture: (H, W, 3) uint8 BGR.
        mask: (H, W) uint8, 1 where defective; None if the place is not known. A good picture
            has a mask of zeros.
        is_defective: False for a good part.
        name: What the classes are called: kind of defect, or product; "" if not known.
    """

    picture: Image
    mask: Image | None
    is_defective: bool
    name: str = ""


class Views(Protocol):
    """Pictures as training wants them: as they are, augmented, or with painted defects.

    `view(index, turn)` gives the same example whenever it is called; another turn gives another
    view of the same picture, or the same one where nothing is varied.
    """

    def __len__(self) -> int:
        """Return the number of examples of one epoch."""

    def view(self, index: int, turn: int) -> Example:
        """Return one example.

        Args:
            index: 0 up to the length, exclusive.
            turn: Counts the variants, from 0.

        Raises:
            DatasetError: The picture or its mask cannot be read.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Examples as tensors on one device.

    Attributes:
        images: (B, 3, S, S) float32 as the detector's `preprocess` makes them.
        masks: (B, S, S) float32, 0 and 1; zeros where the place is not known.
        has_mask: (B,) bool: the mask is known; True for good pictures.
        labels: (B,) int64, 1 for defective.
        names: (B,) int64 index into the class names, -1 if not known.
        features: Frozen features of the images by name, (B, ...); see `Trainee.features`.
    """

    images: Tensor
    masks: Tensor
    has_mask: Tensor
    labels: Tensor
    names: Tensor
    features: dict[str, Tensor]
