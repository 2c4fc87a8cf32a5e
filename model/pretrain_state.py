"""The state of a pretraining run on disk: written whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from model.errors import CheckpointError
from model.pretrain_schedule import Schedule

FILE = "state.pt"
_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class RunState:
    """All that a run needs to go on as if it had not stopped.

    Attributes:
        step: Steps done.
        settings: Settings that the numbers depend on; another run may not go on with it.
        schedule: Fixed at the start.
        seconds: Time spent so far.
        weights: State dict of the `PretrainModel`.
        average: Its moving average.
        optimizer: State dict of the optimizer.
    """

    step: int
    settings: dict[str, Any]
    schedule: Schedule
    seconds: float
    weights: dict[str, Tensor]
    average: dict[str, Tensor]
    optimizer: dict[str, Any]


def write(folder: Path, state: RunState) -> None:
    """Replace the state in `folder`."""
    header = {
        "format": _FORMAT,
        "step": state.step,
        "settings": state.settings,
        "schedule": state.schedule.to_json(),
        "seconds": state.seconds,
    }
    content = {
        "header": json.dumps(header),
        "weights": state.weights,
        "average": state.average,
        "optimizer": state.optimizer,
    }
    part = folder / f".{FILE}.{os.getpid()}.part"
    try:
        with part.open("wb") as stream:
            torch.save(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(folder / FILE)
    finally:
        part.unlink(missing_ok=True)


def read(folder: Path) -> RunState | None:
    """Return the state in `folder`, None if there is none.

    Raises:
        CheckpointError: The file is damaged or of another format.
    """
    file = folder / FILE
    if not file.is_file():
        return None
    complaint = f"The run's state {file} is damaged; delete it to start anew."
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
        header = json.loads(content["header"])
        if header["format"] != _FORMAT:
            raise CheckpointError(
                f"The run's state {file} has format {header['format']}; this program reads "
                f"{_FORMAT}. Delete it to start anew."
            )
        return RunState(
            step=int(header["step"]),
            settings=header["settings"],
            schedule=Schedule.from_json(header["schedule"]),
            seconds=float(header["seconds"]),
            weights=content["weights"],
            average=content["average"],
            optimizer=content["optimizer"],
        )
    except CheckpointError:
        raise
    except Exception as error:
        # torch.load raises what it likes on a damaged file
        raise CheckpointError(complaint) from error


class MovingAverage:
    """Exponential moving average of a module's parameters; warms up over the first steps."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        """Start from the module's present parameters."""
        self._decay = decay
        self._names = [name for name, _ in module.named_parameters()]
        self._values = [p.detach().clone() for p in module.parameters()]

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Move towards the module; `step` counts from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._values, [p.detach() for p in module.parameters()], 1 - decay)

    def state(self) -> dict[str, Tensor]:
        """Return the averaged parameters by name."""
        return dict(zip(self._names, self._values, strict=True))

    @torch.no_grad()
    def take(self, state: dict[str, Tensor]) -> None:
        """Go on from a state."""
        for name, value in zip(self._names, self._values, strict=True):
            value.copy_(state[name])
