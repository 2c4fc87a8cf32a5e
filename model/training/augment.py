"""Varied views of training pictures: the same variation for the picture and its mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torchvision.transforms import ColorJitter, RandomResizedCrop
from torchvision.transforms.functional import rgb_to_grayscale

from model.images import Picture
from model.opencv import cv2
from model.training.augmentation import Augmentation
from model.training.example import Example, Views

__all__ = ["Augmentation", "AugmentedViews"]

_TRIES = 20
_KEPT_SHARE = 0.5


class _Pair(NamedTuple):
    """A picture with its mask: (H, W, 3) uint8 BGR, and (H, W) uint8 or None."""

    picture: Picture
    mask: npt.NDArray[np.uint8] | None


@dataclass(frozen=True)
class AugmentedViews:
    """Views of other views, varied anew with each turn; turn 0 is the view as it is.

    The same seed, index and turn give the same example, in any process and order. Crop and
    colour jitter are torchvision's, as in `open_clip.transform`. A defect stays in the picture:
    a crop that would keep less than half of it is drawn again, and a defective picture whose
    defect is not known to lie anywhere is not cropped.

    Attributes:
        views: What is varied.
        augmentation: How.
        seed: Of all variations.
        products: Product of each view, for `Augmentation.left_out`; None takes the attribute
            `products` of the views, if they have one.
    """

    views: Views
    augmentation: Augmentation
    seed: int
    products: Sequence[str] | None = None

    def __len__(self) -> int:
        """Return the number of views."""
        return len(self.views)

    def view(self, index: int, turn: int) -> Example:
        """Return a varied view.

        Args:
            index: 0 up to the length, exclusive.
            turn: 0 for the view as it is, another number for another variation.

        Raises:
            DatasetError: The picture or its mask cannot be read.
        """
        example = self.views.view(index, turn)
        if turn == 0:
            return example
        rng = np.random.default_rng((self.seed % 2**32, index, turn))
        chosen = _allowed(self.augmentation, self._product(index))
        defect = 0 if example.mask is None else int(np.count_nonzero(example.mask))
        pair = _laid(_Pair(example.picture, example.mask), chosen, defect, rng)
        # torchvision draws from the global generator, which must not notice
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**62)))
            if example.mask is not None or not example.is_defective:
                pair = _cropped(pair, chosen, defect)
            picture = _coloured(pair.picture, chosen, rng)
        return replace(example, picture=picture, mask=pair.mask)

    def _product(self, index: int) -> str:
        products = self.products
        if products is None:
            products = getattr(self.views, "products", None)
        return products[index] if products else ""


def _allowed(wanted: Augmentation, product: str) -> Augmentation:
    """Switch off what would destroy the product's label."""
    out = wanted.left_out(product)
    if "crop" in out:
        wanted = replace(wanted, scale=(1.0, 1.0), ratio=(1.0, 1.0))
    if "flip" in out:
        wanted = replace(wanted, horizontal_flip=0.0, vertical_flip=0.0, quarter_turns=False)
    if "rotation" in out:
        wanted = replace(wanted, rotation=0.0, quarter_turns=False)
    if "light" in out:
        wanted = replace(wanted, brightness=0.0, contrast=0.0)
    if "colour" in out:
        wanted = replace(wanted, saturation=0.0, hue=0.0, grey_share=0.0)
    return wanted


def _laid(pair: _Pair, how: Augmentation, defect: int, rng: np.random.Generator) -> _Pair:
    """Flip and turn; `defect` pixels were defective at first.

    All numbers are drawn whether used or not, so that one choice moves no other.
    """
    across, down, quarters, angle = rng.random(), rng.random(), rng.integers(4), rng.uniform(-1, 1)
    picture, mask = pair
    arrays = [picture] if mask is None else [picture, mask]
    if across < how.horizontal_flip:
        arrays = [array[:, ::-1] for array in arrays]
    if down < how.vertical_flip:
        arrays = [array[::-1] for array in arrays]
    if how.quarter_turns:
        arrays = [np.rot90(array, int(quarters)) for array in arrays]
    arrays = [np.ascontiguousarray(array) for array in arrays]
    if how.rotation > 0:
        turned = [_rotated(array, float(angle) * how.rotation) for array in arrays]
        if mask is None or _keeps_defect(turned[1], defect):
            arrays = turned
    return _Pair(arrays[0], None if mask is None else arrays[1])


def _rotated(array: npt.NDArray[np.uint8], degrees: float) -> npt.NDArray[np.uint8]:
    """Turn about the centre; linear for pictures, nearest neighbour for masks."""
    height, width = array.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    flags = cv2.INTER_LINEAR if array.ndim == 3 else cv2.INTER_NEAREST
    turned = cv2.warpAffine(
        array, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(turned, np.uint8)


def _cropped(pair: _Pair, how: Augmentation, defect: int) -> _Pair:
    """Cut out a part; the network's preprocessing brings it to size."""
    picture, mask = pair
    if how.scale == (1.0, 1.0) and how.ratio == (1.0, 1.0):
        return pair
    height, width = picture.shape[:2]
    # only the size is read off this tensor: (1, H, W) without memory of its own
    canvas = torch.zeros(()).expand(1, height, width)
    ratio = [value * width / height for value in how.ratio]
    for _ in range(_TRIES):
        top, left, rows, columns = RandomResizedCrop.get_params(canvas, list(how.scale), ratio)
        window = (slice(top, top + rows), slice(left, left + columns))
        if mask is None or _keeps_defect(mask[window], defect):
            part = None if mask is None else np.ascontiguousarray(mask[window])
            return _Pair(np.ascontiguousarray(picture[window]), part)
    return pair


def _keeps_defect(mask: npt.NDArray[np.uint8], defect: int) -> bool:
    return int(np.count_nonzero(mask)) >= _KEPT_SHARE * defect


def _coloured(picture: Picture, how: Augmentation, rng: np.random.Generator) -> Picture:
    """Change brightness, contrast and colour."""
    jittered, greyed = rng.random() < how.jitter_share, rng.random() < how.grey_share
    changes = (how.brightness, how.contrast, how.saturation, how.hue)
    if not (greyed or (jittered and any(changes))):
        return picture
    image = Image.fromarray(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)))
    if jittered and any(changes):
        image = ColorJitter(*changes)(image)
    if greyed:
        image = rgb_to_grayscale(image, num_output_channels=3)
    return np.asarray(cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR), np.uint8)
