"""The CLIP backbone: built from a name, filled from a local file; never a download."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import open_clip
import safetensors
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from model.atomic import whole_file
from model.errors import CheckpointError

TINY = "adclip-tiny"
METADATA_KEY = "adclip_backbone"
_CONFIGS = Path(__file__).parent / "configs"
_SUFFIXES = (".safetensors", ".pt", ".bin", ".pth")
# facts that OpenAI's files carry beside the weights
_NOT_WEIGHTS = frozenset({"input_resolution", "context_length", "vocab_size"})


def clip_config(name: str) -> dict[str, Any]:
    """Return the open_clip configuration of a backbone.

    Raises:
        CheckpointError: The name is unknown, or is no ViT with a text tower of CLIP's kind.
    """
    own = _CONFIGS / f"{name}.json"
    if own.parent == _CONFIGS and own.is_file():
        config = json.loads(own.read_text(encoding="utf-8"))
    elif name in open_clip.list_models():
        config = open_clip.get_model_config(name)
    else:  # open_clip would take "hf-hub:..." for an order to download
        raise CheckpointError(
            f"No backbone is called {name!r}; use {TINY} or an open_clip name "
            "such as ViT-L-14-336-quickgelu."
        )
    vision, text = config["vision_cfg"], config["text_cfg"]
    if (
        config.get("custom_text")
        or "timm_model_name" in vision
        or "hf_model_name" in text
        or not isinstance(vision.get("layers"), int)
    ):
        raise CheckpointError(f"Backbone {name} is not a plain CLIP ViT; choose another one.")
    return {key: config[key] for key in config if key != "custom_text"}


def build_clip(name: str) -> open_clip.CLIP:
    """Return a CLIP with random weights, float32, in training mode.

    Args:
        name: "adclip-tiny" or an open_clip ViT name. Use the "-quickgelu" names for weights
            by OpenAI.

    Raises:
        CheckpointError: As `clip_config`.
    """
    return open_clip.CLIP(**clip_config(name))


def load_clip(name: str, file: Path) -> open_clip.CLIP:
    """Return a CLIP with the weights of a file, float32, in evaluation mode, frozen.

    Args:
        name: Backbone name.
        file: safetensors, or a torch file of plain tensors; float16 is cast to float32.

    Raises:
        CheckpointError: The file is missing, damaged, holds code, or does not fit the name.
    """
    clip = build_clip(name)
    fill(clip, clip_state(read_tensors(file)), f"The weights {file} do not fit {name}")
    return clip.eval().requires_grad_(False)


def save_clip(clip: nn.Module, name: str, file: Path) -> None:
    """Write the weights as float16 safetensors; the file appears whole or not at all.

    Raises:
        CheckpointError: A weight is not finite in float16; nothing is written.
    """
    state = {
        key: (value.half() if value.is_floating_point() else value).contiguous().cpu()
        for key, value in clip.state_dict().items()
    }
    for key, value in state.items():
        if not torch.isfinite(value).all():
            raise CheckpointError(f"Weight {key} is not finite; {file} was not written.")
    metadata = {METADATA_KEY: json.dumps({"name": name}), "format": "pt"}
    with whole_file(file) as part:
        save_file(state, part, metadata)


def find_weights(name: str, sha256: str, folders: Sequence[Path]) -> Path:
    """Return the weight file of a backbone.

    Looks for the file named `name` first, then at every weight file of the folders; with a
    hash only a file that has it counts.

    Args:
        name: Backbone name.
        sha256: Hash of the whole file; "" takes `name`.safetensors, .pt, .bin or .pth as it is.
        folders: Searched in order; missing ones are passed over.

    Raises:
        CheckpointError: Names the file and the folder to put it in.
    """
    other: Path | None = None
    for folder in folders:
        for file in _candidates(folder, name, any_name=bool(sha256)):
            if not sha256 or (_may_be(file, sha256) and file_sha256(file) == sha256):
                return file
            other = file if file.stem == name and other is None else other
    place = folders[0] if folders else Path("checkpoints")
    which = f" with sha256 {sha256}" if sha256 else ""
    there = f" ({other} is another file of that name)" if other else ""
    raise CheckpointError(
        f"The weights of {name} are missing: put {name}.safetensors{which} into {place}{there}."
    )


def sidecar(file: Path) -> Path:
    """Return where the hash of an added weight file is noted (form of `sha256sum`)."""
    return file.with_name(file.name + ".sha256")


def _may_be(file: Path, sha256: str) -> bool:
    """False if the noted hash is another one: saves reading a large file."""
    note = sidecar(file)
    return not note.is_file() or note.read_text(encoding="utf-8").split()[:1] == [sha256]


def _candidates(folder: Path, name: str, *, any_name: bool) -> list[Path]:
    if not folder.is_dir():
        return []
    named = [folder / f"{name}{suffix}" for suffix in _SUFFIXES]
    found = [file for file in named if file.is_file()]
    if any_name:
        files = sorted(file for file in folder.iterdir() if file.suffix in _SUFFIXES)
        found += [file for file in files if file not in found and file.is_file()]
    return found


def file_sha256(file: Path) -> str:
    """Return the hash of a file as 64 hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


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
        content = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"The file {file} holds more than plain tensors and was not loaded, since reading "
            "it would run code; use a safetensors file."
        ) from error
    except (safetensors.SafetensorError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise CheckpointError(
            f"The file {file} is damaged or no weight file; get it again."
        ) from error
    if not isinstance(content, Mapping):
        raise CheckpointError(f"The file {file} holds no named tensors; get the right one.")
    return dict(content)


def clip_state(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the named tensors of a CLIP file: unwrapped, prefix "module." taken off."""
    inner = content.get("state_dict", content)
    state = dict(inner) if isinstance(inner, Mapping) else {}
    return {
        key.removeprefix("module."): value
        for key, value in state.items()
        if isinstance(value, Tensor) and key not in _NOT_WEIGHTS
    }


def fill(module: nn.Module, state: Mapping[str, Tensor], complaint: str) -> None:
    """Load a state strictly after looking at every name, shape and value.

    Raises:
        CheckpointError: `complaint` and the first thing that does not fit; the module is
            as before.
    """
    own = module.state_dict()
    for key, value in own.items():
        if key not in state:
            raise CheckpointError(f"{complaint}: {key} is missing.")
        if state[key].shape != value.shape:
            shapes = f"{tuple(state[key].shape)} instead of {tuple(value.shape)}"
            raise CheckpointError(f"{complaint}: {key} has shape {shapes}.")
        if not torch.isfinite(state[key]).all():
            raise CheckpointError(f"{complaint}: {key} holds values that are not finite.")
    if surplus := sorted(set(state) - set(own)):
        raise CheckpointError(f"{complaint}: {surplus[0]} does not belong to it.")
    module.load_state_dict(dict(state))
