"""One measured figure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from model.device import memory


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure beside its baseline.

    Attributes:
        name: Stable key, e.g. "model_ms".
        value: The figure.
        unit: "ms", "images/s" or "MiB".
        baseline_name: What the baseline is; "" if there is none.
        baseline: The baseline's figure in the same unit.
    """

    name: str
    value: float
    unit: str
    baseline_name: str = ""
    baseline: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return value / baseline; None without a baseline."""
        return self.value / self.baseline if self.baseline else None


def timed_ms(action: Callable[[], object], repeats: int, warm_up: int = 3) -> list[float]:
    """Return the milliseconds of each repetition after the warm-up."""
    for _ in range(warm_up):
        action()
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        spent.append((time.perf_counter() - start) * 1000)
    return spent


def median(values: list[float]) -> float:
    """Return the median."""
    return float(np.median(values))


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return float(np.percentile(values, 99))


def peak_memory_mib() -> float:
    """Return this process's largest resident size so far."""
    return memory(torch.device("cpu")).peak / 2**20
