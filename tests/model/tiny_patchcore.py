"""PatchCore and CFA on the tiny random CLIP and the random ResNet."""

from __future__ import annotations

import functools
from pathlib import Path

import torch
from torch import nn

from model.backbones import Backbones
from model.detector import Detector
from model.detectors.cfa import Cfa
from model.detectors.patchcore import PatchCore, empty_bank
from model.layers.feature_levels import FeatureLevels
from model.patchcore_settings import PatchCoreSettings
from model.preprocess import Preprocess
from tests.model import tiny_clip, tiny_resnet

SIZE = 48


def network(name: str) -> nn.Module:
    return tiny_clip.backbone().clip if name == "adclip-tiny" else tiny_resnet.backbone(name)


@functools.lru_cache(maxsize=1)
def backbones() -> Backbones:
    return Backbones((tiny_clip.backbone().file.parent, tiny_resnet.weights().parent))


def sha256(name: str) -> str:
    return backbones().load(name).sha256


def preprocess(name: str) -> Preprocess:
    levels = FeatureLevels(network(name))
    return Preprocess(SIZE, levels.mean, levels.std)


def patchcore(
    name: str = "adclip-tiny", settings: PatchCoreSettings | None = None, rows: int = 30
) -> PatchCore:
    """Remembers patches of nothing: random rows about as far apart as those of pictures."""
    torch.manual_seed(31)
    settings = settings or PatchCoreSettings((1, 2), 1)
    made = PatchCore(network(name), settings, preprocess(name), n_shots=3)
    shape = (rows, *made.bank.shape[1:])
    bank = empty_bank(shape, settings)
    for value in bank.buffers():
        value.copy_(torch.randn_like(value).half())
    made.bank = bank
    return made.eval().requires_grad_(False)


def cfa(name: str = "adclip-tiny") -> Cfa:
    torch.manual_seed(32)
    made = Cfa(network(name), preprocess(name), 16, 10, n_shots=3)
    made.descriptor.centres.copy_(torch.randn(10, 16))
    return made.eval().requires_grad_(False)


MAKERS = {"patchcore": patchcore, "cfa": cfa}


def saved(detector: Detector, name: str, file: Path) -> Path:
    from model import checkpoint

    checkpoint.save(
        file,
        detector,
        tiny_clip.LIMITS,
        name="tiny",
        backbone_name=name,
        backbone_sha256=sha256(name),
    )
    return file
