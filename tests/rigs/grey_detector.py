"""A small true detector: how far is a picture from a reference grey? Deterministic, no weights."""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path

import numpy as np

from app.camera.frame import Image
from model.types import Calibration, CheckpointInfo, Prediction, PredictionTimes

GOOD, BAD = 128, 250


class GreyDetector:
    """Score and map are the distance of the grey value from the reference, 0 to 1.

    Args:
        name: Name and, padded, hash of the "checkpoint".
        reference: Grey value of a good picture.
        limit: NG limit; NaN for an uncalibrated one.
        delay_s: How long a prediction takes.
        fails_at: Grey values that raise.
        nan_at: Grey values that give a NaN score.

    Attributes:
        gate: A prediction waits while it is cleared.
    """

    def __init__(
        self,
        name: str = "grey",
        reference: int = GOOD,
        limit: float = 0.25,
        delay_s: float = 0.0,
        fails_at: tuple[int, ...] = (),
        nan_at: tuple[int, ...] = (),
    ) -> None:
        self.calibration = Calibration(0.0, limit, 0.0, limit, 10, 0, "set by hand")
        digits = "".join(f"{ord(letter):02x}" for letter in name)
        self.info = CheckpointInfo(
            path=Path(f"{name}.safetensors"), name=name, detector="grey", backbone="",
            backbone_sha256="", image_size=32, sha256=digits.ljust(64, "0")[:64], n_shots=10,
            calibration=self.calibration, format=1, created="", software="", size_bytes=0,
        )  # fmt: skip
        self.device_name = "cpu"
        self._reference = reference
        self._delay_s = delay_s
        self._fails_at = fails_at
        self._nan_at = nan_at
        self.gate = threading.Event()
        self.gate.set()

    def predict(self, image: Image) -> Prediction:
        """Judge (H, W, 3) uint8 BGR."""
        if self._delay_s:
            time.sleep(self._delay_s)
        self.gate.wait()
        grey = int(image[0, 0, 0])
        if grey in self._fails_at:
            raise RuntimeError(f"no answer for {grey}")
        distance = np.abs(image[:, :, 0].astype(np.float32) - self._reference) / 255
        score = math.nan if grey in self._nan_at else float(distance.max())
        return Prediction(score, distance, PredictionTimes(0.0, 0.1, 0.0))
