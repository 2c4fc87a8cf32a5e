"""From a detector's map to the map of the source image."""

from __future__ import annotations

import numpy as np

from model.opencv import cv2
from model.types import FloatMap


def to_source_size(anomaly_map: FloatMap, height: int, width: int) -> FloatMap:
    """Return an (h, w) float32 map as (height, width) float32, bilinear.

    A map that has the size already is returned bit for bit, so a picture of the network's
    input size gets the very numbers of the reference.
    """
    if anomaly_map.shape == (height, width):
        return anomaly_map
    resized = cv2.resize(anomaly_map, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, np.float32)
