"""The CLIP backbone: built from a name, filled from a local file; never a download."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import open_clip
from safetensors.torch import save_file
from torch import nn

from model.atomic import whole_file
from model.errors import BackboneMissing, CheckpointError
from model.quick_build import first_weights
from model.weight_file import (
    SUFFIXES,
    clip_state,
    file_sha256,
    fill,
    is_finite,
    noted_sha256,
    read_tensors,
)

__all__ = [
    "METADATA_KEY",
    "TINY",
    "build_clip",
    "clip_config",
    "file_sha256",
    "find_weights",
    "load_clip",
    "save_clip",
]

TINY = "adclip-tiny"
METADATA_KEY = "adclip_backbone"
_CONFIGS = Path(__file__).parent / "configs"
# what a configuration may say: anything else (another pooling, tokenizer, attention) is a
# network that the towers of model.layers do not compute
_PLAIN = frozenset({"embed_dim", "vision_cfg", "text_cfg", "quick_gelu"})
_PLAIN_VISION = frozenset(
    {"image_size", "layers", "width", "head_width", "mlp_ratio", "patch_size"}
)
_PLAIN_TEXT = frozenset({"context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio"})


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
    is_plain = (
        config.keys() <= _PLAIN
        and config["vision_cfg"].keys() <= _PLAIN_VISION
        and config["text_cfg"].keys() <= _PLAIN_TEXT
        and isinstance(config["vision_cfg"]["layers"], int)
        and config["text_cfg"].get("vocab_size", 49408) == 49408
    )
    if not is_plain:
        raise CheckpointError(f"Backbone {name} is not a plain CLIP ViT; choose another one.")
    return dict(config)


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
    with first_weights():
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
        if not is_finite(value):
            raise CheckpointError(f"Weight {key} is not finite; {file} was not written.")
    metadata = {METADATA_KEY: json.dumps({"name": name}), "format": "pt"}
    with whole_file(file) as part:
        save_file(state, part, metadata)


def find_weights(name: str, sha256: str, folders: Sequence[Path], published: str = "") -> Path:
    """Return the weight file of a backbone.

    Looks for NAME.safetensors (.pt, .bin, .pth), then NAME.TAG.* and torchvision's
    NAME-12345678.*, then, with a hash, at every weight file; with a hash only a file that has it
    counts.

    Args:
        name: Backbone name.
        sha256: Hash of the whole file; "" takes the first file of that name.
        folders: Searched in order; missing ones are passed over.
        published: Name under which such a file is to be had; "" for NAME.safetensors.

    Raises:
        CheckpointError: Names the file and the folder to put it in.
    """
    other: Path | None = None
    for folder in folders:
        for file in _candidates(folder, name, any_name=bool(sha256)):
            if not sha256 or _is(file, sha256):
                return file
            if other is None and _is_named(file, name):
                other = file
    place = folders[0] if folders else Path("checkpoints")
    which = f" with sha256 {sha256}" if sha256 else ""
    there = f" ({other} is another file of that name)" if other else ""
    fetch = f", or run `weights fetch {name}` where there is a network" if published else ""
    raise BackboneMissing(
        f"The weights of {name} are missing: put {published or f'{name}.safetensors'}{which} into "
        f"{place}{there}{fetch}."
    )


def _candidates(folder: Path, name: str, *, any_name: bool) -> list[Path]:
    """Return NAME.safetensors, .pt ..., then NAME.TAG.*, then the others if they count."""
    if not folder.is_dir():
        return []
    files = sorted(f for f in folder.iterdir() if f.suffix in SUFFIXES and f.is_file())
    exact = [f for suffix in SUFFIXES for f in files if f.name == name + suffix]
    tagged = [f for f in files if _is_named(f, name) and f not in exact]
    # OpenAI's weights before those of other taggers
    tagged.sort(key=lambda f: not f.name.startswith(f"{name}.openai."))
    others = [f for f in files if f not in exact and f not in tagged] if any_name else []
    return exact + tagged + others


def _is_named(file: Path, name: str) -> bool:
    """Return whether a file is called NAME.TAG.suffix or NAME-12345678.suffix."""
    return re.match(rf"{re.escape(name)}(-[0-9a-f]{{8}})?\.", file.name) is not None


def _is(file: Path, sha256: str) -> bool:
    # a large file is not read if its noted hash is another one
    return noted_sha256(file) in ("", sha256) and file_sha256(file) == sha256
