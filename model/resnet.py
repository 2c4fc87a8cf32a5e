"""ResNets as frozen extractors: built from a name, filled from a local file; never a download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torchvision
from torch import nn

from model.errors import CheckpointError
from model.quick_build import first_weights
from model.weight_file import clip_state, fill, read_tensors

RESNETS = ("resnet18", "resnet34", "resnet50", "wide_resnet50_2")


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

    Its last stage and its classes are dropped after filling: no detector looks at them.

    Args:
        name: One of `RESNETS`.
        file: torchvision's weights as safetensors or as a torch file of plain tensors.

    Raises:
        CheckpointError: The file is missing, damaged, holds code, or does not fit the name.
    """
    with first_weights():
        network: Any = build_resnet(name)
    fill(network, clip_state(read_tensors(file)), f"The weights {file} do not fit {name}")
    network.layer4, network.avgpool, network.fc = (nn.Identity() for _ in range(3))
    network.eval().requires_grad_(False)
    return network  # type: ignore[no-any-return]
