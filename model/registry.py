"""All detectors by name; the only file that knows every one."""

from __future__ import annotations

from typing import Any, Protocol

from torch import nn

from model.detector import Detector
from model.detectors.ad_clip import AdClip
from model.detectors.anomaly_clip import AnomalyClip
from model.detectors.cfa import Cfa
from model.detectors.classifier import Classifier
from model.detectors.efficient_ad import EfficientAd
from model.detectors.few_shot_clip import FewShotClip
from model.detectors.msflow import MSFlow
from model.detectors.patchcore import PatchCore
from model.detectors.sowa import Sowa
from model.errors import UnknownDetector


class DetectorKind(Protocol):
    """A detector class that can be built from its configuration."""

    kind: str

    def from_config(self, config: dict[str, Any], clip: nn.Module) -> Detector:
        """Return the detector that `config` describes on a backbone, whatever family it is of.

        Raises:
            CheckpointError: A value is missing or out of range.
        """


DETECTORS: dict[str, DetectorKind] = {
    AdClip.kind: AdClip,
    AnomalyClip.kind: AnomalyClip,
    Classifier.kind: Classifier,
    Cfa.kind: Cfa,
    EfficientAd.kind: EfficientAd,
    FewShotClip.kind: FewShotClip,
    PatchCore.kind: PatchCore,
    MSFlow.kind: MSFlow,
    Sowa.kind: Sowa,
}


def build(kind: str, config: dict[str, Any], backbone: nn.Module) -> Detector:
    """Return a detector from the name and configuration that a checkpoint holds.

    Args:
        kind: Name in `DETECTORS`.
        config: What `Detector.config` returned.
        backbone: With its weights, see `model.backbones.Backbone`.

    Raises:
        UnknownDetector: The name is not known; the message lists those that are.
        CheckpointError: The configuration is damaged.
    """
    found = DETECTORS.get(kind)
    if found is None:
        raise UnknownDetector(
            f"The checkpoint needs the detector {kind!r}, but this program knows "
            f"{', '.join(DETECTORS)}; update the program."
        )
    return found.from_config(config, backbone)
