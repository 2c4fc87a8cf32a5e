"""One step of training: losses, gradients, and now and then a change of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from model.device import precision
from model.errors import ModelError
from model.training.config import LoopConfig
from model.training.distributed import Processes
from model.training.example import Batch
from model.training.optimizer import build_optimizer
from model.training.trainee import Trainee

# the gradient scaler halves its factor after each; from 2^16 these bring it below 1
_MOST_SKIPPED = 20


class _Losses(nn.Module):
    """The losses and their total of a batch, as one module for `DistributedDataParallel`.

    The anchor takes part in every total, so that a process without an example has something to
    go backward from while the others use the weights. Without an idle parameter torch would
    complain that every weight was used.
    """

    def __init__(self, trainee: Trainee) -> None:
        super().__init__()
        self.trainee = trainee
        self.anchor = nn.Parameter(torch.zeros((), device=trainee.detector.device))
        self.idle = nn.Parameter(torch.zeros((), device=trainee.detector.device))

    def forward(self, batch: Batch | None) -> dict[str, Tensor]:
        nothing = self.anchor * 0
        if batch is None:
            return {"total": nothing}
        losses: dict[str, Tensor] = self.trainee(batch)
        return {**losses, "total": self.trainee.total(losses) + nothing}


class Stepper:
    """Adds up gradients and changes the weights."""

    def __init__(self, trainee: Trainee, config: LoopConfig, processes: Processes) -> None:
        """Take the weights that train.

        Raises:
            ModelError: There are none.
        """
        self._trainee, self._config, self._processes = trainee, config, processes
        self._weights = trainee.trained()
        if not self._weights:
            raise ModelError("This detector has no weights that train; choose another recipe.")
        self._frozen = list(_frozen(trainee))
        device = trainee.detector.device
        is_mixed = config.mixed_precision and device.type == "cuda"
        self.precision = "float16" if is_mixed else "float32"
        self._device = device
        self._optimizer = build_optimizer(trainee, config)
        self._scaler = torch.amp.GradScaler(device.type, enabled=is_mixed)
        self._losses = processes.wrapped(_Losses(trainee))
        self._skipped = 0

    def add(self, batch: Batch | None, total: int, where: str) -> dict[str, tuple[float, int]]:
        """Add the gradient of this process's part of a batch.

        Args:
            batch: The part; None if it is empty.
            total: Examples of the update that this step belongs to, over all processes.
            where: For the message: "step 3 of epoch 2".

        Returns:
            By loss the mean over the batch and the examples behind it, of all processes.

        Raises:
            ModelError: A loss is not finite; the weights are as before.
        """
        self._trainee.train()
        for part in self._frozen:
            part.eval()
        own = len(batch.labels) if batch else 0
        with precision(self._device, self.precision):
            losses = self._losses(batch)
        values = {name: float(value.detach()) for name, value in losses.items()}
        means = _means(self._processes.gathered((own, values)))
        for name, (value, _) in means.items():
            if not math.isfinite(value):
                raise _not_finite(f"The loss ({name})", where)
        # the gradients of the processes are averaged, their examples are to be added up
        share = own * self._processes.size / total
        self._scaler.scale(losses["total"] * share).backward()
        return means

    def update(self, rate: float, where: str) -> None:
        """Change the weights by the gradients added up, then forget these.

        Raises:
            ModelError: A gradient is not finite; the weights are as before.
        """
        self._scaler.unscale_(self._optimizer)
        slopes = [weight.grad for weight in self._weights.values() if weight.grad is not None]
        norm = nn.utils.get_total_norm(slopes)
        is_finite = bool(norm.isfinite())
        self._skipped = 0 if is_finite else self._skipped + 1
        if not is_finite and (not self._scaler.is_enabled() or self._skipped > _MOST_SKIPPED):
            raise _not_finite("The gradient", where)
        if self._config.clip > 0 and is_finite:
            nn.utils.clip_grads_with_norm_(self._weights.values(), self._config.clip, norm)
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, dict[str, Any]]:
        """Return the parts "optimizer", "scaler" and "gradients" of a run's state."""
        gradients = {
            name: weight.grad.detach().cpu().clone()
            for name, weight in self._weights.items()
            if weight.grad is not None
        }
        return {
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "gradients": gradients,
        }

    def take(
        self,
        optimizer: dict[str, Any],
        scaler: dict[str, Any],
        gradients: Mapping[str, Tensor],
    ) -> None:
        """Go on from what `state` returned."""
        self._optimizer.load_state_dict(optimizer)
        if scaler and self._scaler.is_enabled():
            self._scaler.load_state_dict(scaler)
        for name, weight in self._weights.items():
            slope = gradients.get(name)
            weight.grad = None if slope is None else slope.to(weight.device)


def _frozen(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the largest parts that have weights, none of which trains."""
    weights = list(module.parameters())
    if weights and not any(weight.requires_grad for weight in weights):
        yield module
    elif weights:
        for part in module.children():
            yield from _frozen(part)


def _means(parts: list[tuple[int, dict[str, float]]]) -> dict[str, tuple[float, int]]:
    """Return mean and number of examples by loss; where a process has none it counts as 0."""
    count = sum(own for own, _ in parts)
    sums: dict[str, float] = {}
    for own, values in parts:
        for name, value in values.items() if own else ():
            sums[name] = sums.get(name, 0.0) + own * value
    return {name: (value / count, count) for name, value in sums.items()}


def _not_finite(what: str, where: str) -> ModelError:
    return ModelError(
        f"{what} is not a finite number at {where}; take a lower learning rate, or look for "
        "damaged weights. The state of the last good epoch is kept."
    )
