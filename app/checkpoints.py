"""From a checkpoint's name to a loaded predictor: the folders in which we look."""

from __future__ import annotations

from pathlib import Path

from app import paths
from app.paths import Home
from model import checkpoint
from model.errors import CheckpointError
from model.predictor import Predictor

DEFAULT = "default.safetensors"


def resolve(name: str, home: Home) -> Path:
    """Return the file of a checkpoint given as a path or as a name.

    Looks at the name as it is, then in the station's checkpoint folder, then among the
    shipped ones; the suffix .safetensors may be left out.

    Raises:
        CheckpointError: No such file; the sentence names the folders.
    """
    folders = (Path(), home.checkpoints, paths.shipped_checkpoints())
    for folder in folders:
        for candidate in (folder / name, folder / f"{name}.safetensors"):
            if candidate.is_file():
                return candidate.absolute()
    raise CheckpointError(
        f"There is no checkpoint {name!r}; put the file into {home.checkpoints} or give its path."
    )


def load_predictor(name: str, home: Home, device: str = "auto") -> Predictor:
    """Load a checkpoint with the backbone weights that it names.

    Raises:
        CheckpointError: The file or its backbone is missing, damaged or does not fit.
    """
    return checkpoint.load(
        resolve(name, home),
        device=device,
        weight_folders=(paths.shipped_checkpoints(), home.weights),
    )
