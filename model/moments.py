"""Mean and spread of normal evidence, gathered image by image, drawn towards expectations."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_CENTRE_IMAGES = 4.0
_SPREAD_IMAGES = 20.0


class Moments:
    """Running sums over images of values of one shape.

    Attributes:
        count: Images so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum: Tensor | float = 0.0
        self._squares: Tensor | float = 0.0

    def add(self, values: Tensor) -> None:
        """Add (B, ...) values of B images; the shape after B is always the same."""
        exact = values.double()
        self.count += exact.shape[0]
        self._sum = self._sum + exact.sum(0)
        self._squares = self._squares + exact.square().sum(0)

    def _means(self) -> tuple[Tensor, Tensor]:
        """Return mean and mean square over images.

        Raises:
            ValueError: Nothing was added.
        """
        if not isinstance(self._sum, Tensor) or not isinstance(self._squares, Tensor):
            raise ValueError("statistics need at least one image")
        return self._sum / self.count, self._squares / self.count

    def whole(self, prior: tuple[float, float]) -> tuple[Tensor, Tensor]:
        """Return mean and spread of all values, 0-dimensional float32.

        Args:
            prior: Expected spread, and the images that the expectation counts for.
        """
        mean, square = self._means()
        centre = mean.mean()
        variance = (square.mean() - centre**2).clamp_min(0)
        return centre.float(), self._drawn(variance, *prior).float()

    def by_place(self, prior: tuple[float, float]) -> tuple[Tensor, Tensor]:
        """Return mean and spread of (C, h, w) values at each place, float32.

        Neighbouring places are averaged; with few images a place is drawn towards the mean
        and spread of the whole channel, the spread more strongly.

        Args:
            prior: Expected spread of a channel, and the images that this counts for.
        """
        mean, square = self._means()
        near = _blurred(mean)
        variance = _blurred((square - 2 * near * mean + near**2).clamp_min(0))
        general = (square - mean**2).clamp_min(0).mean((1, 2), keepdim=True)
        general = self._drawn(general, *prior).square()
        spread = (self.count * variance + _SPREAD_IMAGES * general) / (self.count + _SPREAD_IMAGES)
        middle = mean.mean((1, 2), keepdim=True)
        centre = (self.count * near + _CENTRE_IMAGES * middle) / (self.count + _CENTRE_IMAGES)
        return centre.float(), spread.sqrt().float()

    def _drawn(self, variance: Tensor, expected: float, images: float) -> Tensor:
        return ((self.count * variance + images * expected**2) / (self.count + images)).sqrt()


def _blurred(values: Tensor) -> Tensor:
    """Average (C, h, w) over 3 x 3 places, the border repeated."""
    padded = F.pad(values[None], (1, 1, 1, 1), mode="replicate")
    return torch.squeeze(F.avg_pool2d(padded, 3, stride=1), 0)
