"""Good pictures with defects painted onto them: masks for free where no defect is at hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.opencv import cv2
from model.synthesis.defects import draw_kind, flaw
from model.synthesis.scene import Scene
from model.training.example import Example, Image, Views

_SIDE = 240
_MOST_GAIN = 2.2
_DETAIL = 5.0
_GREY_KINDS_WITHOUT = "discoloration"


@dataclass(frozen=True, slots=True)
class PaintedViews:
    """Twice as many examples as good pictures: each as it is, and with a painted defect.

    Even numbers are the pictures themselves, odd ones those with a defect of
    `model.synthesis`; another turn paints another defect at another place. Defective
    examples among the given ones are passed on unpainted, both times.

    Attributes:
        views: Pictures, usually all good.
        seed: Of kind, place and strength.
        side: Size at which defects are painted, pixels; painted examples are squares of it.
    """

    views: Views
    seed: int = 0
    side: int = _SIDE

    def __len__(self) -> int:
        """Return the number of examples."""
        return 2 * len(self.views)

    def view(self, index: int, turn: int) -> Example:
        """Return a picture, or the same with a defect.

        Args:
            index: 0 up to the length, exclusive; 2 n and 2 n + 1 show picture n.
            turn: Another turn, another defect.

        Raises:
            DatasetError: The picture cannot be read.
        """
        example = self.views.view(index // 2, turn)
        if index % 2 == 0 or example.is_defective:
            return example
        return painted(example.picture, np.random.default_rng((self.seed, index, turn)), self.side)


def painted(picture: Image, rng: np.random.Generator, side: int = _SIDE) -> Example:
    """Return a picture with a painted defect and its mask, both (side, side).

    Args:
        picture: (H, W, 3) uint8 BGR of a good part. Both sides are resized: the defects are
            drawn as the network will see the picture.
        rng: Source of kind, place and strength.
        side: Side of the result, pixels.
    """
    small = np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    is_grey = bool((np.ptp(small, axis=2) <= 2).all())
    kind = draw_kind(rng)
    while is_grey and kind.name == _GREY_KINDS_WITHOUT:
        kind = draw_kind(rng)
    gain = float(np.exp(rng.uniform(0, np.log(_MOST_GAIN))))
    spoilt = flaw(rng, scene_of(small, rng), kind, gain)
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


def scene_of(picture: Image, rng: np.random.Generator) -> Scene:
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


def part_mask(picture: Image) -> npt.NDArray[np.float32]:
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


def _near(mask: Image) -> npt.NDArray[np.float32]:
    """Return (S, S, 1) float32, 1 at the defect and a little beyond, fading."""
    wide = cv2.dilate(mask, np.ones((5, 5), np.uint8)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), 1.5), np.float32)[:, :, None]
