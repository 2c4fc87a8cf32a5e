"""How weights follow gradients: the optimiser and its learning rate."""

from __future__ import annotations

import math

import torch
from torch import nn

from model.errors import ModelError
from model.training.config import LoopConfig
from model.training.trainee import Trainee

OPTIMIZERS = ("adamw", "adam")
SCHEDULES = ("constant", "cosine")


def check(config: LoopConfig) -> None:
    """Look for values with which no run is possible.

    Raises:
        ModelError: What is wrong and what is allowed.
    """
    if config.optimizer not in OPTIMIZERS:
        raise _unknown("optimiser", config.optimizer, OPTIMIZERS)
    if config.schedule not in SCHEDULES:
        raise _unknown("schedule", config.schedule, SCHEDULES)
    for name, value in (
        ("epochs", config.epochs),
        ("batch size", config.batch_size),
        ("number of accumulated steps", config.accumulate),
    ):
        if value < 1:
            raise ModelError(f"The {name} is {value}; it must be at least 1.")
    if not (math.isfinite(config.learning_rate) and config.learning_rate > 0):
        raise ModelError(f"The learning rate is {config.learning_rate}; it must be above 0.")
    if not 0 <= config.warm_up < 1:
        raise ModelError(f"The warm-up share is {config.warm_up}; it must be from 0 to below 1.")
    if not 0 <= config.average < 1:
        raise ModelError(f"The average is {config.average}; it must be from 0 to below 1.")
    if not all(0 <= beta < 1 for beta in config.betas):
        raise ModelError(f"The betas are {config.betas}; each must be from 0 to below 1.")
    _check_not_negative(config)


def build_optimizer(trainee: Trainee, config: LoopConfig) -> torch.optim.Optimizer:
    """Return the optimiser of `config`; "adam" has no weight decay.

    Weights of one learning rate form a group; its "factor" is that of `Trainee.rate`.
    """
    groups: dict[float, list[nn.Parameter]] = {}
    for name, weight in trainee.trained().items():
        groups.setdefault(trainee.rate(name), []).append(weight)
    values = [{"params": weights, "factor": factor} for factor, weights in groups.items()]
    if config.optimizer == "adam":
        return torch.optim.Adam(values, config.learning_rate, config.betas)
    return torch.optim.AdamW(
        values, config.learning_rate, config.betas, weight_decay=config.weight_decay
    )


def learning_rate(config: LoopConfig, update: int, updates: int) -> float:
    """Return the rate of one change of the weights.

    Args:
        config: Peak rate, schedule and warm-up.
        update: From 0.
        updates: Of the whole run.
    """
    rising = round(config.warm_up * updates)
    if update < rising:
        return config.learning_rate * (update + 1) / rising
    if config.schedule == "constant":
        return config.learning_rate
    share = (update - rising) / max(1, updates - rising)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))


def _check_not_negative(config: LoopConfig) -> None:
    for name, value in (
        ("weight decay", config.weight_decay),
        ("largest norm of the gradient", config.clip),
        ("patience", config.patience),
        ("number of turns", config.turns),
        ("memory for features", config.cache_bytes),
        ("disk space for features", config.disk_bytes),
        ("number of reading processes", config.workers),
    ):
        if not value >= 0:
            raise ModelError(f"The {name} is {value}; it must not be below 0.")


def _unknown(what: str, name: str, known: tuple[str, ...]) -> ModelError:
    return ModelError(f"No {what} is called {name!r}; use {' or '.join(known)}.")
