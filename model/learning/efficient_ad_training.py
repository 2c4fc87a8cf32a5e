"""The training loop of EfficientAD: Adam, one drop of the rate, early stop on held-out pictures."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from model.detectors.efficient_ad import EfficientAd
from model.errors import ModelError
from model.learning.efficient_ad_losses import HARD_QUANTILE, StepPictures, step_losses
from model.learning.watch import Watch, epoch_of
from model.training.config import Epoch

ROUNDS = 20
_WEIGHT_DECAY = 1e-5
_LAST_SHARE = 0.05
_LAST_RATE = 0.1
_GAIN = 0.01

Judge = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        steps: At most; the last twentieth runs at a tenth of the rate.
        learning_rate: Of Adam.
        patience: Rounds (twentieths of the steps) without one percent of gain on the held-out
            pictures after which the last twentieth begins; 0 for never.
        hard_quantile: See `step_losses`.
    """

    steps: int
    learning_rate: float
    patience: int = 0
    hard_quantile: float = HARD_QUANTILE

    @property
    def last(self) -> int:
        """Steps at the lower rate, those of spec section 4."""
        return self.steps - int((1 - _LAST_SHARE) * self.steps)

    @property
    def round(self) -> int:
        """Steps between two looks at the held-out pictures."""
        return max(1, math.ceil((self.steps - self.last) / ROUNDS))


@dataclass(slots=True)
class _Best:
    """The best state so far and how long it has been the best."""

    loss: float = math.inf
    gained: float = math.inf
    rounds: int = 0
    state: dict[str, Tensor] = field(default_factory=dict)

    def take(self, loss: float, detector: EfficientAd) -> None:
        """Compare with what there was."""
        self.rounds += 1
        if loss < self.gained * (1 - _GAIN):
            self.gained, self.rounds = loss, 0
        if loss < self.loss:
            self.loss = loss
            self.state = copy.deepcopy(detector.state_dict())


class Trainer:
    """Trains student and autoencoder; the teacher stays as it is.

    Args:
        detector: On its device; left in evaluation mode with the best state.
        pictures: Of one step after the other.
        judge: Loss on held-out pictures; called in evaluation mode.
        schedule: How long.
        watch: Told of each step.

    Attributes:
        done: Steps taken.
    """

    def __init__(
        self,
        detector: EfficientAd,
        pictures: Iterator[StepPictures],
        judge: Judge,
        schedule: Schedule,
        watch: Watch,
    ) -> None:
        self._detector, self._pictures, self._judge = detector, pictures, judge
        self._schedule, self._watch = schedule, watch
        learned = [*detector.student.parameters(), *detector.autoencoder.parameters()]
        self._optimizer = torch.optim.Adam(
            learned, schedule.learning_rate, weight_decay=_WEIGHT_DECAY
        )
        self._epochs: list[Epoch] = []
        self.done = 0

    def run(self) -> tuple[Epoch, ...]:
        """Train and return the curves, a line for each round.

        Raises:
            ModelError: The training ran away.
            TeachingCancelled: The watch said so.
        """
        schedule, best = self._schedule, _Best()
        main = schedule.steps - schedule.last
        while self.done < main and not self._is_enough(best):
            self._round(min(schedule.round, main - self.done), best)
        for group in self._optimizer.param_groups:
            group["lr"] = _LAST_RATE * schedule.learning_rate
        self._round(schedule.last, best)
        self._detector.load_state_dict(best.state)
        self._detector.eval()
        return tuple(self._epochs)

    def _is_enough(self, best: _Best) -> bool:
        return 0 < self._schedule.patience <= best.rounds

    def _round(self, steps: int, best: _Best) -> None:
        """Take some steps and look at the held-out pictures."""
        started, number = time.monotonic(), len(self._epochs) + 1
        sums: dict[str, float] = {}
        self._detector.train()
        last = self._epochs[-1] if self._epochs else None
        for _ in range(steps):
            for name, value in self._step().items():
                sums[name] = sums.get(name, 0.0) + value / steps
            self.done += 1
            self._watch.step("training", self.done, self._schedule.steps, number, last)
        self._detector.eval()
        held_out = self._judge()
        if not math.isfinite(held_out + sum(sums.values())):
            raise ModelError(
                "The training ran away: a loss is not a number; give a smaller learning_rate."
            )
        best.take(held_out, self._detector)
        rate = float(self._optimizer.param_groups[0]["lr"])
        seconds = time.monotonic() - started
        self._epochs.append(epoch_of(number, rate, sums | {"validation": held_out}, seconds))

    def _step(self) -> dict[str, float]:
        """Take one step; return its losses."""
        pictures, device = next(self._pictures), self._detector.device
        foreign = pictures.foreign
        there = StepPictures(
            pictures.plain.to(device),
            pictures.changed.to(device),
            None if foreign is None else foreign.to(device),
        )
        losses = step_losses(self._detector, there, self._schedule.hard_quantile)
        self._optimizer.zero_grad()
        losses.total.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        return losses.values()
