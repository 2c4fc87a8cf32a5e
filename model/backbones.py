"""The frozen networks that detectors look through, of every family, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from model.backbone import clip_config, file_sha256, find_weights, load_clip
from model.resnet import RESNETS, load_resnet, published_resnet

NO_BACKBONE = ""
"""Name for detectors that bring all their weights in the checkpoint itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Backbone:
    """A frozen network with its weights.

    Attributes:
        name: "adclip-tiny", an open_clip ViT name, one of `model.resnet.RESNETS`, or "" for none.
        sha256: Hash of its weight file; "" for none.
        module: open_clip's CLIP, torchvision's ResNet, or `nn.Identity`; on the CPU.
    """

    name: str
    sha256: str
    module: nn.Module


@dataclass(frozen=True, slots=True)
class Backbones:
    """Where backbones are looked for.

    Attributes:
        folders: With weight files, searched in order.
    """

    folders: tuple[Path, ...]

    def load(self, name: str, sha256: str = "") -> Backbone:
        """Return a backbone with its weights, in evaluation mode, frozen.

        Args:
            name: As in `Backbone`.
            sha256: Only a file with this hash will do; "" takes the first one of that name.

        Raises:
            CheckpointError: The name is unknown, or the file is missing, damaged or does not fit;
                the sentence says which file to put where.
        """
        check_name(name)
        if name == NO_BACKBONE:
            return Backbone(NO_BACKBONE, "", nn.Identity())
        published = published_resnet(name) if is_resnet(name) else ""
        file = find_weights(name, sha256, self.folders, published)
        load = load_resnet if is_resnet(name) else load_clip
        return Backbone(name, sha256 or file_sha256(file), load(name, file))


def is_resnet(name: str) -> bool:
    """Return whether a name is that of a ResNet."""
    return name in RESNETS


def is_clip(name: str) -> bool:
    """Return whether a name is meant for a CLIP; it may be an unknown one."""
    return name != NO_BACKBONE and not is_resnet(name)


def check_name(name: str) -> None:
    """Refuse a name that no backbone has.

    Raises:
        CheckpointError: It is unknown.
    """
    if is_clip(name):
        clip_config(name)


def backbones_at(folders: Sequence[Path]) -> Backbones:
    """Return the backbones of these folders."""
    return Backbones(tuple(folders))
