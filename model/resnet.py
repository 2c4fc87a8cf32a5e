"""ResNets as frozen extractors: built from a name, filled from a local file; never a download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import torch
import torchvision
from torch import nn

from model.errors import CheckpointError
from model.quick_build import first_weights
from model.weight_file import clip_state, fill, read_tensors

RESNETS = ("resnet18", "resnet34", "resnet50", "wide_resnet50_2", "wide_resnet101_2")
_LEFT_OUT = ("layer4.", "fc.")
_COUNTER = ".num_batches_tracked"
_ValueT = TypeVar("_ValueT")


def build_resnet(name: str) -> nn.Module:
    """Return torchvision's network with random weights, float32, in training mode.

    Args:
        name: One of `RESNETS`.

    Raises:
        CheckpointError: It is another one.
    """
    if name not in RESNETS:
        raise CheckpointError(f"No ResNet is called {name!r}; known are {', '.join(RESNETS)}.")
    make: Callable[..., nn.Module] = getattr(torchvision.models, name)
    return make(weights=None)


def load_resnet(name: str, file: Path) -> nn.Module:
    """Return a ResNet with the weights of a file, in evaluation mode, frozen.

    Its last stage and its classes are left out: no detector looks at them, so a file without
    them, or with other classes, will do.

    Args:
        name: One of `RESNETS`.
        file: torchvision's weights as safetensors or as a torch file of plain tensors; float16 is
            cast to float32.

    Raises:
        CheckpointError: The file is missing, damaged, holds code, or does not fit the name.
    """
    with first_weights():
        network: Any = build_resnet(name)
    network.layer4, network.avgpool, network.fc = (nn.Identity() for _ in range(3))
    state = trunk_of(clip_state(read_tensors(file)))
    # old files have no counters; without training nobody asks for them
    counters = {k: v for k, v in network.state_dict().items() if k.endswith(_COUNTER)}
    fill(network, counters | state, f"The weights {file} do not fit {name}")
    network.eval().requires_grad_(False)
    return network  # type: ignore[no-any-return]


def published_resnet(name: str) -> str:
    """Return the file that torchvision publishes first for a ResNet, such as resnet18-f37072fd.pth.

    Args:
        name: One of `RESNETS`.
    """
    first = next(iter(torchvision.models.get_model_weights(name)))
    return PurePosixPath(first.url).name


def trunk_of(state: Mapping[str, _ValueT]) -> dict[str, _ValueT]:
    """Return what belongs to the stem and stages 1 to 3, by name."""
    return {key: value for key, value in state.items() if not key.startswith(_LEFT_OUT)}


def fits_resnet(name: str, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Return whether the tensors of a file, by name, are those of a ResNet as far as it is used."""
    with torch.device("meta"):
        state = trunk_of(build_resnet(name).state_dict())
    own = {key: tuple(value.shape) for key, value in state.items() if not key.endswith(_COUNTER)}
    return own == {k: v for k, v in trunk_of(shapes).items() if not k.endswith(_COUNTER)}
