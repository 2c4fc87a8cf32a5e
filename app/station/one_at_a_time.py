"""A predictor for two threads: the line's, and the golden samples'."""

from __future__ import annotations

import threading

from app.camera.frame import Image
from app.station.inference import Predictor
from model.types import Calibration, CheckpointInfo, Prediction


class OneAtATime:
    """Lets one thread at a time into a predictor, which knows nothing of threads.

    Args:
        predictor: Loaded and warm; nobody else may use it.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._turn = threading.Lock()

    @property
    def info(self) -> CheckpointInfo:
        """What the checkpoint's header says."""
        return self._predictor.info

    @property
    def calibration(self) -> Calibration:
        """Limits that belong to the checkpoint."""
        return self._predictor.calibration

    @property
    def device_name(self) -> str:
        """Where it runs, for people."""
        return self._predictor.device_name

    def predict(self, image: Image) -> Prediction:
        """Judge (H, W, 3) uint8 BGR; waits while another thread is in here."""
        with self._turn:
            return self._predictor.predict(image)
