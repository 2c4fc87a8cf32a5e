"""The small PatchCore and CFA of the reference numbers, rebuilt from their names."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model.detectors.cfa import Cfa
from model.detectors.patchcore import PatchCore
from model.patchcore_settings import PatchCoreSettings
from model.plain_bank import PlainBank
from model.preprocess import Preprocess
from model.quick_build import first_weights, quick_backbones
from model.resnet import build_resnet
from tests.model.golden_sowa import source
from tests.shared_data import golden

SIDE = 64
BACKBONE_GAIN, DESCRIPTOR_GAIN = 0.8, 0.3
RADIUS = 0.5


@lru_cache(maxsize=1)
def arrays() -> dict[str, Any]:
    with np.load(golden("patchcore_cfa.npz")) as archive:
        return dict(archive)


def tensor(key: str) -> Tensor:
    return torch.from_numpy(np.asarray(arrays()[key]))


@lru_cache(maxsize=1)
def manifest() -> dict[str, dict[str, Any]]:
    values = json.loads(golden("patchcore_cfa_params.json").read_text("utf-8"))
    return dict(values["params"])


def training_images() -> Tensor:
    images: Tensor = source().seeded(51, (6, 3, SIDE, SIDE))
    return images


def images() -> Tensor:
    """Three pictures, the second one with a bright square."""
    made: Tensor = source().seeded(52, (3, 3, SIDE, SIDE))
    made[1, :, 20:40, 20:40] += 3
    return made


@lru_cache(maxsize=1)
def backbone() -> nn.Module:
    with quick_backbones(), first_weights():
        network: Any = build_resnet("resnet18")
    network.layer4 = network.fc = nn.Identity()
    source().fill(network, "backbone.", BACKBONE_GAIN)
    return network.eval().requires_grad_(False)  # type: ignore[no-any-return]


def patchcore(rows: Tensor | None = None) -> PatchCore:
    """The detector as the reference has it; `rows` (n, D) are what it remembers."""
    made = PatchCore(backbone(), PatchCoreSettings(map="blocks"), Preprocess(SIDE)).eval()
    if rows is not None:
        made.bank = PlainBank(rows.mean(0), rows - rows.mean(0))
    return made


def cfa(centres: Tensor | None = None) -> Cfa:
    """The detector as the reference has it; `centres` (N, C) are what it compares with."""
    made = Cfa(backbone(), Preprocess(SIDE), 224, 256).eval()
    with torch.no_grad():
        for name, value in made.descriptor.convolution.named_parameters():
            key = f"descriptor.layer.conv2d.{name}"
            value.copy_(source().tensor_for(key, value.shape, DESCRIPTOR_GAIN))
        if centres is not None:
            made.descriptor.centres.copy_(centres)
    return made
