"""The schedule of a pretraining run: how many steps, at which size, at which learning rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Phase:
    """Steps of one kind.

    Attributes:
        side: Side of the training pictures, pixels.
        samples: Procedural products per step.
        steps: Number of steps.
    """

    side: int
    samples: int
    steps: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a run does, fixed when it starts and kept with its checkpoints.

    Attributes:
        phases: In order; many small pictures first, whole ones last.
        peak_rate: Highest learning rate.
        warmup: Steps of linear rise.
        decay_from: Step at which the cosine fall begins.
        precision: "float32" or "bfloat16" (autocast of the vision tower).
    """

    phases: tuple[Phase, ...]
    peak_rate: float
    warmup: int
    decay_from: int
    precision: str

    @property
    def steps(self) -> int:
        """Steps in all."""
        return sum(phase.steps for phase in self.phases)

    @property
    def samples(self) -> int:
        """Procedural products in all."""
        return sum(phase.steps * phase.samples for phase in self.phases)

    def phase(self, step: int) -> Phase:
        """Return the phase of a step, counted from 0."""
        for phase in self.phases:
            if step < phase.steps:
                return phase
            step -= phase.steps
        return self.phases[-1]

    def first_sample(self, step: int) -> int:
        """Return the number of the first sample of a step."""
        first = 0
        for phase in self.phases:
            taken = min(step, phase.steps)
            first += taken * phase.samples
            step -= taken
        return first

    def rate(self, step: int) -> float:
        """Return the learning rate: linear rise, plateau, cosine fall to 2 percent."""
        if step < self.warmup:
            return self.peak_rate * (step + 1) / self.warmup
        if step < self.decay_from:
            return self.peak_rate
        share = (step - self.decay_from) / max(1, self.steps - self.decay_from)
        return self.peak_rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(share, 1.0))))

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON types."""
        return asdict(self) | {"phases": [asdict(phase) for phase in self.phases]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        phases = tuple(Phase(**phase) for phase in values["phases"])
        return cls(**(dict(values) | {"phases": phases}))


def plan(
    seconds: float,
    step_seconds: Mapping[tuple[str, int], float],
    sizes: Mapping[int, int],
    *,
    last_share: float = 0.4,
    peak_rate: float = 8e-4,
) -> Schedule:
    """Choose precision and number of steps for what the machine can do.

    Args:
        seconds: Time to spend.
        step_seconds: Measured seconds of a step by (precision, side).
        sizes: Samples per step by side, in the order of the phases.
        last_share: Share of the time for the last phase.
        peak_rate: Highest learning rate.
    """
    sides = list(sizes)
    precisions = sorted({precision for precision, _ in step_seconds}, reverse=True)
    precision = min(precisions, key=lambda p: sum(step_seconds[p, side] for side in sides))
    shares = [1 - last_share, last_share] if len(sides) == 2 else [1 / len(sides)] * len(sides)
    phases = tuple(
        Phase(side, sizes[side], max(1, int(seconds * share / step_seconds[precision, side])))
        for side, share in zip(sides, shares, strict=True)
    )
    steps = sum(phase.steps for phase in phases)
    return Schedule(
        phases=phases,
        peak_rate=peak_rate,
        warmup=max(1, min(60, steps // 20)),
        decay_from=steps - phases[-1].steps if len(phases) > 1 else int(0.6 * steps),
        precision=precision,
    )
