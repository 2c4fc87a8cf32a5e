"""The moving average of the weights, which is what is judged and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from model.training.trainee import Trainee


class Average:
    """An exponential moving average of the trained parameters.

    With few pictures the weights swing from step to step and so does what they know; their
    average does not (Polyak and Juditsky, 1992; Tarvainen and Valpola, 2017). In the first steps
    it looks back less far: decay min(d, (1 + n) / (10 + n)) after n updates.

    Args:
        trainee: Whose weights are averaged.
        decay: 0 <= d < 1; 0 takes the weights as they are.
    """

    def __init__(self, trainee: Trainee, decay: float) -> None:
        self._trainee = trainee
        self._decay = decay
        self._values: dict[str, Tensor] = {}
        if decay > 0:
            self._values = {n: p.detach().clone() for n, p in trainee.trained().items()}

    @torch.no_grad()
    def update(self, updates: int) -> None:
        """Take in the weights after a change.

        Args:
            updates: Changes of the weights so far, this one included.
        """
        decay = min(self._decay, (1 + updates) / (10 + updates))
        weights = self._trainee.trained() if self._values else {}
        for name, value in self._values.items():
            value.lerp_(weights[name], 1 - decay)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Let the trainee have the average for a while, and what follows from it."""
        if not self._values:
            self._trainee.refresh()
            yield
            return
        own = {n: p.detach().clone() for n, p in self._trainee.trained().items()}
        self._put(self._values)
        try:
            self._trainee.refresh()
            yield
        finally:
            self._put(own)

    def state(self) -> dict[str, Tensor]:
        """Return copies on the CPU; empty without averaging."""
        return {name: value.detach().cpu().clone() for name, value in self._values.items()}

    def take(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        for name, value in self._values.items():
            value.copy_(state[name])

    @torch.no_grad()
    def _put(self, values: Mapping[str, Tensor]) -> None:
        for name, weight in self._trainee.trained().items():
            weight.copy_(values[name])
