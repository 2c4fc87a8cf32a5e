"""From a detector's map to the map of the source image."""

from __future__ import annotations

import numpy as np

from model.opencv import cv2
from model.preprocess import Preprocess
from model.types import FloatMap


def to_source(anomaly_map: FloatMap, preprocess: Preprocess, height: int, width: int) -> FloatMap:
    """Return the map of a network input as (height, width) float32 of the source picture.

    Args:
        anomaly_map: (h, w) float32 over the network's whole square input.
        preprocess: What made the input; its padding is cut off again.
        height: Of the source picture, pixels.
        width: Of the source picture, pixels.
    """
    size = preprocess.size
    content = preprocess.content(height, width)
    if (content.height, content.width) != (size, size):
        whole = to_source_size(anomaly_map, size, size)
        rows = slice(content.top, content.top + content.height)
        anomaly_map = np.ascontiguousarray(whole[rows, content.left : content.left + content.width])
    return to_source_size(anomaly_map, height, width)


def to_source_size(anomaly_map: FloatMap, height: int, width: int) -> FloatMap:
    """Return an (h, w) float32 map as (height, width) float32, bilinear.

    A map that has the size already is returned bit for bit, so a picture of the network's
    input size gets the very numbers of the reference.
    """
    if anomaly_map.shape == (height, width):
        return anomaly_map
    resized = cv2.resize(anomaly_map, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, np.float32)
