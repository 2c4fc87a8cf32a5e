"""MSFlow on the tiny random CLIP and the random ResNet."""

from __future__ import annotations

import torch
from torch import nn

from model.detectors.msflow import MSFlow
from model.layers.feature_levels import FeatureLevels
from model.msflow_settings import MSFlowSettings
from model.preprocess import Preprocess
from tests.model.tiny_patchcore import backbones

SIZE = 48
SETTINGS = MSFlowSettings((1, 2, 1), 4, pooled=False, directions=8)


def msflow(name: str = "adclip-tiny", settings: MSFlowSettings = SETTINGS) -> MSFlow:
    """Flows that know nothing, and units that no picture is strange in."""
    module: nn.Module = backbones().load(name).module
    levels = FeatureLevels(module)
    torch.manual_seed(41)
    made = MSFlow(module, Preprocess(SIZE, levels.mean, levels.std), settings)
    made.normality.signs.copy_(torch.tensor([[0.0] * 6, [50.0] * 6, [50.0] * 6]))
    return made.eval().requires_grad_(False)
