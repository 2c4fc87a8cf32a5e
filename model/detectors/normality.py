"""What normal pictures are to flows as a whole, so that one that is wrong everywhere is noticed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from model.calibration import Sighting, upper_limit
from model.detector import Scores

# where the limit of normal values lies, in the unit of scores, maps and signs
_LIMIT = 2.0
# from where on strangeness counts: the largest of several signs is easily a limit off
_STRANGE = 3.0
_SMALLEST_UNIT = 1e-3


class Normality(nn.Module):
    """Makes scores comparable with how likely a picture is at all.

    MSFlow compares every place with the likeliest of its own picture: a picture that is unlikely
    everywhere (another product, no light, out of focus) would be perfect. Its strangeness is how
    far any of its signs, such as its median log-likelihood, is from that of normal pictures, to
    either side: a picture that shows nothing can be likelier than a real one. Strangeness beyond
    its limit lifts the score and the whole map.

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
        excess = (self.strangeness(signs) - _STRANGE).relu()
        score = _lifted(plain.image_score, self.score, excess)
        # (B,) -> (B, 1, 1, 1)
        return Scores(score, _lifted(plain.anomaly_map, self.shown, excess[:, None, None, None]))

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


def _lifted(nats: Tensor, normal: Tensor, excess: Tensor) -> Tensor:
    """Return values in units of normal parts, lifted where a picture is strange.

    Where the excess reaches the limit, even a value of 0 nats does; what stands out still does.

    Args:
        nats: 0 and up.
        normal: (2,) centre and unit.
        excess: Strangeness beyond its limit, 0 and up.
    """
    centre, unit = normal[0], normal[1]
    return (nats - centre) / unit + excess * (1 + centre / (unit * _LIMIT))


def _unit(values: npt.NDArray[np.float64]) -> float:
    """Return half the way from the median to the upper limit of normal values."""
    return max(upper_limit(values) - float(np.median(values)), _SMALLEST_UNIT) / _LIMIT
