from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.errors import ModelError
from model.training.config import LoopConfig
from model.training.loop import fit
from model.training.optimizer import build_optimizer, check, learning_rate
from tests.model.training.trainees import BlotchTrainee, SpotViews


def config(**changes: Any) -> LoopConfig:
    return LoopConfig(Path("nowhere"), **({"learning_rate": 0.1} | changes))


def test_a_constant_rate_rises_first_if_wanted() -> None:
    rates = [learning_rate(config(warm_up=0.4), update, 10) for update in range(10)]
    assert rates == pytest.approx([0.025, 0.05, 0.075] + 7 * [0.1])
    assert learning_rate(config(), 0, 10) == 0.1


@given(st.integers(1, 50), st.floats(0, 0.9))
def test_the_cosine_falls_to_zero_after_its_peak(updates: int, warm_up: float) -> None:
    chosen = config(schedule="cosine", warm_up=warm_up)
    rates = [learning_rate(chosen, update, updates) for update in range(updates + 1)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(0.1)
    assert rates[-1] == pytest.approx(0, abs=1e-12) or round(warm_up * updates) == updates


class Hasty(BlotchTrainee):
    def rate(self, name: str) -> float:
        return 20.0 if name.endswith("bias") else 1.0


def test_adam_has_no_weight_decay_and_adamw_has() -> None:
    for name, moved in (("adam", 0.0), ("adamw", 0.1 * 0.5)):
        trainee = BlotchTrainee()
        made = build_optimizer(trainee, config(optimizer=name, weight_decay=0.5))
        (weight, _) = trainee.trained().values()
        before = weight.detach().clone()
        weight.grad = torch.zeros_like(weight)
        made.step()
        assert torch.allclose(weight, before * (1 - moved))
        assert made.param_groups[0]["betas"] == (0.9, 0.999)


def test_a_trainee_may_give_its_parameters_rates_of_their_own(tmp_path: Path) -> None:
    trainee = Hasty()
    weight, bias = (value.detach().clone() for value in trainee.trained().values())
    chosen = LoopConfig(tmp_path, epochs=1, learning_rate=1e-3, weight_decay=0.0)
    fit(trainee, SpotViews(4), None, chosen)
    moved_weight, moved_bias = trainee.trained().values()
    # the first step of Adam is as long as the learning rate
    assert float((moved_weight - weight).abs().max().detach()) == pytest.approx(1e-3, rel=0.01)
    assert float((moved_bias - bias).abs().max().detach()) == pytest.approx(2e-2, rel=0.01)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"optimizer": "sgd"}, "adamw or adam"),
        ({"schedule": "steps"}, "constant or cosine"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": 0}, "batch size is 0"),
        ({"accumulate": -1}, "accumulated steps is -1"),
        ({"learning_rate": 0.0}, "learning rate is 0"),
        ({"learning_rate": math.nan}, "learning rate is nan"),
        ({"warm_up": 1.0}, "warm-up share is 1"),
        ({"average": 1.0}, "average is 1"),
        ({"average": math.nan}, "average is nan"),
        ({"betas": (0.9, 1.0)}, "betas"),
        ({"weight_decay": -0.1}, "weight decay is -0.1"),
        ({"clip": math.nan}, "norm of the gradient is nan"),
        ({"patience": -1}, "patience is -1"),
        ({"turns": -2}, "turns is -2"),
        ({"cache_bytes": -1}, "memory for features is -1"),
        ({"disk_bytes": -1}, "disk space for features is -1"),
        ({"workers": -1}, "reading processes is -1"),
    ],
)
def test_values_out_of_range_are_named(change: dict[str, Any], said: str) -> None:
    check(config())
    with pytest.raises(ModelError, match=said):
        check(config(**change))
