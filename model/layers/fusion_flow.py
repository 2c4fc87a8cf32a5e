"""The flow in which the scales see each other: one coupling across all three.

MSFlow (arXiv 2308.15300), section 3.4 of the paper.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.layers.flow_block import ChannelNorm
from model.layers.resizing import averaged, resized

_STRETCH = 1.9
_SHARE = 0.636
_LARGEST = 1e6
_SHRINK = 4

Scales = tuple[Tensor, ...]


class FusionFlow(nn.Module):
    """A coupling whose halves are halves of every scale; first the first halves change.

    Args:
        channels: C_i of each scale, at least 2.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.channels = tuple(channels)
        firsts, seconds = [n // 2 for n in channels], [n - n // 2 for n in channels]
        self.by_seconds = CrossNet(seconds, firsts)
        self.by_firsts = CrossNet(firsts, seconds)
        for number, count in enumerate(channels):
            self.register_buffer(f"permutation_{number}", torch.randperm(count))

    def forward(self, scales: Sequence[Tensor]) -> tuple[Scales, Tensor]:
        """Return (B, C_i, h_i, w_i) of the same shapes, and (B,) log |det| of the Jacobian."""
        mixed = [
            one.index_select(1, self.get_buffer(f"permutation_{number}"))
            for number, one in enumerate(scales)
        ]
        halves = [
            torch.split(one, [n // 2, n - n // 2], 1)
            for one, n in zip(mixed, self.channels, strict=True)
        ]
        firsts, seconds = ([pair[side] for pair in halves] for side in (0, 1))
        firsts, volume = _coupled(firsts, self.by_seconds(seconds))
        seconds, change = _coupled(seconds, self.by_firsts(firsts))
        outputs = (
            torch.cat(pair, dim=1).clamp(-_LARGEST, _LARGEST)
            for pair in zip(firsts, seconds, strict=True)
        )
        return tuple(outputs), volume + change


def _coupled(
    values: Sequence[Tensor], wishes: tuple[Scales, Scales]
) -> tuple[list[Tensor], Tensor]:
    """Return the values of each scale, stretched and shifted, and (B,) log |det|."""
    found, volume = [], values[0].new_zeros(len(values[0]))
    for value, stretch, shift in zip(values, *wishes, strict=True):
        soft = _STRETCH * _SHARE * torch.atan(stretch / _STRETCH)
        found.append(value * torch.exp(soft) + shift)
        volume = volume + soft.sum(dim=(1, 2, 3))
    return found, volume


class CrossNet(nn.Module):
    """What all scales together say of each: mixed at the smallest size, added, looked at again.

    Args:
        channels: Of the input's scales.
        outputs: Of the wishes for each scale.
    """

    def __init__(self, channels: Sequence[int], outputs: Sequence[int]) -> None:
        super().__init__()
        self.channels, total = list(channels), sum(channels)
        self.first = nn.Conv2d(total, max(1, total // _SHRINK), 3, padding=1)
        self.norm = ChannelNorm(max(1, total // _SHRINK))
        self.second = nn.Conv2d(max(1, total // _SHRINK), total, 3, padding=1)
        pairs = list(zip(channels, outputs, strict=True))
        self.stretch = nn.ModuleList(nn.Conv2d(n, m, 3, padding=1) for n, m in pairs)
        self.shift = nn.ModuleList(nn.Conv2d(n, m, 3, padding=1) for n, m in pairs)

    def forward(self, scales: Sequence[Tensor]) -> tuple[Scales, Scales]:
        """Return how far each scale is to be stretched and shifted: (B, outputs_i, h_i, w_i)."""
        sizes = [(int(one.shape[2]), int(one.shape[3])) for one in scales]
        together = torch.cat([averaged(one, sizes[-1]) for one in scales], dim=1)
        mixed = F.relu(self.second(F.relu(self.norm(self.first(together)))))
        parts = torch.split(mixed, self.channels, 1)
        seen = [
            one + resized(part, size, corners=True)
            for one, part, size in zip(scales, parts, sizes, strict=True)
        ]
        stretch = tuple(net(one) for net, one in zip(self.stretch, seen, strict=True))
        return stretch, tuple(net(one) for net, one in zip(self.shift, seen, strict=True))
