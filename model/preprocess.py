"""From a camera picture to a network's input; the same code in training, test and station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from model.opencv import cv2

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True, slots=True)
class Preprocess:
    """How a picture becomes the network's input; data that travels with the weights.

    Attributes:
        size: Side of the square input, pixels.
        mean: RGB mean after scaling to [0, 1].
        std: RGB standard deviation after scaling to [0, 1].

    Both sides are resized to `size` with antialiased bicubic (Pillow), the aspect ratio is
    not kept (AnomalyCLIP; spec section 7).
    """

    size: int
    mean: tuple[float, float, float] = CLIP_MEAN
    std: tuple[float, float, float] = CLIP_STD

    def __call__(self, image: npt.NDArray[np.uint8]) -> Tensor:
        """Return (1, 3, size, size) float32 of an (H, W, 3) uint8 BGR image."""
        return self.picture(Image.fromarray(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))))

    def picture(self, picture: Image.Image) -> Tensor:
        """Return (1, 3, size, size) float32 of a Pillow picture of any mode.

        Converted to RGB after the resize, as AnomalyCLIP does: palette pictures are resized
        with nearest neighbour, alpha is dropped from the premultiplied result.
        """
        if picture.size != (self.size, self.size):
            picture = picture.resize((self.size, self.size), Image.Resampling.BICUBIC)
        if picture.mode != "RGB":
            picture = picture.convert("RGB")
        # (S, S, 3) uint8 -> (3, S, S) float32 in [0, 1]
        tensor = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1).float().div_(255)
        mean = torch.tensor(self.mean)[:, None, None]
        std = torch.tensor(self.std)[:, None, None]
        return tensor.sub_(mean).div_(std)[None]

    def mask(self, picture: Image.Image) -> Tensor:
        """Return the (1, size, size) float32 mask of a Pillow picture, values 0 and 1.

        Any grey value above 0 counts as defective before the resize, more than half of a
        pixel's area after it.
        """
        return (self.mask_share(picture) > 0.5).float()

    def mask_share(self, picture: Image.Image) -> Tensor:
        """Return (1, size, size) float32 in [0, 1], the defective share of each pixel.

        Antialiased bilinear resize (Pillow) of "grey value above 0".
        """
        defective = np.asarray(picture.convert("L")) > 0
        grey = Image.fromarray(defective.astype(np.uint8) * 255)
        grey = grey.resize((self.size, self.size), Image.Resampling.BILINEAR)
        # (S, S) uint8 -> (1, S, S)
        return torch.from_numpy(np.asarray(grey).copy()).float().div_(255)[None]

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return {"size": self.size, "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        mean = tuple(float(v) for v in values["mean"])
        std = tuple(float(v) for v in values["std"])
        if len(mean) != 3 or len(std) != 3:
            raise ValueError("mean and std need three values each")
        return cls(int(values["size"]), mean, std)
