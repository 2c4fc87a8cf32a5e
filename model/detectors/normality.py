"""What normal pictures are to flows as a whole, so that one that is wrong everywhere is noticed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.calibration import Sighting, upper_limit
from model.detector import Scores

# where the limit of normal values lies, in the unit of scores, maps and strangeness
_LIMIT = 2.0
# strangeness counts from its own limit on
_SMALLEST_UNIT = 1e-3


class Normality(nn.Module):
    """Makes scores comparable with how likely a picture is at all.

    MSFlow compares every place with the likeliest of its own picture: a picture that is unlikely
    everywhere (another product, no light, out of focus) would be perfect. Its strangeness is how
    far any of its signs, such as its median log-likelihood, is from that of normal pictures, to
    either side: a picture that shows nothing can be likelier than a real one. Score and map are
    at least as high as the strangeness beyond its limit.

    Attributes:
        score: (2,) float32 buffer: centre and unit of the image score of normal pictures, nats.
        shown: (2,) float32 buffer: the same of the anomaly map.
        signs: (3, K) float32 buffer: centre of each sign of a picture as a whole, unit below it,
            unit above it.

    Args:
        count: K, number of signs.
    """

    score: Tensor
    shown: Tensor
    signs: Tensor

    def __init__(self, count: int) -> None:
        super().__init__()
        self.register_buffer("score", torch.tensor([0.0, 1.0]))
        self.register_buffer("shown", torch.tensor([0.0, 1.0]))
        self.register_buffer("signs", torch.tensor([[0.0], [1.0], [1.0]]).repeat(1, count))

    def judged(self, plain: Scores, signs: Tensor) -> Scores:
        """Return scores and maps in units of normal parts, raised where a picture is strange.

        Args:
            plain: In nats.
            signs: (B, K) of the pictures.
        """
        excess = self.strangeness(signs) - _LIMIT
        score = (plain.image_score - self.score[0]) / self.score[1]
        shown = (plain.anomaly_map - self.shown[0]) / self.shown[1]
        # (B,) -> (B, 1, 1, 1)
        least = excess[:, None, None, None]
        # lifted, not levelled: what stands out is still seen
        return Scores(score.maximum(excess), (shown + least.relu()).maximum(least))

    def strangeness(self, signs: Tensor) -> Tensor:
        """Return (B,), 0 and up: the largest distance of a sign from its centre, in its unit."""
        away = signs - self.signs[0]
        return torch.maximum(-away / self.signs[1], away / self.signs[2]).amax(dim=1)

    def learn(self, normal: Sequence[Sighting], signs: npt.ArrayLike) -> None:
        """Take the units from normal pictures that the flows have not learned from.

        Args:
            normal: What was said of them, nats.
            signs: (N, K) of them.

        Raises:
            ValueError: No picture.
        """
        known = np.asarray(signs, np.float64)  # (N, K)
        if not normal or not len(known):
            raise ValueError("normality needs at least one picture")
        highs = np.array([one.high for one in normal])
        peaks = upper_limit([one.peak for one in normal])
        typical = float(np.median(highs))
        columns = known.T
        below, above = ([_unit(side * column) for column in columns] for side in (-1.0, 1.0))
        scores = np.array([one.score for one in normal])
        self.score.copy_(torch.tensor([float(np.median(scores)), _unit(scores)]))
        self.shown.copy_(torch.tensor([typical, max(peaks - typical, _SMALLEST_UNIT) / _LIMIT]))
        self.signs.copy_(torch.tensor([np.median(known, axis=0).tolist(), below, above]))


def _unit(values: npt.NDArray[np.float64]) -> float:
    """Return half the way from the median to the upper limit of normal values."""
    return max(upper_limit(values) - float(np.median(values)), _SMALLEST_UNIT) / _LIMIT
