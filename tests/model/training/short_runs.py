"""Short runs of the training loop, and how two are compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.training.config import LoopConfig, LoopResult
from model.training.loop import fit
from model.training.snapshot import snapshot
from model.training.trainee import Trainee
from tests.model.training.trainees import BlotchTrainee, SpotViews

VALIDATION = SpotViews(6, seed=9)


def config(folder: Path, **changes: Any) -> LoopConfig:
    values = {"epochs": 4, "batch_size": 3, "learning_rate": 0.01}
    return LoopConfig(folder, **(values | changes))


def run(folder: Path, trainee: Trainee | None = None, **changes: Any) -> LoopResult:
    chosen = config(folder, **changes)
    return fit(trainee or BlotchTrainee(), SpotViews(8), VALIDATION, chosen)


def assert_same(one: LoopResult, other: LoopResult, tolerance: float = 0.0) -> None:
    assert len(one.epochs) == len(other.epochs)
    assert (one.best, one.stopped) == (other.best, other.stopped)
    for a, b in zip(one.epochs, other.epochs, strict=True):
        assert (a.number, a.learning_rate) == (b.number, b.learning_rate)
        assert a.losses == pytest.approx(b.losses, rel=0, abs=tolerance)
        assert a.metrics == pytest.approx(b.metrics, rel=0, abs=tolerance)


def assert_same_weights(one: Trainee, other: Trainee, tolerance: float = 0.0) -> None:
    first, second = snapshot(one), snapshot(other)
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.allclose(value, second[name], rtol=0, atol=tolerance), name


def stop_at(count: int) -> Callable[[], bool]:
    asked = iter(range(1, 1000))
    return lambda: next(asked) == count
