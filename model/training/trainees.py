"""Which trainee belongs to which detector; the only file that knows every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from model.detector import Detector
from model.detectors.ad_clip import AdClip
from model.detectors.anomaly_clip import AnomalyClip
from model.detectors.sowa import Sowa
from model.errors import ModelError
from model.training.ad_clip import AdClipTrainee
from model.training.anomaly_clip import AnomalyClipTrainee
from model.training.sowa import SowaTrainee
from model.training.trainee import Trainee

# detector, class names -> trainee with the default weights of its losses
Builder = Callable[[Any, tuple[str, ...]], Trainee]

TRAINEES: dict[str, Builder] = {
    AdClip.kind: AdClipTrainee,
    AnomalyClip.kind: AnomalyClipTrainee,
    Sowa.kind: SowaTrainee,
}


def trainee_for(
    detector: Detector,
    weights: Mapping[str, float] | None = None,
    class_names: tuple[str, ...] = (),
) -> Trainee:
    """Return the trainee of a detector, its frozen part frozen.

    Args:
        detector: What is trained, in place.
        weights: Weights of losses by name; those left out keep their default.
        class_names: What the detector learns to name, where it names anything.

    Raises:
        ModelError: Detectors of this kind cannot be trained, or have no loss of that name.
    """
    build = TRAINEES.get(detector.kind)
    if build is None:
        raise ModelError(
            f"A detector of kind {detector.kind} cannot be trained; start from one of "
            f"{', '.join(TRAINEES)}."
        )
    trainee = build(detector, class_names)
    chosen = dict(weights or {})
    if unknown := sorted(chosen.keys() - trainee.weights.keys()):
        raise ModelError(
            f"{detector.kind} has no loss called {unknown[0]!r}; it has "
            f"{', '.join(trainee.weights)}."
        )
    trainee.weights = trainee.weights | chosen
    return trainee
