"""Predictors that say what a test wants, and those that break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.camera.frame import Image
from model.types import Calibration, CheckpointInfo, Prediction, PredictionTimes

CALIBRATION = Calibration(0.1, 0.5, 0.1, 0.5, 10, 0, "made up")
SHA256 = "c" * 64


def checkpoint_info(calibration: Calibration = CALIBRATION) -> CheckpointInfo:
    return CheckpointInfo(
        Path("a.safetensors"), "line a", "stated", "", "", 60, SHA256, 0, calibration, 1, "", "", 0
    )


def flat(score: Any, value: float = 0.1) -> Callable[[Image], Prediction]:
    """Return what judges every picture the same, with a map of one value."""

    def judge(image: Image) -> Prediction:
        anomaly_map = np.full(image.shape[:2], value, np.float32)
        return Prediction(score, anomaly_map, PredictionTimes(0.0, 0.0, 0.0))

    return judge


@dataclass
class StatedPredictor:
    """A predictor whose judgement is given; it remembers the pictures."""

    judge: Callable[[Image], Prediction] = field(default_factory=lambda: flat(0.2))
    calibration: Calibration = CALIBRATION
    seen: list[Image] = field(default_factory=list)

    @property
    def info(self) -> CheckpointInfo:
        return checkpoint_info(self.calibration)

    def predict(self, image: Image) -> Prediction:
        self.seen.append(image)
        return self.judge(image)


class NamelessPredictor(StatedPredictor):
    """A predictor with a fault where nobody expects one."""

    @property
    def info(self) -> CheckpointInfo:
        raise RuntimeError("no header")
