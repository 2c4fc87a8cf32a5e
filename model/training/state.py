"""The state of a training run on disk: written whole or not at all, read without running code."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.atomic import whole_file
from model.errors import CheckpointError, ModelError
from model.training.config import Epoch

FILE = "state.pt"
_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class RunState:
    """All that a run needs to go on as if it had not stopped.

    Attributes:
        identity: What the numbers depend on; another run may not go on with it.
        epochs: Finished so far.
        step: Batches done of the epoch after those.
        sums: Sum over examples and their number, by loss, of that epoch.
        seconds: Spent on that epoch.
        weights: What trains and all buffers; see `model.training.snapshot`.
        optimizer: Its state dict.
        scaler: State dict of the gradient scaler; empty in float32.
        gradients: Of an update that is not complete, by name.
        average: Of the weights that train, by name; empty without averaging.
        best: Number of the best epoch, 0 before the first.
        best_weights: As `weights`, of the best epoch; empty before the first.
    """

    identity: dict[str, Any]
    epochs: tuple[Epoch, ...]
    step: int
    sums: dict[str, tuple[float, int]]
    seconds: float
    weights: dict[str, Tensor]
    optimizer: dict[str, Any]
    scaler: dict[str, Any] = field(default_factory=dict)
    gradients: dict[str, Tensor] = field(default_factory=dict)
    average: dict[str, Tensor] = field(default_factory=dict)
    best: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)


def write(folder: Path, state: RunState) -> None:
    """Replace the state in `folder`.

    Raises:
        ModelError: It cannot be written; the old state is whole.
    """
    data = to_bytes(state)
    file = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as part:
            part.write_bytes(data)
    except OSError as error:
        raise ModelError(
            f"Cannot write the training state {file}: {error.strerror or error}; the state "
            "before it is whole, so make room and resume."
        ) from error


def tidy(folder: Path) -> None:
    """Delete what writers that were killed have left."""
    for part in folder.glob(f".{FILE}.*.part"):
        part.unlink(missing_ok=True)


def read(folder: Path) -> bytes | None:
    """Return the content of the state file in `folder`, None if there is none.

    Raises:
        CheckpointError: It cannot be read.
    """
    file = folder / FILE
    if not file.exists():
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"Cannot read the training state {file}: {error.strerror or error}."
        ) from error


def to_bytes(state: RunState) -> bytes:
    """Return the content of a state file."""
    header = {
        "format": _FORMAT,
        "identity": state.identity,
        "epochs": [asdict(epoch) for epoch in state.epochs],
        "step": state.step,
        "sums": state.sums,
        "seconds": state.seconds,
        "best": state.best,
    }
    parts = ("weights", "optimizer", "scaler", "gradients", "average", "best_weights")
    content = {"header": json.dumps(header)} | {name: getattr(state, name) for name in parts}
    # through memory: torch.save hides the reason why a file could not be written
    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def from_bytes(data: bytes, folder: Path) -> RunState:
    """Read what `to_bytes` wrote; no code in it is run.

    Raises:
        CheckpointError: It is damaged or of another format.
    """
    file = folder / FILE
    try:
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        header = json.loads(content.pop("header"))
        if header.pop("format") != _FORMAT:
            raise CheckpointError(
                f"The training state {file} is of another version of this program; start anew "
                "in another folder."
            )
        header["epochs"] = tuple(Epoch(**epoch) for epoch in header["epochs"])
        header["sums"] = {name: (float(a), int(b)) for name, (a, b) in header["sums"].items()}
        return RunState(**header, **content)
    except CheckpointError:
        raise
    except Exception as error:
        # torch.load raises what it likes on a damaged file
        raise CheckpointError(
            f"The training state {file} is damaged; delete it to start anew."
        ) from error
