"""From a checkpoint's name to a loaded predictor: the folders in which we look."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil

from app import paths
from app.paths import Home
from model import checkpoint
from model import device as devices
from model.errors import CheckpointError
from model.export.runtime import WISHES, Wish, with_runtime
from model.export.trial import tried_apart
from model.predictor import Predictor
from model.quick_build import quick_backbones

DEFAULT = "default.safetensors"
_SUFFIXES = (".safetensors", ".pth", ".ckpt", ".onnx")


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


def name_of(path: Path, home: Home) -> str:
    """Return what a recipe should call a checkpoint: its name where that finds it, else its path.

    A name still holds when the station's folder is moved or restored on another machine.
    """
    with contextlib.suppress(CheckpointError, OSError):
        if resolve(path.name, home).samefile(path):
            return path.name
    return str(path.absolute())


def by_hash(sha256: str, home: Home, name: str = "") -> Path:
    """Return the file whose hash it is, whatever it is called by now.

    Args:
        sha256: Hash of the file.
        home: The station's folders; the shipped ones are searched too.
        name: What it was called; looked at first.

    Raises:
        CheckpointError: No file has this hash; the sentence names the folders.
    """
    for path in _candidates(name, home):
        with contextlib.suppress(OSError), path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() == sha256:
                return path
    called = f" {name!r}" if name else ""
    raise CheckpointError(
        f"The checkpoint{called} with the hash {sha256[:12]} is not there any more; "
        f"put the file into {home.checkpoints}."
    )


def _candidates(name: str, home: Home) -> Iterator[Path]:
    with contextlib.suppress(CheckpointError):
        if name:
            yield resolve(name, home)
    for folder in (home.checkpoints, paths.shipped_checkpoints()):
        if folder.is_dir():
            found = (path for path in folder.iterdir() if path.suffix in _SUFFIXES)
            yield from sorted(path for path in found if path.is_file())


def load_predictor(name: str, home: Home, device: str = "auto") -> Predictor:
    """Load a checkpoint with the backbone weights that it names.

    Raises:
        CheckpointError: The file or its backbone is missing, damaged or does not fit.
    """
    return checkpoint.load(
        resolve(name, home),
        device=device,
        weight_folders=weight_folders(home),
    )


def load_for_line(name: str, home: Home, device: str = "auto", runtime: Wish = "auto") -> Predictor:
    """Load a checkpoint as the line judges with it: by the fastest runtime, and warm.

    Args:
        name: As for `resolve`.
        home: Folders of the station; what was measured of a runtime is kept there.
        device: As for `load_predictor`.
        runtime: See `StationSettings.runtime`; ADCLIP_RUNTIME in the environment wins.

    Raises:
        CheckpointError: As `load_predictor`.
        OutOfMemory: The device has too little memory.
    """
    wish = WISHES.get(os.environ.get("ADCLIP_RUNTIME", ""), runtime)
    trial = partial(tried_apart, weight_folders=weight_folders(home))
    # the line learns nothing from a seed
    with quick_backbones():
        loaded = load_predictor(name, home, device)
    predictor = with_runtime(loaded, wish, home.runtimes, trial)
    predictor.warm_up()
    return predictor


def spare_memory_mb(device: str = "auto") -> float:
    """Return how much memory is free where models run, 10^6 bytes.

    Args:
        device: "auto", "cpu" or "cuda"; without such a GPU it is the main memory.
    """
    chosen = devices.choose_device(device)
    if chosen.type == "cuda":
        return devices.memory(chosen).free / 1e6
    return float(psutil.virtual_memory().available) / 1e6


def weight_folders(home: Home) -> tuple[Path, Path]:
    """Return where backbones, and checkpoints to start from, are looked for."""
    return paths.shipped_checkpoints(), home.weights
