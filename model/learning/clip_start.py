"""The trained CLIP checkpoint that the CLIP detectors learn a product on."""

from __future__ import annotations

from pathlib import Path

from model import checkpoint
from model.backbones import Backbones
from model.errors import CheckpointError
from model.predictor import Predictor

SHIPPED = "default.safetensors"
"""What is started from where nobody says otherwise; its prompts were trained on many products."""


def started(start: Path | None, backbones: Backbones, device: str) -> Predictor:
    """Return the predictor to start from.

    Args:
        start: A checkpoint file, or the name of one in the folders; None for the shipped one.
        backbones: The folders, of checkpoints and of the backbones that they name.
        device: "auto", "cpu" or "cuda".

    Raises:
        CheckpointError: There is none, it is damaged, or its backbone is missing.
        OutOfMemory: The device has too little memory.
    """
    file = _found(start or Path(SHIPPED), backbones.folders)
    return checkpoint.load(file, device=device, weight_folders=backbones.folders)


def _found(start: Path, folders: tuple[Path, ...]) -> Path:
    if start.is_file():
        return start
    for folder in folders:
        for name in (str(start), f"{start}.safetensors"):
            if (folder / name).is_file():
                return folder / name
    where = f" into {folders[0]}" if folders else ""
    raise CheckpointError(
        f"There is no checkpoint {str(start)!r} to start from; put it{where} or give its path."
    )
