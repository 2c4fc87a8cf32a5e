"""The anomaly models of the station: tensors and images in, scores and anomaly maps out.

Knows nothing of cameras, windows or databases. Importing the package itself is cheap:
heavy libraries are imported by the modules that use them.
"""

from __future__ import annotations

from model.errors import CheckpointError, DatasetError, ModelError, OutOfMemory, UnknownDetector
from model.types import Calibration, CheckpointInfo, Prediction, PredictionTimes, Region

__all__ = [
    "Calibration",
    "CheckpointError",
    "CheckpointInfo",
    "DatasetError",
    "ModelError",
    "OutOfMemory",
    "Prediction",
    "PredictionTimes",
    "Region",
    "UnknownDetector",
]
