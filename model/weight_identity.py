"""Which backbone a weight file belongs to, told by its tensors' shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor

from model.backbone import METADATA_KEY, build_clip, clip_config
from model.errors import CheckpointError
from model.resnet import RESNETS, fits_resnet
from model.weight_file import SUFFIXES, clip_state, file_sha256, is_finite, is_weight, read_tensors
from model.weight_sources import known_weights, supported_backbones

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a weight file is.

    Attributes:
        backbone: Name for `model.backbones.Backbones.load`.
        tag: open_clip's or torchvision's name for the training run, "" if unknown.
        sha256: Of the file.
    """

    backbone: str
    tag: str
    sha256: str


def identify(file: Path, expected: str = "") -> Identity:
    """Read a weight file through and say what it is; no code in it is run.

    Args:
        file: Any weight file.
        expected: The backbone that it must fit, "" to find out.

    Raises:
        CheckpointError: The file is missing, damaged, holds code or values that are not
            finite, or fits no supported backbone, or several that its name does not tell apart.
    """
    if not file.is_file():
        raise CheckpointError(f"The file {file} does not exist; check the path.")
    if file.suffix not in SUFFIXES:
        raise CheckpointError(f"{file} is no weight file; its name must end in {SUFFIXES[0]}.")
    shapes, named = _inspect(file)
    fitting = [
        name for name in ([expected] if expected else _candidates(shapes)) if _fits(name, shapes)
    ]
    if not fitting:
        wanted = expected or "any supported CLIP ViT or ResNet"
        raise CheckpointError(f"The weights in {file} do not fit {wanted}; get the right file.")
    sha256 = file_sha256(file)
    if expected:
        return Identity(expected, "", sha256)
    for known in known_weights():
        if known.backbone in fitting and known.sha256 and sha256.startswith(known.sha256):
            return Identity(known.backbone, known.tag, sha256)
    if named in fitting:
        return Identity(named, "", sha256)
    backbone = _choose(file, fitting)
    tag = file.stem.removeprefix(backbone).removeprefix(".")
    is_tag = file.stem.startswith(backbone) and tag in {k.tag for k in known_weights()}
    return Identity(backbone, tag if is_tag else "", sha256)


def _choose(file: Path, fitting: list[str]) -> str:
    """Pick among backbones that differ in nothing but their activation."""
    said = [name for name in fitting if file.stem == name or file.stem.startswith(f"{name}.")]
    published = [n for n in fitting if any(known.backbone == n for known in known_weights())]
    for choice in (said, fitting, published):
        if len(choice) == 1:
            return choice[0]
    names = " or ".join(f"{name}{file.suffix}" for name in fitting)
    raise CheckpointError(
        f"The weights in {file} fit {' and '.join(fitting)}: rename the file to {names} and add "
        "it again (quickgelu for those by OpenAI, MetaCLIP and DFN)."
    )


def _inspect(file: Path) -> tuple[Shapes, str]:
    """Return the shapes and the name in the header, after a look at every value."""
    shapes: dict[str, tuple[int, ...]] = {}
    named = ""
    if file.suffix == ".safetensors":
        named = _header_name(file)
        tensors = _stream(file)
    else:
        tensors = iter(clip_state(read_tensors(file)).items())
    for key, value in tensors:
        if not is_finite(value):
            raise CheckpointError(
                f"{file} holds values that are not finite in {key}; get it again."
            )
        shapes[key] = tuple(value.shape)
    return shapes, named


def _header_name(file: Path) -> str:
    try:
        with safetensors.safe_open(file, "pt") as opened:
            note = json.loads((opened.metadata() or {}).get(METADATA_KEY, "{}"))
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"The file {file} is damaged; get it again.") from error
    return str(note.get("name", "")) if isinstance(note, dict) else ""


def _stream(file: Path) -> Iterator[tuple[str, Tensor]]:
    """Give one tensor after the other: a large file is never in memory as a whole."""
    with safetensors.safe_open(file, "pt") as opened:
        for key in filter(is_weight, opened.keys()):
            yield key, opened.get_tensor(key)


def _candidates(shapes: Shapes) -> list[str]:
    if "visual.conv1.weight" not in shapes:
        return list(RESNETS)
    return [name for name in supported_backbones() if _may_fit(clip_config(name), shapes)]


def _may_fit(config: dict[str, Any], shapes: Shapes) -> bool:
    """Compare what a configuration says without building it."""
    vision = config["vision_cfg"]
    patch = vision.get("patch_size", 16)
    grid = vision.get("image_size", 224) // patch
    return (
        shapes.get("visual.conv1.weight") == (vision["width"], 3, patch, patch)
        and shapes.get("visual.positional_embedding") == (grid * grid + 1, vision["width"])
        and shapes.get("text_projection") == (config["text_cfg"]["width"], config["embed_dim"])
    )


def _fits(name: str, shapes: Shapes) -> bool:
    if name in RESNETS:
        return fits_resnet(name, shapes)
    with torch.device("meta"):
        clip = build_clip(name)
    return {key: tuple(value.shape) for key, value in clip.state_dict().items()} == dict(shapes)
