"""How the learning rate of the flows goes over a training."""

from __future__ import annotations

from dataclasses import dataclass

_DECAY = 0.33
_FIRST_DROP, _SECOND_DROP = 0.7, 0.9


@dataclass(frozen=True, slots=True)
class FlowSchedule:
    """Steps and their rates; shares of the whole where the paper counts 100 epochs.

    Attributes:
        steps: Changes of the weights in all.
        rate: Highest learning rate.
        warm_up: Share of the steps in which the rate rises.
        start: Where it starts, as a share of `rate`.
    """

    steps: int
    rate: float = 1e-4
    warm_up: float = 0.12
    start: float = 0.1

    def at(self, step: int) -> float:
        """Return the learning rate of a step, from 0.

        It rises in a line, stays, and becomes 0.33 of itself after 70 % and after 90 %.
        """
        done = step / self.steps
        if done < self.warm_up:
            return self.rate * (self.start + (1 - self.start) * done / self.warm_up)
        return self.rate * _DECAY ** ((done >= _FIRST_DROP) + (done >= _SECOND_DROP))
