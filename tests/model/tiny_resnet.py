"""ResNets with random weights in a file, without the parts that nobody looks at."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from model.quick_build import quick_backbones
from model.resnet import build_resnet, load_resnet, trunk_of


@functools.lru_cache(maxsize=2)
def weights(name: str = "resnet18") -> Path:
    """A file of the stem and stages 1 to 3, in a folder of its own."""
    torch.manual_seed(21)
    folder = Path(tempfile.mkdtemp(prefix="tiny-resnet-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / f"{name}.safetensors"
    state = trunk_of(build_resnet(name).state_dict())
    save_file({key: value.contiguous() for key, value in state.items()}, file)
    return file


def backbone(name: str = "resnet18") -> nn.Module:
    """The network of that file, made anew: some detectors change it."""
    with quick_backbones():
        return load_resnet(name, weights(name))
