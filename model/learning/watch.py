"""Who is told how far a learning is, and who may stop it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from model.teaching import TeachingCancelled
from model.training.config import Epoch, TrainingProgress

Report = Callable[[TrainingProgress], None]


def _silent(_: TrainingProgress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Progress and cancelling.

    Attributes:
        show: Called after each step of each stage.
        cancelled: Asked between steps.
    """

    show: Report = _silent
    cancelled: Callable[[], bool] = lambda: False

    def step(
        self, stage: str, done: int, total: int, epoch: int = 0, last: Epoch | None = None
    ) -> None:
        """Say how far a stage is.

        Args:
            stage: One or two words: "features", "training", "coreset", "limits".
            done: Steps done of this stage.
            total: Steps of this stage in all.
            epoch: Current epoch from 1; 0 before the first.
            last: The last finished epoch with its losses, if any.

        Raises:
            TeachingCancelled: It was asked for.
        """
        if self.cancelled():
            raise TeachingCancelled("Teaching was stopped; nothing has changed.")
        self.show(TrainingProgress(stage, done, total, epoch, last))

    def named(self, prefix: str) -> Watch:
        """Return a watch whose stages carry a prefix."""

        def show(now: TrainingProgress) -> None:
            self.show(replace(now, stage=f"{prefix}{now.stage}"))

        return Watch(show, self.cancelled)


def epoch_of(
    number: int, learning_rate: float, losses: Mapping[str, float], seconds: float
) -> Epoch:
    """Return an epoch for the curves of a detector that has no validation figures."""
    return Epoch(number, learning_rate, dict(losses), {}, seconds)
