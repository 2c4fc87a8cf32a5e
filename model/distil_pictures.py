"""The pictures from which a teacher is distilled, in an order that any step can be resumed at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from model.images import Picture, to_bgr
from model.learning.efficient_ad_pictures import Products, image_files
from model.learning.material import PictureFiles
from model.opencv import cv2
from model.preprocess import Preprocess

_GREY_SHARE = 0.1
_PRODUCT_SIDE = 384
_KEPT_BYTES = 512 << 20


class Pictures:
    """Pictures by number; every tenth or so is grey, always the same ones.

    Args:
        pictures: (H, W, 3) uint8 BGR each.
        seed: Of order and greyness.
    """

    def __init__(self, pictures: Sequence[Picture], seed: int) -> None:
        self._pictures, self._seed = pictures, seed
        self._grey = np.random.default_rng((seed, 1)).random(len(pictures)) < _GREY_SHARE
        self._turn, self._order = -1, np.arange(len(pictures))

    @classmethod
    def of(cls, folder: Path | None, most: int, seed: int) -> Pictures:
        """Return the pictures of a folder, drawn by the seed, or procedural products.

        Args:
            folder: With images, also in folders below; None for procedural products.
            most: Pictures at most.
            seed: Of the draw, the order and the products.

        Raises:
            DatasetError: The folder is missing or holds no picture.
        """
        if folder is None:
            return cls(Products(seed, most, _PRODUCT_SIDE), seed)
        files = image_files(folder).paths
        order = np.random.default_rng((seed, 2)).permutation(len(files))[:most]
        return cls(PictureFiles([files[number] for number in sorted(order.tolist())]), seed)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._pictures)

    def drawn(self, step: int, batch: int) -> list[int]:
        """Return the numbers of a step's pictures: all come before one comes again."""
        numbers = []
        for place in range(step * batch, (step + 1) * batch):
            turn, rest = divmod(place, len(self))
            if turn != self._turn:
                rng = np.random.default_rng((self._seed, 3, turn))
                self._turn, self._order = turn, rng.permutation(len(self))
            numbers.append(int(self._order[rest]))
        return numbers

    def input(self, number: int, preprocess: Preprocess) -> Tensor:
        """Return (1, 3, S, S) float32 of a picture.

        Raises:
            ModelError: The picture cannot be used.
        """
        picture = to_bgr(self._pictures[number])
        rgb = Image.fromarray(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)))
        if self._grey[number]:
            rgb = rgb.convert("L").convert("RGB")
        return preprocess.picture(rgb)

    def inputs(self, preprocess: Preprocess) -> Callable[[int], Tensor]:
        """Return `input` for one network, which keeps what fits into half a gigabyte."""
        as_bytes = replace(preprocess, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
        mean = torch.tensor(preprocess.mean)[:, None, None]
        std = torch.tensor(preprocess.std)[:, None, None]
        kept: dict[int, Tensor] = {}
        most = _KEPT_BYTES // (3 * preprocess.size**2)

        def made(number: int) -> Tensor:
            found = kept.get(number)
            if found is None:
                found = self.input(number, as_bytes).mul(255).round().byte()
                if len(kept) < most:
                    kept[number] = found
            return (found.float() / 255 - mean) / std

        return made
