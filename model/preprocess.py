"""From a camera picture to a network's input; the same code in training, test and station."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from model.opencv import cv2

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


RESIZES = ("squash", "pad")
FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
}
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Content(NamedTuple):
    """Where the picture lies in the network's square input, pixels of that input."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Preprocess:
    """How a picture becomes the network's input; data that travels with the weights.

    Attributes:
        size: Side of the square input, pixels.
        mean: RGB mean after scaling to [0, 1].
        std: RGB standard deviation after scaling to [0, 1].
        resize: "squash": both sides become `size`, the aspect ratio is not kept (AnomalyCLIP;
            spec section 7). "pad": the longer side becomes `size`, the picture stands in the
            middle of the square (open_clip's resize mode "longest").
        fill: Grey value 0..255 of what is padded.
        filter: How it is resized: one of `FILTERS`, antialiased (Pillow), or "area", OpenCV's
            INTER_AREA.
        whole: Large and long pictures are seen as a whole too, never in tiles: a network that
            names what a picture shows has learned whole ones.
    """

    size: int
    mean: tuple[float, float, float] = CLIP_MEAN
    std: tuple[float, float, float] = CLIP_STD
    resize: str = "squash"
    fill: int = 0
    filter: str = "bicubic"
    whole: bool = False

    def __post_init__(self) -> None:
        """Check the way of resizing.

        Raises:
            ValueError: It is unknown, or the fill is no grey value.
        """
        if self.resize not in RESIZES:
            raise ValueError(f"resize is {self.resize!r}; known are {', '.join(RESIZES)}")
        if not 0 <= self.fill <= 255:
            raise ValueError(f"fill is {self.fill}; it must be a grey value 0 to 255")
        if self.filter != "area" and self.filter not in FILTERS:
            raise ValueError(f"filter is {self.filter!r}; known are area, {', '.join(FILTERS)}")

    def content(self, height: int, width: int) -> Content:
        """Return where a (height, width) picture lies in the input."""
        if self.resize == "squash":
            return Content(0, 0, self.size, self.size)
        # as open_clip rounds: both sides by the same ratio, half to even
        ratio = max(height, width) / self.size
        rows, columns = max(1, round(height / ratio)), max(1, round(width / ratio))
        return Content((self.size - rows) // 2, (self.size - columns) // 2, rows, columns)

    def __call__(self, image: npt.NDArray[np.uint8]) -> Tensor:
        """Return (1, 3, size, size) float32 of an (H, W, 3) uint8 BGR image."""
        return self.picture(Image.fromarray(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))))

    def picture(self, picture: Image.Image) -> Tensor:
        """Return (1, 3, size, size) float32 of a Pillow picture of any mode.

        Converted to RGB after the resize, as AnomalyCLIP does: palette pictures are resized
        with nearest neighbour, alpha is dropped from the premultiplied result.
        """
        content = self.content(picture.height, picture.width)
        if picture.size != (content.width, content.height):
            picture = self._resized(picture, content)
        if picture.mode != "RGB":
            picture = picture.convert("RGB")
        picture = self._padded(picture, content, (self.fill,) * 3)
        # (S, S, 3) uint8 -> (3, S, S) float32 in [0, 1]
        tensor = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1).float().div_(255)
        mean = torch.tensor(self.mean)[:, None, None]
        std = torch.tensor(self.std)[:, None, None]
        return tensor.sub_(mean).div_(std)[None]

    def _resized(self, picture: Image.Image, content: Content) -> Image.Image:
        size = content.width, content.height
        if self.filter != "area":
            return picture.resize(size, FILTERS[self.filter])
        pixels = np.asarray(picture.convert("RGB"))
        return Image.fromarray(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)))

    def mask(self, picture: Image.Image) -> Tensor:
        """Return the (1, size, size) float32 mask of a Pillow picture, values 0 and 1.

        Any grey value above 0 counts as defective before the resize, more than half of a
        pixel's area after it.
        """
        return (self.mask_share(picture) > 0.5).float()

    def mask_share(self, picture: Image.Image) -> Tensor:
        """Return (1, size, size) float32 in [0, 1], the defective share of each pixel.

        Antialiased bilinear resize (Pillow) of "grey value above 0"; nothing is defective in
        the padding.
        """
        content = self.content(picture.height, picture.width)
        defective = np.asarray(picture.convert("L")) > 0
        grey = Image.fromarray(defective.astype(np.uint8) * 255)
        grey = grey.resize((content.width, content.height), Image.Resampling.BILINEAR)
        grey = self._padded(grey, content, 0)
        # (S, S) uint8 -> (1, S, S)
        return torch.from_numpy(np.asarray(grey).copy()).float().div_(255)[None]

    def _padded(
        self, picture: Image.Image, content: Content, fill: int | tuple[int, ...]
    ) -> Image.Image:
        """Return a (size, size) picture; one of that size is returned as it is."""
        if picture.size == (self.size, self.size):
            return picture
        square = Image.new(picture.mode, (self.size, self.size), fill)
        square.paste(picture, (content.left, content.top))
        return square

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types, without the usual ones, which older versions lacked."""
        values: dict[str, Any] = {
            "size": self.size,
            "mean": list(self.mean),
            "std": list(self.std),
        }
        if self.resize != "squash":
            values |= {"resize": self.resize, "fill": self.fill}
        if self.filter != "bicubic":
            values["filter"] = self.filter
        return values | {"whole": True} if self.whole else values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what `to_json` wrote, also an older version.

        Raises:
            KeyError: A value is missing.
            TypeError: A value has a wrong type.
            ValueError: A value is outside its range.
        """
        mean = tuple(float(v) for v in values["mean"])
        std = tuple(float(v) for v in values["std"])
        if len(mean) != 3 or len(std) != 3:
            raise ValueError("mean and std need three values each")
        resize, fill = values.get("resize", "squash"), int(values.get("fill", 0))
        filter_name, whole = str(values.get("filter", "bicubic")), bool(values.get("whole"))
        return cls(int(values["size"]), mean, std, resize, fill, filter_name, whole)
