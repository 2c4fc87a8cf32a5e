"""A fine branch beside the CLIP tower: what is smaller than a patch is seen here.

A U-Net (Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation",
MICCAI 2015) of residual blocks. Groups are normalised instead of batches, so that one picture
is judged as many are, and processes that share a batch agree with one that has it all.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.layers.resizing import resized

WIDTHS = (16, 32, 64, 96)
_GROUPS = 8
_RARE = -3.0  # logit of "defective" before anything is learned: few pixels are
_EPS = 1e-3
# axes of (B, 3, H, W) along which a copy is mirrored; the first is the picture itself
_MIRRORED: tuple[tuple[int, ...], ...] = ((), (2,), (3,), (2, 3))


class SideBranch(nn.Module):
    """Pictures to a fine map of logits and a logit of the whole picture.

    Attributes:
        side: Side in pixels to which pictures are resized.
        widths: Channels at 1/2, 1/4, 1/8 and 1/16 (and 1/32) of it.
    """

    def __init__(self, side: int = 160, widths: Sequence[int] = WIDTHS) -> None:
        """Initialise at random.

        Raises:
            ValueError: The side is no multiple of 32, or a width no multiple of 8.
        """
        super().__init__()
        if side < 32 or side % 32 or len(widths) != 4 or any(w < 8 or w % _GROUPS for w in widths):
            raise ValueError("side must be a multiple of 32, and four widths of 8")
        self.side, self.widths = side, tuple(widths)
        first, second, third, last = self.widths
        self.stem = nn.Sequential(
            nn.Conv2d(3, first, 5, stride=2, padding=2, bias=False), _norm(first), nn.ReLU()
        )
        sizes = [(first, first), (first, second), (second, third), (third, last), (last, last)]
        self.down = nn.ModuleList(
            _Block(before, after, stride=1 if index == 0 else 2)
            for index, (before, after) in enumerate(sizes)
        )
        joints = [(last, last), (last, third), (third, second), (second, first)]
        self.up = nn.ModuleList(_Joint(coarse, fine) for coarse, fine in joints)
        self.map_head = nn.Conv2d(first, 1, 1)
        self.image_head = nn.Linear(last, 1)
        assert self.map_head.bias is not None
        nn.init.constant_(self.map_head.bias, _RARE)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the map, the picture's logit and its features.

        Args:
            images: (B, 3, H, W) float32, any linear scale: each picture is brought to mean 0
                and deviation 1, so exposure does not matter.

        Returns:
            Logits of "defective" (B, side / 2, side / 2); logit of the picture (B,); features
            (B, widths[3]), the maximum over the picture of the coarsest level.
        """
        if images.shape[2:] != (self.side, self.side):
            images = resized(images, (self.side, self.side), antialias=True)
        mean = images.mean((1, 2, 3), keepdim=True)
        spread = images.std((1, 2, 3), keepdim=True)
        images = ((images - mean) / (spread + _EPS)).contiguous(memory_format=torch.channels_last)
        levels = [self.stem(images)]
        for block in self.down:
            levels.append(block(levels[-1]))
        coarse = levels.pop()
        # (B, C, side / 32, side / 32) -> (B, C)
        features = coarse.amax((2, 3))
        for joint in self.up:
            coarse = joint(coarse, levels.pop())
        # (B, 1, side / 2, side / 2) -> (B, side / 2, side / 2)
        return self.map_head(coarse)[:, 0], self.image_head(features)[:, 0], features

    def mirrored(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what `forward` says of a picture and its three mirrored copies, as the mean.

        Args:
            images: As for `forward`.
        """
        # 4 x (B, 3, H, W) -> (4B, 3, H, W)
        maps, of_image, features = self(torch.cat([images.flip(axes) for axes in _MIRRORED]))
        # (4B, ...) -> 4 x (B, ...), each laid back as the picture was
        laid = [
            part.flip([axis - 1 for axis in axes])
            for part, axes in zip(maps.chunk(len(_MIRRORED)), _MIRRORED, strict=True)
        ]
        count = len(_MIRRORED)
        return (
            torch.stack(laid).mean(0),
            torch.stack(of_image.chunk(count)).mean(0),
            torch.stack(features.chunk(count)).mean(0),
        )


class _Block(nn.Module):
    """Two convolutions and a way past them."""

    def __init__(self, before: int, after: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride, padding=1, bias=False)
        self.first_norm = _norm(after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.second_norm = _norm(after)
        self.past: nn.Module = nn.Identity()
        if before != after or stride != 1:
            self.past = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), _norm(after))

    def forward(self, cells: Tensor) -> Tensor:
        inner = F.relu(self.first_norm(self.first(cells)))
        return F.relu(self.second_norm(self.second(inner)) + self.past(cells))


class _Joint(nn.Module):
    """A coarse level brought to a finer one's size and joined with it."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.from_coarse = nn.Conv2d(coarse, fine, 1, bias=False)
        self.from_fine = nn.Conv2d(fine, fine, 1, bias=False)
        self.norm = _norm(fine)
        self.block = _Block(fine, fine)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        size = (int(fine.shape[2]), int(fine.shape[3]))
        larger = resized(self.from_coarse(coarse), size)
        joined: Tensor = self.block(F.relu(self.norm(larger + self.from_fine(fine))))
        return joined


def _norm(width: int) -> nn.GroupNorm:
    return nn.GroupNorm(_GROUPS, width)
