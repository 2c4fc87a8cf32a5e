"""From a detector's map to the map of the source image: smoothing, peak, size."""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model.opencv import cv2
from model.types import FloatMap


def smooth(maps: Tensor, sigma: float) -> Tensor:
    """Blur (B, 1, h, w) float32 maps with a Gaussian cut at 4 sigma, mirrored at the borders.

    The same function as scipy.ndimage.gaussian_filter with mode "reflect" (half-sample
    symmetric), which AnomalyCLIP applies to its maps (spec section 5). Sigma 0 changes nothing.
    """
    if sigma <= 0:
        return maps
    radius = int(4 * sigma + 0.5)
    taps = _gaussian(sigma).to(maps)
    rows = _mirrored(maps.shape[-2], radius, maps.device)
    columns = _mirrored(maps.shape[-1], radius, maps.device)
    # (B, 1, h + 2r, w) -> (B, 1, h, w), then the same along the other axis
    maps = functional.conv2d(maps.index_select(-2, rows), taps[None, None, :, None])
    return functional.conv2d(maps.index_select(-1, columns), taps[None, None, None, :])


@functools.lru_cache(maxsize=16)
def _gaussian(sigma: float) -> Tensor:
    """Return the 2 r + 1 weights, normalised in float64."""
    offsets = torch.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    return (weights / weights.sum()).float()


def _mirrored(length: int, radius: int, device: torch.device) -> Tensor:
    """Return the source index of each padded position: d c b a | a b c d | d c b a, repeated."""
    positions = torch.arange(-radius, length + radius, device=device) % (2 * length)
    return torch.where(positions < length, positions, 2 * length - 1 - positions)


def peak(maps: Tensor, fraction: float) -> Tensor:
    """Return (B,): the mean of the highest `fraction` of each (B, 1, h, w) map, one value at least.

    A mean of several values is steadier against a single noisy pixel than the maximum.
    """
    # (B, 1, h, w) -> (B, h w)
    flat = maps.flatten(1)
    count = max(1, math.ceil(fraction * flat.shape[1]))
    return flat.topk(count, dim=1).values.mean(dim=1)


def to_source_size(anomaly_map: FloatMap, height: int, width: int) -> FloatMap:
    """Return an (h, w) map as (height, width) float32, bilinear; unchanged if the size fits."""
    if anomaly_map.shape == (height, width):
        return anomaly_map
    resized = cv2.resize(anomaly_map, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, np.float32)
