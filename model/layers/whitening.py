"""Features in directions that vary alike and independently: where a flow starts from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_LEAST_VARIANCE = 0.4
_SMALLEST_VARIANCE = 1e-12


class Start(nn.Module):
    """From the features of every scale to what flows.

    Attributes:
        channels: Of what flows, each scale's.
        scales: One `Whitening` each; none where the features flow as they are.

    Args:
        channels: C_i of the features.
        directions: Directions kept of each scale at most; 0 leaves the features as they are.
    """

    def __init__(self, channels: Sequence[int], directions: int) -> None:
        super().__init__()
        kept = [min(directions, count) if directions else count for count in channels]
        self.channels = tuple(kept)
        pairs = zip(channels, kept, strict=True) if directions else ()
        self.scales = nn.ModuleList(Whitening(*pair) for pair in pairs)

    def forward(self, levels: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return (B, K_i, h_i, w_i) float32 of (B, C_i, h_i, w_i)."""
        if not self.scales:
            return tuple(levels)
        return tuple(one(level) for one, level in zip(self.scales, levels, strict=True))

    def learn(self, batches: Iterable[Sequence[Tensor]]) -> None:
        """Take the directions from features of normal pictures.

        Args:
            batches: (B, C_i, h_i, w_i) each.

        Raises:
            ValueError: There is none.
        """
        if self.scales:
            sums = [RowSums() for _ in self.scales]
            for levels in batches:
                for one, level in zip(sums, levels, strict=True):
                    one.add(level)
            for scale, one in zip(self.scales, sums, strict=True):
                assert isinstance(scale, Whitening)
                scale.learn(*one.moments())


class RowSums:
    """Sums over the places of features, picture by picture."""

    def __init__(self) -> None:
        self._count, self._sum, self._squares = 0, torch.zeros(()), torch.zeros(())

    def add(self, features: Tensor) -> None:
        """Add the places of (B, C, h, w) features."""
        # (B, C, h, w) -> (B * h * w, C)
        rows = features.transpose(0, 1).flatten(1).T.double().cpu()
        self._count += len(rows)
        self._sum = self._sum + rows.sum(0)
        self._squares = self._squares + rows.T @ rows

    def moments(self) -> tuple[Tensor, Tensor]:
        """Return (C,) mean and (C, C) covariance, float64.

        Raises:
            ValueError: Nothing was added.
        """
        if not self._count:
            raise ValueError("whitening needs at least one picture")
        mean = self._sum / self._count
        return mean, self._squares / self._count - torch.outer(mean, mean)


class Whitening(nn.Module):
    """The directions in which the features of one scale vary most, each with variance 1.

    Attributes:
        centre: (C,) float32 buffer: mean of the features.
        directions: (K, C) float32 buffer: what is multiplied with what is left.

    Args:
        channels: C.
        kept: K, 1 to C.
    """

    centre: Tensor
    directions: Tensor

    def __init__(self, channels: int, kept: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(channels))
        self.register_buffer("directions", torch.eye(kept, channels))

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, K, h, w) of (B, C, h, w)."""
        # (K, C) -> (K, C, 1, 1), a convolution with one pixel
        offset = -self.directions @ self.centre
        return F.conv2d(features, self.directions[:, :, None, None], offset)

    def learn(self, mean: Tensor, covariance: Tensor) -> None:
        """Take centre and directions.

        A direction that hardly varies is stretched as if it varied a little: divided by almost
        nothing it would be noise.

        Args:
            mean: (C,) float64 of normal features.
            covariance: (C, C) float64 of the same.
        """
        variances, axes = torch.linalg.eigh(covariance)
        known = variances.clamp_min(0)
        scale = (known + _LEAST_VARIANCE * known.mean() + _SMALLEST_VARIANCE).rsqrt()
        # variances rise: the last are the largest
        chosen = (axes * scale).T.flip(0)[: len(self.directions)]
        # the sign of an axis means nothing and differs between machines
        largest = chosen.gather(1, chosen.abs().argmax(dim=1, keepdim=True))
        self.centre.copy_(mean)
        self.directions.copy_(chosen * largest.sign())
