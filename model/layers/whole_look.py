"""How unlike all known pictures a picture is as a whole: an absolute measure.

Student and teacher may agree on a picture that is no picture of the product at all (a covered
lens, another product): both are convolutions, and what they make of an even grey is much the same.
Quartiles of the teacher's features over the whole picture do not agree by chance; and a defect,
which covers a small part of it, does not move them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_LEAST_SPREAD = 0.1
_LEAST_LIMIT = 3.0
_ROOM = 2.0
_USUAL = 0.95


class WholeLook(nn.Module):
    """Quartiles of features over a picture, compared with those of known ones.

    Args:
        channels: Of the features.

    Attributes:
        centre: (3 C,) float32 buffer: mean of each number over the known pictures.
        spread: (3 C,) float32 buffer: their deviation.
        limit: (1,) float32 buffer: mean squared distance, in spreads, up to which a picture is
            taken for one of the kind; 0 until learned, which switches the measure off.
    """

    centre: Tensor
    spread: Tensor
    limit: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(3 * channels))
        self.register_buffer("spread", torch.ones(3 * channels))
        self.register_buffer("limit", torch.zeros(1))

    @staticmethod
    def numbers(features: Tensor) -> Tensor:
        """Return (B, 3 C): the quartiles over every second place of (B, C, h, w) features."""
        # (B, C, h, w) -> (B, C, n), ascending
        places = features[..., ::2, ::2].flatten(2).sort(dim=2).values
        last = places.shape[2] - 1
        # (B, C, 3) -> (B, 3 C)
        return places[..., [last // 4, last // 2, last - last // 4]].flatten(1)

    def learn(self, known: Tensor, held_out: Tensor) -> None:
        """Take the numbers of known pictures, and the limit from held-out ones.

        Args:
            known: (N, 3 C) of `numbers`; features of about unit spread.
            held_out: (M, 3 C) of other good pictures.
        """
        self.centre.copy_(known.mean(0))
        # few pictures say little of how much good ones differ
        deviation = known.var(0, correction=0) + _LEAST_SPREAD**2 * (1 + 1 / len(known))
        self.spread.copy_(deviation.sqrt())
        distances = torch.cat((self._distances(known), self._distances(held_out)))
        # not the farthest: one odd picture among the good ones must not open the limit for all
        usual = float(distances.quantile(_USUAL))
        self.limit.fill_(max(_LEAST_LIMIT, _ROOM * usual))

    def _distances(self, numbers: Tensor) -> Tensor:
        return ((numbers - self.centre) / self.spread).square().mean(1)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B,): by how many limits a picture is beyond the limit; 0 for one of the kind."""
        distances = self._distances(self.numbers(features))
        beyond = (distances / self.limit.clamp_min(_LEAST_LIMIT) - 1).clamp_min(0)
        return torch.where(self.limit > 0, beyond, torch.zeros_like(beyond))
