"""What training changes in a trainee, taken out and put back."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from model.errors import CheckpointError
from model.training.trainee import Trainee


def snapshot(trainee: Trainee) -> dict[str, Tensor]:
    """Return copies of the trained parameters and of all buffers by name, on the CPU."""
    return {name: value.detach().cpu().clone() for name, value in _changing(trainee).items()}


@torch.no_grad()
def restore(trainee: Trainee, state: Mapping[str, Tensor]) -> None:
    """Put a snapshot back and let the trainee renew what follows from it.

    Raises:
        CheckpointError: It is of another model; the trainee is as before.
    """
    own = _changing(trainee)
    if misfits := sorted(
        name
        for name in own.keys() | state.keys()
        if name not in own or name not in state or own[name].shape != state[name].shape
    ):
        raise CheckpointError(
            f"The training state does not fit this model ({misfits[0]} differs); "
            "use the options with which the run was started."
        )
    for name, value in own.items():
        value.copy_(state[name])
    trainee.refresh()


def _changing(trainee: Trainee) -> dict[str, Tensor]:
    return {**trainee.trained(), **dict(trainee.named_buffers())}
