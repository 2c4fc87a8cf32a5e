"""A detector as the training loop sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.training.example import Batch


class Trainee(nn.Module, ABC):
    """Wraps a detector for training; parameters that train have `requires_grad`.

    `forward` gives the named losses; each is a mean over the examples of the batch, so that
    processes with a part of the batch each add up to one with the whole.

    Attributes:
        detector: What is trained; a submodule.
        weights: Weight of each loss by name; a loss without one counts 1.
        class_names: What `Batch.names` counts; empty where the detector names nothing.
    """

    detector: Detector
    weights: dict[str, float]
    class_names: tuple[str, ...]

    @abstractmethod
    def features(self, images: Tensor) -> dict[str, Tensor]:
        """Return what the frozen part makes of (B, 3, S, S) images, (B, ...) each.

        Called without gradient, in evaluation mode; the loop keeps the result per view, so it
        must depend on nothing that trains.
        """

    @abstractmethod
    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Return the unweighted losses of a batch by name, scalars."""

    @abstractmethod
    def scores(self, batch: Batch) -> Scores:
        """Return what the detector says of a batch, from its features; for validation."""

    def refresh(self) -> None:
        """Renew what the detector keeps of its trained weights; called after each epoch."""

    def rate(self, name: str) -> float:
        """Return the factor of the learning rate of a trained parameter."""
        del name
        return 1.0

    def trained(self) -> dict[str, nn.Parameter]:
        """Return the parameters that train, by name."""
        return {name: p for name, p in self.named_parameters() if p.requires_grad}

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the weighted sum of the losses, a scalar."""
        return torch.stack([self.weights.get(k, 1.0) * v for k, v in losses.items()]).sum()
