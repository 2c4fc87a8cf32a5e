"""Pictures of a data set as training wants them, just as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from model.data import Sample, read_defects
from model.errors import DatasetError
from model.images import read_image
from model.training.example import Example

Naming = Literal["kind", "product", ""]


class PlainViews:
    """The samples unchanged; every turn is the same.

    Attributes:
        samples: What is shown, in this order.
        products: Product of each example, "" if not known; `AugmentedViews` asks for it.

    Args:
        samples: What to show.
        naming: What `Example.name` holds: the kind ("good" for good parts), the product, or
            nothing.

    Raises:
        DatasetError: There is no sample.
    """

    def __init__(self, samples: Sequence[Sample], naming: Naming = "kind") -> None:
        if not samples:
            raise DatasetError("There is no image to train with; give at least one.")
        self.samples = tuple(samples)
        self.products = tuple(sample.product for sample in self.samples)
        self._naming = naming

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names that occur, "good" first and the others sorted; none without a naming."""
        names = {_name(sample, self._naming) for sample in self.samples} - {""}
        return tuple(sorted(names, key=lambda name: (name != "good", name)))

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.samples)

    def view(self, index: int, turn: int) -> Example:
        """Return a sample as it is on the disk.

        Args:
            index: 0 up to the length, exclusive.
            turn: Changes nothing.

        Raises:
            DatasetError: The picture or its mask cannot be read or used, the mask has another
                size, or shows a defect on a good part.
        """
        sample = self.samples[index]
        picture = read_image(sample.path)
        height, width = picture.shape[:2]
        mask = None
        if sample.mask is not None:
            mask = read_defects(sample, height, width).astype(np.uint8)
        elif not sample.is_defective:
            mask = np.zeros((height, width), np.uint8)
        return Example(picture, mask, sample.is_defective, _name(sample, self._naming))


def _name(sample: Sample, naming: Naming) -> str:
    return {"kind": sample.kind, "product": sample.product, "": ""}[naming]
