"""Small detectors of the kinds beyond the CLIP family, as if they had learned something."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet

from model.detector import Detector
from model.detectors.cfa import Cfa
from model.detectors.classifier import Classifier, ClassifierForm, new_member
from model.detectors.efficient_ad import EfficientAd
from model.detectors.msflow import MSFlow
from model.detectors.patchcore import PatchCore
from model.learning.material import Label
from model.msflow_settings import MSFlowSettings
from model.patchcore_settings import PatchCoreSettings
from model.plain_bank import PlainBank
from model.predictor import Predictor
from model.preprocess import Preprocess
from model.types import Calibration
from tests.model.tiny_clip import info

SIZE = 64
LIMITS = Calibration(0.1, 0.6, 0.1, 0.9, 10, 0, "made up")


def _resnet() -> nn.Module:
    """Return one of a block a stage: half of a resnet18."""
    network: nn.Module = ResNet(BasicBlock, [1, 1, 1, 1])
    network.layer4 = network.avgpool = network.fc = nn.Identity()
    return network.eval()


def _patchcore() -> Detector:
    bank = PlainBank(torch.zeros(384), torch.randn(20, 384))
    return PatchCore(_resnet(), PatchCoreSettings(), Preprocess(SIZE), bank)


def _cfa() -> Detector:
    detector = Cfa(_resnet(), Preprocess(SIZE), 16, 20)
    detector.descriptor.centres.normal_()
    return detector


def _msflow() -> Detector:
    settings = MSFlowSettings(depths=(1, 1, 1), condition=4)
    return MSFlow(_resnet(), Preprocess(SIZE), settings)


def _efficient_ad() -> Detector:
    return EfficientAd("xs")


def _classifier() -> Detector:
    return classifier()


def classifier(size: int = SIZE) -> Classifier:
    """Return two networks of timm that name three states."""
    labels = tuple(Label("", state) for state in ("good", "hole", "crack"))
    form = ClassifierForm(labels, "test_resnet", 2, Preprocess(size))
    return Classifier(form, None, [new_member(form, None) for _ in range(2)])


KINDS: dict[str, Callable[[], Detector]] = {
    "cfa": _cfa,
    "classifier": _classifier,
    "efficient_ad": _efficient_ad,
    "msflow": _msflow,
    "patchcore": _patchcore,
}


def predictor_of_kind(kind: str) -> Predictor:
    """Return a detector in which no weight is left at nought or one, with limits."""
    torch.manual_seed(31)
    detector = KINDS[kind]().eval().requires_grad_(False)
    for name, parameter in detector.named_parameters():
        if not name.startswith("levels."):
            parameter.add_(0.05 * torch.randn_like(parameter))
    return Predictor(detector, LIMITS, info(detector))
