"""One network of a classifier: trained on its folds' rest, judged on its fold, the best kept."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model.errors import ModelError
from model.layers.class_network import ClassNetwork, HeadNetwork
from model.learning.classifier_choices import ClassifierChoices
from model.learning.classifier_figures import macro_f1
from model.learning.classifier_folds import Fold
from model.learning.classifier_inputs import Inputs
from model.training.config import Epoch

_RATES = {"adadelta": 1.0, "adamw": 1e-3, "adam": 1e-3, "radam": 1e-3, "sgd": 0.05}
_JUDGED_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What came of one network; its weights are those of the best epoch.

    Attributes:
        epochs: Curves.
        best: Number of the best epoch, from 1.
        probabilities: (H, L) float32 of the fold's pictures, in the fold's order.
    """

    epochs: tuple[Epoch, ...]
    best: int
    probabilities: Tensor


Told = Callable[[int, Epoch | None], None]
"""Called after each step with the number of its epoch and the last finished one."""


def train_member(
    member: ClassNetwork,
    inputs: Inputs,
    targets: Sequence[int],
    labels: int,
    fold: Fold,
    choices: ClassifierChoices,
    seed: int,
    told: Told,
) -> Trained:
    """Train until nothing gets better and keep the best epoch (classifier spec, section 3).

    The best epoch is the one with the highest macro F1 on the fold; of equals, the one with the
    lowest loss there.

    Args:
        member: On its device.
        inputs: Pictures by number.
        targets: Label of each picture, by number.
        labels: How many there are.
        fold: What it learns from and what it is judged on.
        choices: How.
        seed: Of the order.
        told: Progress; may raise to stop it.

    Raises:
        ModelError: The loss is no number.
    """
    device = next(member.parameters()).device
    truth = torch.tensor(targets)
    weights = label_weights(truth[list(fold.train)], labels, choices.weighting).to(device)
    optimizer = optimizer_of(member, choices)
    order = torch.Generator().manual_seed(seed)
    epochs: list[Epoch] = []
    kept: dict[str, Tensor] = {}
    best, best_value, probabilities = 0, (-1.0, -math.inf), torch.empty(0)
    for number in range(1, choices.epochs + 1):
        started = time.monotonic()
        member.train()
        losses = []
        for batch in _batches(fold.train, choices.batch, order):
            given, wanted = inputs.drawn(batch), truth[batch].to(device)
            losses.append(_step(member, optimizer, given, wanted, weights, choices.smoothing))
            told(number, epochs[-1] if epochs else None)
        _check(losses)
        said = judged(member, inputs, fold.held)
        epoch = _epoch(number, optimizer, losses, said, truth[list(fold.held)], started)
        epochs.append(epoch)
        value = (epoch.metrics["macro_f1"], -epoch.losses["validation"])
        if value > best_value:
            best, best_value, probabilities = number, value, said
            kept = copy.deepcopy(member.state_dict())
        elif choices.patience and number - best >= choices.patience:
            break
    member.load_state_dict(kept)
    return Trained(tuple(epochs), best, probabilities)


def _step(
    member: ClassNetwork,
    optimizer: torch.optim.Optimizer,
    given: Tensor,
    wanted: Tensor,
    weights: Tensor,
    smoothing: float,
) -> float:
    """Learn from a batch and return its loss."""
    loss = F.cross_entropy(logits_of(member, given), wanted, weights, label_smoothing=smoothing)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.detach())


def logits_of(member: ClassNetwork, given: Tensor) -> Tensor:
    """Return (B, L) logits of what `Inputs` gives."""
    if isinstance(member, HeadNetwork):
        return member.pooled_logits(given)
    logits: Tensor = member(given)
    return logits


def judged(member: ClassNetwork, inputs: Inputs, numbers: Sequence[int]) -> Tensor:
    """Return (N, L) float32 probabilities of pictures as they are, on the CPU."""
    member.eval()
    parts = []
    with torch.no_grad():
        for first in range(0, len(numbers), _JUDGED_AT_ONCE):
            given = inputs.plain(numbers[first : first + _JUDGED_AT_ONCE])
            parts.append(logits_of(member, given).float().softmax(dim=1).cpu())
    return torch.cat(parts)


def label_weights(targets: Tensor, labels: int, weighting: str) -> Tensor:
    """Return (L,) float32 weights of the labels in the loss.

    "balanced" lets every label weigh the same however many pictures it has, "root" goes half of
    that way. The mean over the pictures is 1, so the step does not change its length.

    Args:
        targets: (N,) int64.
        labels: L; one that does not occur weighs nothing.
        weighting: One of `WEIGHTINGS`.
    """
    counts = torch.bincount(targets, minlength=labels).double()
    power = {"none": 0.0, "root": 0.5, "balanced": 1.0}[weighting]
    weights = torch.where(counts > 0, counts.clamp_min(1) ** -power, 0.0)
    mean = (weights * counts).sum() / counts.sum()
    return (weights / mean).float()


def optimizer_of(member: ClassNetwork, choices: ClassifierChoices) -> torch.optim.Optimizer:
    """Return the optimizer, with torch's defaults but for rate, decay and SGD's momentum."""
    kinds: dict[str, Any] = {
        "adadelta": torch.optim.Adadelta,
        "adamw": torch.optim.AdamW,
        "adam": torch.optim.Adam,
        "radam": torch.optim.RAdam,
        "sgd": torch.optim.SGD,
    }
    values: dict[str, Any] = {
        "lr": choices.learning_rate or _RATES[choices.optimizer],
        "weight_decay": choices.weight_decay,
    }
    if choices.optimizer == "sgd":
        values["momentum"] = 0.9
    made: torch.optim.Optimizer = kinds[choices.optimizer](member.parameters(), **values)
    return made


def _batches(numbers: Sequence[int], size: int, order: torch.Generator) -> list[list[int]]:
    """Return the numbers shuffled, in pieces; a last picture alone joins the piece before."""
    shuffled = [numbers[i] for i in torch.randperm(len(numbers), generator=order).tolist()]
    pieces = [shuffled[first : first + size] for first in range(0, len(shuffled), size)]
    # a normalisation over a batch has nothing to learn from a single picture
    if len(pieces) > 1 and len(pieces[-1]) == 1:
        pieces[-2] += pieces.pop()
    return pieces


def _check(losses: Sequence[float]) -> None:
    if not all(map(math.isfinite, losses)):
        raise ModelError("The loss is no number any more; choose a smaller learning_rate.")


def _epoch(
    number: int,
    optimizer: torch.optim.Optimizer,
    losses: Sequence[float],
    said: Tensor,
    truth: Tensor,
    started: float,
) -> Epoch:
    """Return the line of the curves; `said` are the (H, L) probabilities of the fold."""
    loss = F.nll_loss(said.clamp_min(1e-12).log(), truth)
    named = said.argmax(dim=1)
    found = macro_f1(truth.numpy(), named.numpy())
    accuracy = float((named == truth).float().mean())
    metrics = {"macro_f1": found, "accuracy": accuracy, "quality": found}
    return Epoch(
        number,
        float(optimizer.param_groups[0]["lr"]),
        {"total": float(np.mean(losses)), "validation": float(loss)},
        metrics,
        time.monotonic() - started,
    )
