"""The patch description network: each place of its output sees 33 x 33 pixels.

EfficientAD (Batzner, Heckler and Koenig, WACV 2024), section 3.1 and tables 5 and 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from torch import nn

SMALLEST_SIDE = 256
"""Below, the autoencoder's last kernel is larger than what it looks at."""


@dataclass(frozen=True, slots=True)
class PdnSize:
    """One size of the network, and of the autoencoder that goes with it.

    Attributes:
        widths: Channels of the first, the second and the middle convolutions.
        features: Numbers that describe a patch.
        is_medium: Whether it has the two more convolutions of EfficientAD-M.
        bottleneck: Channels of the autoencoder's first two convolutions, and of the others.
        learning_rate: Of its student and its autoencoder.
    """

    widths: tuple[int, int, int]
    features: int
    is_medium: bool
    bottleneck: tuple[int, int]
    learning_rate: float


SIZES: dict[str, PdnSize] = {
    # ours: a fifteenth of the work of "s", for computers without a GPU
    "xs": PdnSize((32, 64, 64), 64, False, (16, 32), 1e-3),
    "s": PdnSize((128, 256, 256), 384, False, (32, 64), 1e-4),
    "m": PdnSize((256, 512, 512), 384, True, (32, 64), 1e-4),
}


class Pdn(nn.Sequential):
    """Patch description network; layers are numbered as in the published weight files.

    (B, 3, S, S) float32 to (B, outputs, h, h), h = ceil(S / 4) - 8; with padding h = S / 4.

    Args:
        size: A key of `SIZES`.
        outputs: Channels of the output; twice the features for a student.
        padding: Pad so that the output has a quarter of the input's side, as a teacher is
            trained (paper, section A.2).

    Attributes:
        padding: May be switched at any time; the weights are the same.
    """

    def __init__(self, size: str, outputs: int, *, padding: bool = False) -> None:
        shape = SIZES[size]
        first, second, middle = shape.widths
        layers: list[nn.Module] = [
            nn.Conv2d(3, first, 4),
            nn.ReLU(),
            nn.AvgPool2d(2, 2),
            nn.Conv2d(first, second, 4),
            nn.ReLU(),
            nn.AvgPool2d(2, 2),
        ]
        if shape.is_medium:
            layers += [nn.Conv2d(second, middle, 1), nn.ReLU()]
            layers += [nn.Conv2d(middle, middle, 3), nn.ReLU()]
            layers += [nn.Conv2d(middle, outputs, 4), nn.ReLU(), nn.Conv2d(outputs, outputs, 1)]
        else:
            layers += [nn.Conv2d(second, middle, 3), nn.ReLU(), nn.Conv2d(middle, outputs, 4)]
        super().__init__(*layers)
        self.outputs = outputs
        self.padded(padding)

    def padded(self, padding: bool) -> Pdn:
        """Switch the padding and return the network."""
        self.padding = padding
        for number, layer in enumerate(self):
            if isinstance(layer, nn.AvgPool2d):
                layer.padding = int(padding)
            elif isinstance(layer, nn.Conv2d) and (side := _padding(number, layer)):
                layer.padding = (side * padding,) * 2
        return self


def _padding(number: int, layer: nn.Conv2d) -> int:
    """Return by how much a convolution pads where the network pads."""
    if number <= 3:
        return 3
    return int(layer.kernel_size == (3, 3))


def grid_of(side: int) -> int:
    """Return the side of an unpadded network's output for a square input of `side` pixels."""
    return math.ceil(side / 4) - 8


def check_side(side: Any) -> int:
    """Return the side of the input as a whole number.

    Raises:
        ValueError: It is smaller than the networks can look at, or absurdly large.
    """
    if not SMALLEST_SIDE <= int(side) <= 2048:
        raise ValueError(
            f"the image size is {side}; EfficientAD needs {SMALLEST_SIDE} to 2048 pixels"
        )
    return int(side)
