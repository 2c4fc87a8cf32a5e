"""Files of named tensors: read without running code, checked before they are used."""

from __future__ import annotations

import hashlib
import math
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from model.errors import (
    AbsurdValues,
    CheckpointError,
    DamagedCheckpoint,
    ForeignFile,
    HoldsCode,
    Misfit,
)
from model.torch_outline import DAMAGE, check_archive
from model.torchscript import is_torchscript, read_torchscript

SUFFIXES = (".safetensors", ".pt", ".bin", ".pth")
_FLOATS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
# weights and statistics of trained networks stay below ten thousand
_MOST = 1e6
# facts and constants that OpenAI's files carry beside the weights
_NOT_WEIGHTS = frozenset({"input_resolution", "context_length", "vocab_size", "attn_mask"})


def file_sha256(file: Path) -> str:
    """Return the hash of a file as 64 hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sidecar(file: Path) -> Path:
    """Return where the hash of a weight file is noted, in the form of `sha256sum`."""
    return file.with_name(file.name + ".sha256")


def noted_sha256(file: Path) -> str:
    """Return the hash noted beside a weight file, "" if there is none."""
    try:
        words = sidecar(file).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return ""
    return words[0].lower() if words else ""


def read_tensors(file: Path) -> dict[str, Any]:
    """Return what a weight file holds, without running anything in it.

    Raises:
        CheckpointError: The file is missing, damaged, or would need code to be read.
    """
    if not file.is_file():
        raise CheckpointError(f"The file {file} does not exist; check the path.")
    try:
        if file.suffix == ".safetensors":
            return dict(load_file(file))
        check_archive(file)
        if is_torchscript(file):
            return dict(read_torchscript(file))
        content = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise HoldsCode(
            f"The file {file} holds more than plain tensors and was not loaded, since reading "
            "it would run code; use a safetensors file."
        ) from error
    except (safetensors.SafetensorError, *DAMAGE) as error:
        raise DamagedCheckpoint(
            f"The file {file} is damaged or no weight file; get it again."
        ) from error
    if not isinstance(content, Mapping):
        raise ForeignFile(f"The file {file} holds no named tensors; get the right one.")
    return dict(content)


def clip_state(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the weights in a CLIP file's content: unwrapped, prefix "module." taken off."""
    inner = content.get("state_dict", content)
    state = dict(inner) if isinstance(inner, Mapping) else {}
    return {
        key.removeprefix("module."): value
        for key, value in state.items()
        if isinstance(value, Tensor) and is_weight(key)
    }


def is_weight(key: str) -> bool:
    """False for the facts and constants that some files carry beside the weights."""
    return key.rpartition(".")[2] not in _NOT_WEIGHTS


def is_finite(tensor: Tensor) -> bool:
    """True if no value is NaN or infinite; one pass, no copy."""
    if not tensor.is_floating_point() or tensor.numel() == 0:
        return True
    # NaN comes out of both ends
    low, high = tensor.aminmax()
    return bool(low.isfinite() and high.isfinite())


def check_values(state: Mapping[str, Tensor]) -> None:
    """Refuse values that no training leaves behind.

    Raises:
        CheckpointError: A tensor is of a kind that torch cannot compute with here, holds NaN or
            infinity, or a value beyond a million.
    """
    for key, value in state.items():
        if value.layout != torch.strided or value.is_meta or value.is_quantized:
            raise Misfit(f"{key} is no plain tensor; get the right file.")
        if not value.is_floating_point() or value.numel() == 0:
            continue
        if value.dtype not in _FLOATS:
            raise Misfit(f"{key} has type {value.dtype}; get the right file.")
        # NaN comes out of both ends
        most = max(abs(float(end)) for end in value.aminmax())
        if not math.isfinite(most):
            raise AbsurdValues(f"{key} holds values that are not finite; get the file again.")
        if most > _MOST:
            raise AbsurdValues(
                f"{key} holds values up to {most:.0e}, which no training leaves behind; get the "
                "file again."
            )


def check_kinds(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> None:
    """Refuse whole numbers where the network has others, and the other way round.

    Args:
        state: As read from a file; names that the network does not have are passed over.
        own: As the network has it.

    Raises:
        CheckpointError: There is such a tensor.
    """
    for key in state.keys() & own.keys():
        if state[key].is_floating_point() != own[key].is_floating_point():
            raise Misfit(f"{key} has type {state[key].dtype}; get the right file.")


def fill(module: nn.Module, state: Mapping[str, Tensor], complaint: str) -> None:
    """Load a state strictly after looking at every name, shape and value.

    Raises:
        CheckpointError: `complaint` and the first thing that does not fit; the module is
            as before.
    """
    own = module.state_dict()
    for key, value in own.items():
        if key not in state:
            raise Misfit(f"{complaint}: {key} is missing.")
        if state[key].shape != value.shape:
            shapes = f"{tuple(state[key].shape)} instead of {tuple(value.shape)}"
            raise Misfit(f"{complaint}: {key} has shape {shapes}.")
        if state[key].is_floating_point() != value.is_floating_point():
            raise Misfit(f"{complaint}: {key} has type {state[key].dtype}.")
    try:
        check_values(state)
    except CheckpointError as error:
        raise type(error)(f"{complaint}: {error}") from error
    if surplus := sorted(set(state) - set(own)):
        raise Misfit(f"{complaint}: {surplus[0]} does not belong to it.")
    module.load_state_dict(dict(state))


def take_tensors(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> None:
    """Copy a checkpoint's tensors into a detector's own, all or none.

    Args:
        own: The detector's, by name; written to.
        state: As read from a file.

    Raises:
        CheckpointError: A tensor is missing, surplus, misshaped or not finite; nothing is copied.
    """
    check_surplus(own, state)
    check_tensors(own, state)
    with torch.no_grad():
        for key, value in own.items():
            value.copy_(state[key])


def check_surplus(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> None:
    """Refuse a checkpoint that holds more than a detector's own tensors.

    Raises:
        CheckpointError: Names one that does not belong to it.
    """
    if surplus := sorted(set(state) - set(own)):
        raise CheckpointError(f"The checkpoint holds {surplus[0]}, which does not belong to it.")


def check_tensors(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> None:
    """Refuse a checkpoint that does not give every one of a detector's own tensors.

    Args:
        own: The detector's, by name.
        state: As read from a file; may hold others too.

    Raises:
        CheckpointError: A tensor is missing, misshaped or not finite.
    """
    for key, value in own.items():
        given = state.get(key)
        if given is None or given.shape != value.shape or not torch.isfinite(given).all():
            raise CheckpointError(
                f"The checkpoint's {key} is missing, misshaped or not finite; get it again."
            )
