"""The pictures of EfficientAD's training: those of the product, changed ones, foreign ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import functional

from model.data import IMAGE_SUFFIXES
from model.errors import DatasetError
from model.images import Picture, check_size, to_bgr
from model.learning.efficient_ad_losses import StepPictures
from model.learning.material import PictureFiles
from model.opencv import cv2
from model.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocess
from model.synthesis.sample import make_sample
from model.tiling import plan_tiles

PROCEDURAL, NONE = "procedural", "none"
_KEPT_BYTES = 512 << 20
_DRAWN_PRODUCTS = 200
_STREAM = 31_000
_CHANGE = 0.2
_GREY_SHARE = 0.3
_CHANGES = (
    functional.adjust_brightness,
    functional.adjust_contrast,
    functional.adjust_saturation,
)


class Inputs:
    """Pictures as network inputs, in the very tiles in which the predictor judges them.

    Args:
        pictures: (H, W, 3) uint8 BGR each; kept as resized bytes while they fit into half a
            gigabyte, read again beyond.
        preprocess: Of the detector.
    """

    def __init__(self, pictures: Sequence[Picture], preprocess: Preprocess) -> None:
        self._pictures = pictures
        self._to_bytes = replace(preprocess, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
        self._kept: dict[int, Tensor] = {}
        self._room = _KEPT_BYTES

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._pictures)

    def tiles(self, index: int) -> Tensor:
        """Return (T, 3, S, S) float32 in [0, 1] of a picture.

        Raises:
            ModelError: The picture cannot be used.
        """
        kept = self._kept.get(index)
        if kept is None:
            kept = self._read(self._pictures[index])
            if kept.nbytes <= self._room:
                self._kept[index] = kept
                self._room -= kept.nbytes
        return kept.float() / 255

    def _read(self, picture: Picture) -> Tensor:
        """Return (T, 3, S, S) uint8."""
        check_size(picture)
        picture = to_bgr(picture)
        tiles = plan_tiles(*picture.shape[:2])
        inputs = torch.cat([self._to_bytes(picture[tile.window]) for tile in tiles])
        return inputs.mul(255).round().byte()


class ForeignInputs(Inputs):
    """Foreign pictures, some of them grey (paper, appendix: algorithm 1).

    Args:
        pictures: (H, W, 3) uint8 BGR each.
        preprocess: Of the detector.
        rng: Decides which are grey, picture by picture.
        middle: Share of each side that is shown; half of a photograph.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        preprocess: Preprocess,
        rng: np.random.Generator,
        middle: float = 0.5,
    ) -> None:
        super().__init__(pictures, preprocess)
        self._ends = (0.5 - middle / 2, 0.5 + middle / 2)
        self._grey = rng.random(len(pictures)) < _GREY_SHARE

    def tiles(self, index: int) -> Tensor:
        """Return (1, 3, S, S) float32 in [0, 1]."""
        values = super().tiles(index)
        return functional.rgb_to_grayscale(values, 3) if self._grey[index] else values

    def _read(self, picture: Picture) -> Tensor:
        side = self._to_bytes.size
        rgb = Image.fromarray(np.asarray(cv2.cvtColor(to_bgr(picture), cv2.COLOR_BGR2RGB)))
        columns, rows = ([round(end * length) for end in self._ends] for length in rgb.size)
        middle = rgb.crop((columns[0], rows[0], columns[1], rows[1]))
        cut = middle.resize((side, side), Image.Resampling.BILINEAR)
        return self._to_bytes.picture(cut).mul(255).round().byte()


class Products(Sequence[Picture]):
    """Procedural products as foreign pictures; number i is always the same.

    Args:
        seed: Of the stream.
        count: How many.
        side: Pixels.
    """

    def __init__(self, seed: int, count: int = _DRAWN_PRODUCTS, side: int = 256) -> None:
        self._seed, self._count, self._side = seed, count, side

    def __len__(self) -> int:
        """Return the number of pictures."""
        return self._count

    def __getitem__(self, index: int) -> Picture:  # type: ignore[override]
        """Return (S, S, 3) uint8 BGR; every second one shows a defect.

        Raises:
            IndexError: There are fewer.
        """
        if not 0 <= index < self._count:
            raise IndexError(index)
        sample = make_sample(self._seed, index, self._side)
        return sample.defective if index % 2 else sample.good


def image_files(folder: Path) -> PictureFiles:
    """Return the pictures of a folder and those below it.

    Raises:
        DatasetError: There is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}; check the path.")
    found = sorted(one for one in folder.rglob("*") if one.suffix.lower() in IMAGE_SUFFIXES)
    if not found:
        raise DatasetError(f"The folder {folder} holds no image ({', '.join(IMAGE_SUFFIXES)}).")
    return PictureFiles(found)


def foreign_inputs(
    penalty: str, preprocess: Preprocess, rng: np.random.Generator
) -> ForeignInputs | None:
    """Return the pictures on which the student is to stay silent.

    Args:
        penalty: "procedural", "none" or a folder.
        preprocess: Of the detector.
        rng: Decides which are grey.

    Raises:
        DatasetError: The folder is missing or holds no picture.
    """
    if penalty == NONE:
        return None
    if penalty == PROCEDURAL:
        products = Products(_STREAM, side=preprocess.size)
        return ForeignInputs(products, preprocess, rng, middle=1.0)
    return ForeignInputs(image_files(Path(penalty)), preprocess, rng)


def step_pictures(
    inputs: Inputs, foreign: ForeignInputs | None, rng: np.random.Generator
) -> Iterator[StepPictures]:
    """Yield the pictures of one step after the other, without end; batch 1 as in the paper.

    Every picture comes once before one comes again; of one that is judged in tiles, one tile.
    """
    while True:
        for index in rng.permutation(len(inputs)).tolist():
            tiles = inputs.tiles(index)
            number = int(rng.integers(len(tiles)))
            plain = tiles[number : number + 1]
            changed = _changed(plain, rng)
            other = None if foreign is None else foreign.tiles(int(rng.integers(len(foreign))))
            yield StepPictures(
                normalised(plain),
                normalised(changed),
                None if other is None else normalised(other),
            )


def _changed(values: Tensor, rng: np.random.Generator) -> Tensor:
    """Return (1, 3, S, S) in [0, 1] with another brightness, contrast or saturation."""
    change = _CHANGES[int(rng.integers(len(_CHANGES)))]
    found: Tensor = change(values, float(rng.uniform(1 - _CHANGE, 1 + _CHANGE)))
    return found


def normalised(values: Tensor) -> Tensor:
    """Return (B, 3, S, S) in [0, 1] as ImageNet's mean and spread make it."""
    mean = values.new_tensor(IMAGENET_MEAN)[:, None, None]
    std = values.new_tensor(IMAGENET_STD)[:, None, None]
    return (values - mean) / std
