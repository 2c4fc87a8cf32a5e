"""The header of an exported graph: that of a checkpoint, with what a graph needs."""

from __future__ import annotations

from typing import Any

from model.checkpoint_header import Header
from model.predictor import Predictor
from model.types import Calibration


def exported_header(
    predictor: Predictor, calibration: Calibration, extra: dict[str, Any]
) -> Header:
    """Return the header of a graph made of a predictor.

    Args:
        predictor: What it is made of.
        calibration: The graph's limits.
        extra: Further facts for display, JSON values.
    """
    detector, info = predictor.detector, predictor.info
    return Header(
        name=info.name,
        kind=info.detector,
        config={
            "preprocess": detector.preprocess.to_json(),
            "class_names": list(detector.class_names),
            "explains": detector.explains,
        },
        backbone="",
        backbone_sha256="",
        n_shots=info.n_shots,
        calibration=calibration,
        created=info.created,
        software=info.software,
        extra=info.extra | {"exported": {"from_sha256": info.sha256, **extra}},
    )
