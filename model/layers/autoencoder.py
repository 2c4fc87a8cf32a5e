"""The autoencoder that foretells a teacher's features of a whole picture.

EfficientAD (Batzner, Heckler and Koenig, WACV 2024), section 3.3 and table 7.
"""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from model.layers.pdn import grid_of

_DROPPED = 0.2


class Autoencoder(nn.Sequential):
    """Picture to features through a bottleneck; layers are numbered as in the published code.

    (B, 3, S, S) float32 to (B, features, h, h), h as `model.layers.pdn.grid_of`.

    Args:
        features: Channels of the output, those of the teacher.
        side: Of the square input, pixels, at least 256.
        widths: Channels of the first two convolutions, and of all others.
    """

    def __init__(self, features: int, side: int, widths: tuple[int, int] = (32, 64)) -> None:
        narrow, wide = widths
        channels = (3, narrow, narrow, wide, wide, wide)
        layers: list[nn.Module] = []
        for given, made in pairwise(channels):
            layers += [nn.Conv2d(given, made, 4, 2, 1), nn.ReLU()]
        layers.append(nn.Conv2d(wide, wide, 8))
        for height in decoder_sides(side):
            layers += [_resized(height), nn.Conv2d(wide, wide, 4, 1, 2), nn.ReLU()]
            layers.append(nn.Dropout(_DROPPED))
        layers += [_resized(grid_of(side)), nn.Conv2d(wide, wide, 3, 1, 1), nn.ReLU()]
        layers.append(nn.Conv2d(wide, features, 3, 1, 1))
        super().__init__(*layers)


def decoder_sides(side: int) -> tuple[int, ...]:
    """Return the sides to which the decoder enlarges before each of its convolutions."""
    return (
        side // 64 - 1,
        side // 32,
        side // 16 - 1,
        side // 8,
        side // 4 - 1,
        side // 2 - 1,
    )


def _resized(side: int) -> nn.Module:
    return nn.Upsample(size=(side, side), mode="bilinear", align_corners=False)
