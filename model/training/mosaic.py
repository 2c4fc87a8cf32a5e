"""Mosaics of four pictures, as SOWA trains with; label and mask are those of the parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.opencv import cv2
from model.training.example import Example, Image, Views


class MosaicViews:
    """Views of which some are 2 x 2 mosaics of pictures of the same product.

    Hu and Zhang, arXiv 2407.03634, make every fifth example one, but label it as the picture
    that it replaces; here a mosaic is defective if one of its parts is, and its mask shows all
    their defects.

    Attributes:
        products: Product of each example, "" if not known; `AugmentedViews` asks for it.

    Args:
        views: The pictures.
        share: Of the examples that become mosaics, 0..1.
        seed: Same seed, index and turn, same mosaic.
        products: Of each example; None if all are of one.

    Raises:
        ValueError: `share` is out of range, or there are not as many products as views.
    """

    def __init__(
        self,
        views: Views,
        share: float = 0.2,
        seed: int = 0,
        products: Sequence[str] | None = None,
    ) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"share {share} is not within 0 and 1")
        self.products = tuple(products) if products is not None else ("",) * len(views)
        if len(self.products) != len(views):
            raise ValueError(f"{len(self.products)} products for {len(views)} views")
        self._views, self._share, self._seed = views, share, seed
        self._alike: dict[str, list[int]] = {}
        for index, product in enumerate(self.products):
            self._alike.setdefault(product, []).append(index)

    def __len__(self) -> int:
        """Return the number of views."""
        return len(self._views)

    def view(self, index: int, turn: int) -> Example:
        """Return one view, or a mosaic of it and three others.

        Args:
            index: 0 up to the length, exclusive.
            turn: Draws anew what becomes a mosaic and of what.

        Raises:
            DatasetError: A picture or its mask cannot be read.
        """
        rng = np.random.default_rng((self._seed, index, turn))
        if rng.random() >= self._share:
            return self._views.view(index, turn)
        others = rng.choice(self._alike[self.products[index]], 3)
        parts = [self._views.view(int(one), turn) for one in (index, *others)]
        order = rng.permutation(4)
        return mosaic([parts[place] for place in order], parts[0].picture.shape[:2])


def mosaic(parts: Sequence[Example], size: tuple[int, int]) -> Example:
    """Return four examples as one, row by row.

    Args:
        parts: Four; their sizes may differ.
        size: Height and width of the mosaic, pixels, at least 2.

    Returns:
        Defective if a part is. Its mask is None if that of a part is not known, its name that of
        the defective parts if they have one in common, of all if none is defective, else "".
    """
    height, width = size
    rows, columns = (height // 2, height - height // 2), (width // 2, width - width // 2)
    cells = [(row, column) for row in rows for column in columns]
    pictures = [_resized(part.picture, cell) for part, cell in zip(parts, cells, strict=True)]
    masks = [
        None if part.mask is None else _resized_mask(part.mask, cell)
        for part, cell in zip(parts, cells, strict=True)
    ]
    known = [mask for mask in masks if mask is not None]
    is_defective = any(part.is_defective for part in parts)
    names = {part.name for part in parts if part.is_defective == is_defective}
    return Example(
        _joined(pictures),
        _joined(known) if len(known) == len(masks) else None,
        is_defective,
        names.pop() if len(names) == 1 else "",
    )


def _joined(parts: Sequence[Image]) -> Image:
    top, bottom = np.concatenate(parts[:2], axis=1), np.concatenate(parts[2:], axis=1)
    return np.concatenate([top, bottom])


def _resized(picture: Image, size: tuple[int, int]) -> Image:
    resized = cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def _resized_mask(mask: Image, size: tuple[int, int]) -> Image:
    """Return 1 wherever a defect touches: a thin scratch must not vanish from the truth."""
    share = mask.astype(np.float32)
    # one axis after the other: where one grows, OpenCV's area mode skips pixels along both
    for height, width in ((size[0], mask.shape[1]), size):
        grows = height > share.shape[0] or width > share.shape[1]
        way = cv2.INTER_NEAREST if grows else cv2.INTER_AREA
        share = np.asarray(cv2.resize(share, (width, height), interpolation=way), np.float32)
    return (share > 0).astype(np.uint8)
