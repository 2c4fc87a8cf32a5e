"""Good pictures with defects painted onto them: masks for free where no defect is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.images import Picture
from model.opencv import cv2
from model.synthesis.defects import draw_kind, flaw
from model.synthesis.scene import Scene
from model.training.example import Example, Views

_SIDE = 240
_MOST_GAIN = 2.2
_DETAIL = 5.0
_GREY_KINDS_WITHOUT = "discoloration"
# real defects together count so many times the good pictures
_REAL_SHARE = 0.6
_MOST_REPEATS = 16
_COVERED = 0.3


@dataclass(frozen=True)
class PaintedViews:
    """Good pictures as they are and with painted defects; real defects too, if there are any.

    Each good picture counts twice: as it is, and with a defect of `model.synthesis`. Each
    defective one counts several times, so that the few weigh against the many: as it is, and
    with its defect copied onto a good picture. Another turn paints another defect and copies to
    another place.

    Attributes:
        views: Pictures; good ones but for those in `defective`.
        seed: Of kind, place and strength.
        side: Size at which defects are painted, pixels; painted examples are squares of it.
        defective: Numbers of the defective pictures among `views`.
    """

    views: Views
    seed: int = 0
    side: int = _SIDE
    defective: tuple[int, ...] = ()

    @cached_property
    def _good(self) -> tuple[int, ...]:
        known = set(self.defective)
        return tuple(index for index in range(len(self.views)) if index not in known)

    @cached_property
    def sources(self) -> tuple[int, ...]:
        """The number in `views` behind each example."""
        good = [index for index in self._good for _ in range(2)]
        times = 1
        if self._good and self.defective:
            wanted = round(_REAL_SHARE * len(self._good) / len(self.defective))
            times = min(max(wanted, 2), _MOST_REPEATS)
        return (*good, *(index for index in self.defective for _ in range(times)))

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.sources)

    def view(self, index: int, turn: int) -> Example:
        """Return an example; even numbers are pictures as they are.

        Args:
            index: 0 up to the length, exclusive.
            turn: Another turn, another defect.

        Raises:
            DatasetError: A picture cannot be read.
        """
        source = self.sources[index]
        example = resized(self.views.view(source, turn), self.side)
        if index % 2 == 0:
            return example
        rng = np.random.default_rng((self.seed, index, turn))
        if not example.is_defective:
            return painted(example.picture, rng)
        if not self._good or example.mask is None or not example.mask.any():
            return example
        ground = self.views.view(self._good[int(rng.integers(len(self._good)))], turn)
        return copied(example, resized(ground, self.side).picture, rng)


def resized(example: Example, side: int) -> Example:
    """Return an example as a square, shrunk as `Preprocess` shrinks pictures.

    All examples, good or not, go this way once and then through nothing that differs: a network
    finds out at once which resize goes with a defect.

    Args:
        example: Of any size.
        side: Of the result, pixels.
    """
    size = (side, side)
    if example.picture.shape[:2] == size:
        return example
    rgb = Image.fromarray(np.ascontiguousarray(example.picture[:, :, ::-1]))
    small = np.asarray(rgb.resize(size, Image.Resampling.BICUBIC))[:, :, ::-1]
    mask = example.mask
    if mask is not None:
        share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        states = np.asarray(share > _COVERED, np.uint8)
        # a defect smaller than a pixel is a defect
        mask = states if states.any() or not mask.any() else np.asarray(share > 0, np.uint8)
    return Example(np.ascontiguousarray(small), mask, example.is_defective, example.name)


def copied(example: Example, ground: Picture, rng: np.random.Generator) -> Example:
    """Return a good picture with the defect of another one, near the place where it was.

    Args:
        example: A defective picture with its mask, (S, S).
        ground: (S, S, 3) uint8 BGR of a good part.
        rng: Of the shift.
    """
    assert example.mask is not None
    side = ground.shape[0]
    reach = max(1, side // 6)
    shift = [int(value) for value in rng.integers(-reach, reach + 1, 2)]
    source, share = example.picture.astype(np.float32), example.mask.astype(np.float32)
    moved, mask = (_shifted(field, shift) for field in (source, share))
    below = ground.astype(np.float32)
    # the level is that of the ground, the defect is how the other picture departs from its own
    level = [np.asarray(cv2.GaussianBlur(one, (0, 0), side / 10)) for one in (moved, below)]
    states = (mask > 0.5).astype(np.uint8)
    if not states.any():
        return example
    weight = _near(states)
    mixed = below * (1 - weight) + weight * (moved - level[0] + level[1])
    pixels = np.clip(np.round(mixed), 0, 255).astype(np.uint8)
    return Example(pixels, states, True, example.name)


def _shifted(field: npt.NDArray[Any], shift: Sequence[int]) -> npt.NDArray[np.float32]:
    matrix = np.array([[1, 0, shift[1]], [0, 1, shift[0]]], np.float32)
    size = (field.shape[1], field.shape[0])
    border = cv2.BORDER_CONSTANT if field.ndim == 2 else cv2.BORDER_REFLECT_101
    return np.asarray(cv2.warpAffine(field, matrix, size, borderMode=border), np.float32)


def painted(picture: Picture, rng: np.random.Generator) -> Example:
    """Return a picture with a painted defect and its mask.

    Args:
        picture: (S, S, 3) uint8 BGR of a good part, at the size in which the network sees it.
        rng: Source of kind, place and strength.
    """
    is_grey = bool((np.ptp(picture, axis=2) <= 2).all())
    kind = draw_kind(rng)
    while is_grey and kind.name == _GREY_KINDS_WITHOUT:
        kind = draw_kind(rng)
    gain = float(np.exp(rng.uniform(0, np.log(_MOST_GAIN))))
    spoilt = flaw(rng, scene_of(picture, rng), kind, gain)
    image = spoilt.picture
    if is_grey:
        image = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < 0.5:
        # the lens blurs a defect as it blurs the part
        soft = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9)), np.float32)
        near = _near(spoilt.mask)
        image = near * soft + (1 - near) * image
    pixels = np.clip(np.round(image * 255), 0, 255).astype(np.uint8)
    return Example(pixels, spoilt.mask, True, spoilt.kind.name)


def scene_of(picture: Picture, rng: np.random.Generator) -> Scene:
    """Return a photograph as a scene into which defects can be put.

    Args:
        picture: (S, S, 3) uint8 BGR.
        rng: Decides what is seen behind a broken edge.
    """
    whole = np.asarray(picture / 255, np.float32)
    detail = whole - np.asarray(cv2.GaussianBlur(whole, (0, 0), _DETAIL), np.float32)
    part = part_mask(picture)
    outside = whole[part < 0.5]
    if len(outside):
        behind = outside.mean(axis=0)
    else:
        level = np.percentile(whole, 1) if rng.random() < 0.6 else rng.uniform(0, 1)
        behind = np.full(3, level)
    return Scene(
        picture=whole,
        background=np.broadcast_to(behind.astype(np.float32), whole.shape).copy(),
        alpha=part,
        contrast=float(detail[part > 0.5].std()),
        material="",
        part="",
    )


def part_mask(picture: Picture) -> npt.NDArray[np.float32]:
    """Return (S, S) float32, 1 where the part is; 1 everywhere if it fills the picture.

    A part before a plain background: the border of the picture is even, and what differs from
    it (Otsu, "A threshold selection method from gray-level histograms", 1979) is one large
    piece that hardly touches the border.
    """
    size = picture.shape[0]
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    away = np.abs(picture.astype(np.int16) - np.median(border, axis=0)).max(axis=2)
    grey = np.clip(away, 0, 255).astype(np.uint8)
    level, binary = cv2.threshold(
        cv2.GaussianBlur(grey, (0, 0), 2.0), 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU
    )
    whole = np.ones((size, size), np.float32)
    rim = np.concatenate([binary[0], binary[-1], binary[:, 0], binary[:, -1]])
    share = float(np.asarray(binary).mean())
    is_part = rim.mean() < 0.15 and 0.05 < share < 0.95 and level > 15
    if not is_part or float(np.percentile(np.abs(border - np.median(border, 0)), 90)) > 25:
        return whole
    filled = cv2.morphologyEx(
        np.asarray(binary), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8), borderValue=0
    )
    return np.asarray(filled, np.float32)


def _near(mask: Picture) -> npt.NDArray[np.float32]:
    """Return (S, S, 1) float32, 1 at the defect and a little beyond, fading."""
    wide = cv2.dilate(mask, np.ones((5, 5), np.uint8)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), 1.5), np.float32)[:, :, None]
