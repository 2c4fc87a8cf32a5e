"""What a training step of EfficientAD makes small, and the quantiles that it needs.

Batzner, Heckler and Koenig, WACV 2024, sections 3.2 and 3.3 and algorithm 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from model.detectors.efficient_ad import EfficientAd

HARD_QUANTILE = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class StepPictures:
    """Pictures of one step, (B, 3, S, S) float32 network inputs each.

    Attributes:
        plain: Of the training, as they are.
        changed: The same with other colours.
        foreign: Of anything else; None for no penalty.
    """

    plain: Tensor
    changed: Tensor
    foreign: Tensor | None


@dataclass(frozen=True, slots=True, eq=False)
class StepLosses:
    """The four losses of a step, scalars with gradients.

    Attributes:
        hard: Where the student repeats the teacher worst.
        penalty: What the student says of foreign pictures.
        autoencoder: Autoencoder against teacher.
        student: Student against autoencoder; teaches both.
    """

    hard: Tensor
    penalty: Tensor
    autoencoder: Tensor
    student: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum."""
        return self.hard + self.penalty + self.autoencoder + self.student

    def values(self) -> dict[str, float]:
        """Return them by name, with "total"."""
        named = {
            "hard": self.hard,
            "penalty": self.penalty,
            "autoencoder": self.autoencoder,
            "student": self.student,
            "total": self.total,
        }
        return {name: float(value.detach()) for name, value in named.items()}


def step_losses(
    detector: EfficientAd, pictures: StepPictures, hard_quantile: float = HARD_QUANTILE
) -> StepLosses:
    """Return the losses of a step; each network runs once over all the pictures it needs.

    Args:
        detector: Its student and autoencoder get gradients.
        pictures: Of the step.
        hard_quantile: Share of the differences that the student need not improve, 0 to 1.
    """
    plain, changed, foreign = pictures.plain, pictures.changed, pictures.foreign
    seen = [plain, changed] if foreign is None else [plain, changed, foreign]
    # (n B, 2 C, h, w) -> n times two of (B, C, h, w)
    said = [one.chunk(2, dim=1) for one in detector.student(torch.cat(seen)).chunk(len(seen))]
    of_plain, of_changed = detector.described(torch.cat((plain, changed))).chunk(2)
    difference = (of_plain - said[0][0]).square()
    threshold = quantile(difference.detach(), hard_quantile)
    foretold = detector.autoencoder(changed)
    penalty = difference.new_zeros(()) if foreign is None else said[2][0].square().mean()
    return StepLosses(
        hard=difference[difference >= threshold].mean(),
        penalty=penalty,
        autoencoder=(of_changed - foretold).square().mean(),
        student=(foretold - said[1][1]).square().mean(),
    )


def quantile(values: Tensor, share: float) -> Tensor:
    """Return the linearly interpolated quantile over all elements, a scalar.

    As `torch.quantile`, which sorts everything and in older versions refuses more than 16
    million elements.

    Args:
        values: At least one element.
        share: 0 to 1.
    """
    flat = values.flatten()
    place = share * (len(flat) - 1)
    below = math.floor(place)
    low = flat.kthvalue(below + 1).values
    high = flat.kthvalue(min(below + 2, len(flat))).values
    return torch.lerp(low, high, place - below)
