"""Training of flows on frozen features: the likelihood of normal pictures is made large."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from model.device import precision
from model.errors import ModelError
from model.layers.flows import Flows
from model.learning.flow_schedule import FlowSchedule
from model.learning.level_features import LevelFeatures, Levels
from model.learning.watch import Watch, epoch_of
from model.training.config import Epoch


@dataclass(frozen=True, slots=True)
class FlowPlan:
    """How to train.

    Attributes:
        schedule: Steps and rates.
        batch: Tiles of a step.
        clip: Largest norm of the gradient of all weights together.
        precision: "float32", or "bfloat16" on a GPU.
        seed: Of the order.
    """

    schedule: FlowSchedule
    batch: int = 8
    clip: float = 2.0
    precision: str = "float32"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """One step.

    Attributes:
        loss: Before it, mean over the batch.
        norm: Of the gradient of all weights together, before it was clipped.
    """

    loss: float
    norm: float


class FlowTrainer:
    """Changes flows step by step.

    Args:
        flows: On their device.
        start: Between the features and the flows; does not train.
        plan: How.
    """

    def __init__(self, flows: Flows, start: nn.Module, plan: FlowPlan) -> None:
        self._flows, self._start, self._plan = flows, start, plan
        self._weights = list(flows.parameters())
        self._optimizer = torch.optim.Adam(self._weights, lr=plan.schedule.rate)

    def step(self, levels: Levels, rate: float) -> Taken:
        """Change the weights once.

        Args:
            levels: (B, C_i, h_i, w_i) float32 features on the flows' device.
            rate: Learning rate.

        Raises:
            ModelError: The loss or its gradient is not finite.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        loss = self.loss(levels)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = float(nn.utils.clip_grad_norm_(self._weights, self._plan.clip))
        taken = Taken(float(loss.detach()), norm)
        if not (math.isfinite(taken.loss) and math.isfinite(taken.norm)):
            raise ModelError(
                "The training of the flows has left all numbers; give a smaller learning_rate, "
                "or look for pictures that show nothing."
            )
        self._optimizer.step()
        return taken

    def loss(self, levels: Levels) -> Tensor:
        """Return the mean negative log-likelihood of a batch."""
        with precision(levels[0].device, self._plan.precision):
            return self._flows(self._start(levels)).loss().mean()  # type: ignore[no-any-return]


def train_flows(
    trainer: FlowTrainer,
    features: LevelFeatures,
    plan: FlowPlan,
    device: torch.device,
    watch: Watch,
) -> tuple[Epoch, ...]:
    """Train for all steps of the plan and return the curve.

    Args:
        trainer: Changes the weights.
        features: Of normal pictures.
        plan: How.
        device: Of the flows.
        watch: Told of each step, as stage "training".

    Raises:
        ModelError: The loss is not finite.
        TeachingCancelled: `watch` said so.
    """
    steps, epochs = plan.schedule.steps, list[Epoch]()
    per_epoch = math.ceil(len(features) / plan.batch)
    numbers = _batches(len(features), plan.batch, plan.seed)
    losses: list[float] = []
    began = time.perf_counter()
    for step in range(steps):
        watch.step("training", step, steps, len(epochs) + 1, epochs[-1] if epochs else None)
        levels = tuple(part.to(device) for part in features.batch(next(numbers)))
        rate = plan.schedule.at(step)
        losses.append(trainer.step(levels, rate).loss / _values(levels))
        if len(losses) == per_epoch or step == steps - 1:
            now = time.perf_counter()
            mean = {"total": float(np.mean(losses))}
            epochs.append(epoch_of(len(epochs) + 1, rate, mean, now - began))
            losses, began = [], now
    watch.step("training", steps, steps, len(epochs), epochs[-1] if epochs else None)
    return tuple(epochs)


def _values(levels: Levels) -> int:
    """Return the numbers in the features of one tile: a loss divided by it has a usual size."""
    return sum(part[0].numel() for part in levels)


def _batches(count: int, size: int, seed: int) -> Iterator[list[int]]:
    """Yield batches without end, every epoch in a new order, its last batch as it comes."""
    rng = np.random.default_rng((seed, 21))
    while True:
        order = rng.permutation(count).tolist()
        for first in range(0, count, size):
            yield order[first : first + size]
