"""What a classifier's networks are fed: resized pictures, or features of them computed once."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.layers.class_network import HeadNetwork
from model.learning.classifier_views import View, ViewRules
from model.learning.material import Material
from model.learning.watch import Watch
from model.preprocess import Preprocess

Bytes = npt.NDArray[np.uint8]
Statistics = tuple[tuple[float, float, float], tuple[float, float, float]]
_IN_MEMORY = 1 << 30
_AT_ONCE = 8


class Inputs(Protocol):
    """Pictures by number, as tensors that a network takes."""

    def drawn(self, numbers: Sequence[int]) -> Tensor:
        """Return random views of these pictures, to learn from."""

    def plain(self, numbers: Sequence[int]) -> Tensor:
        """Return these pictures as they will be judged."""


class ResizedPictures:
    """All pictures of a material at the network's size, in memory or in a file without a name.

    Args:
        material: The pictures.
        size: Side of the input, pixels.
        watch: Told of each picture.

    Attributes:
        pixels: (N, S, S, 3) uint8 RGB.
    """

    def __init__(self, material: Material, size: int, watch: Watch) -> None:
        shape = (len(material), size, size, 3)
        self.pixels: Bytes = _room(shape)
        to_bytes = Preprocess(size, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), filter="area", whole=True)
        for number, picture in enumerate(material.checked()):
            # (1, 3, S, S) in [0, 1] -> (S, S, 3) uint8; exact, they were bytes before
            resized = to_bytes(picture)[0].permute(1, 2, 0).mul(255).round().byte()
            self.pixels[number] = resized.numpy()
            watch.step("features", number + 1, len(material))

    def statistics(self) -> Statistics:
        """Return mean and standard deviation of the set's channels, in [0, 1].

        The deviation is the mean over pictures of each picture's own, as in the contest, not that
        over all pixels (classifier spec, section 2).
        """
        return statistics_of(self.pixels)


def statistics_of(pixels: Bytes) -> Statistics:
    """Return `ResizedPictures.statistics` of (N, S, S, 3) uint8."""
    each = [(one.mean(axis=(0, 1)), one.std(axis=(0, 1))) for one in pixels]
    mean = np.mean([one for one, _ in each], axis=0) / 255
    # a set of one colour has no deviation to divide by
    std = np.maximum(np.mean([one for _, one in each], axis=0) / 255, 1 / 255)
    return (
        (float(mean[0]), float(mean[1]), float(mean[2])),
        (float(std[0]), float(std[1]), float(std[2])),
    )


class PictureInputs:
    """Pictures for a network that learns as a whole; new views each time.

    Args:
        pixels: (N, S, S, 3) uint8 RGB.
        preprocess: Its mean and standard deviation normalise.
        products: Product of each picture.
        rules: Which views there are.
        generator: Draws them.
        device: Where the network is.
    """

    def __init__(
        self,
        pixels: Bytes,
        preprocess: Preprocess,
        products: Sequence[str],
        rules: ViewRules,
        generator: torch.Generator,
        device: torch.device,
    ) -> None:
        self._pixels, self._products, self._rules = pixels, products, rules
        self._generator, self._device = generator, device
        self._mean = torch.tensor(preprocess.mean)[:, None, None]
        self._std = torch.tensor(preprocess.std)[:, None, None]

    def drawn(self, numbers: Sequence[int]) -> Tensor:
        """Return (B, 3, S, S) float32 random views."""
        views = [self._rules.drawn(self._products[i], self._generator) for i in numbers]
        found = [view.of(self._one(i)) for view, i in zip(views, numbers, strict=True)]
        return torch.stack(found).to(self._device)

    def plain(self, numbers: Sequence[int]) -> Tensor:
        """Return (B, 3, S, S) float32."""
        return torch.stack([self._one(i) for i in numbers]).to(self._device)

    def _one(self, number: int) -> Tensor:
        # (S, S, 3) uint8 -> (3, S, S) float32, as `Preprocess` does it
        pixels = torch.from_numpy(self._pixels[number].copy()).permute(2, 0, 1)
        return pixels.float().div_(255).sub_(self._mean).div_(self._std)


class PooledInputs:
    """Pooled features of a frozen backbone: computed once for a few views of each picture.

    Args:
        pooled: (V, N, 2 C) float32; the first view is the picture as it is.
        generator: Draws one of the views each time.
        device: Where the heads are.
    """

    def __init__(self, pooled: Tensor, generator: torch.Generator, device: torch.device) -> None:
        self.pooled, self._generator, self._device = pooled, generator, device

    def drawn(self, numbers: Sequence[int]) -> Tensor:
        """Return (B, 2 C) float32, each of a random view."""
        views = torch.randint(len(self.pooled), (len(numbers),), generator=self._generator)
        return self.pooled[views, torch.tensor(numbers)].to(self._device)

    def plain(self, numbers: Sequence[int]) -> Tensor:
        """Return (B, 2 C) float32."""
        return self.pooled[0, torch.tensor(numbers)].to(self._device)


class Looker(Protocol):
    """What gives frozen features: `Classifier.seen`."""

    def __call__(self, images: Tensor) -> Tensor:
        """Return (B, C, h, w) of (B, 3, S, S)."""


def pooled_views(
    material: Material,
    preprocess: Preprocess,
    look: Looker,
    rules: ViewRules,
    count: int,
    device: torch.device,
    watch: Watch,
) -> Tensor:
    """Return (V, N, 2 C) float32 on the CPU: mean and peak of the features of each view.

    Args:
        material: The pictures.
        preprocess: From picture to input.
        look: Frozen features.
        rules: Which views there are.
        count: Views of each picture, the first one the picture as it is.
        device: Where `look` computes.
        watch: Told of each picture.
    """
    generator = torch.Generator().manual_seed(material.seed)
    found: list[Tensor] = []
    for number, picture in enumerate(material.checked()):
        image = preprocess(picture)[0]
        product = material.labels[number].product
        views = [View(), *(rules.drawn(product, generator) for _ in range(count - 1))]
        # (V, 3, S, S), a few at a time -> (V, 2 C)
        images = torch.stack([view.of(image) for view in views])
        with torch.inference_mode():
            parts = [
                HeadNetwork.pooled(look(part.to(device))) for part in torch.split(images, _AT_ONCE)
            ]
        found.append(torch.cat(parts).float().cpu())
        watch.step("features", number + 1, len(material))
    # N x (V, 2 C) -> (V, N, 2 C); out of inference mode, so that heads can learn from it
    return torch.stack(found, dim=1).clone()


def _room(shape: tuple[int, int, int, int]) -> Bytes:
    """Return an empty array; on the disk if it is large."""
    if int(np.prod(shape)) <= _IN_MEMORY:
        return np.empty(shape, np.uint8)
    with tempfile.TemporaryFile() as file:
        # The mapping keeps the file, which has no name, for as long as it is needed.
        return np.memmap(file, np.uint8, "w+", shape=shape)
