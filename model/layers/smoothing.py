"""Upsampling and Gaussian smoothing of anomaly maps as two small matrix products.

Both are linear and separable, so a map is `rows @ cells @ columns.T`: the same numbers as
bilinear upsampling followed by `scipy.ndimage.gaussian_filter(mode="reflect", truncate=4)`,
at the cost of neither.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

_TRUNCATE = 4.0


def upsample_smooth(cells: Tensor, size: tuple[int, int], sigma: float) -> Tensor:
    """Return (B, H, W) of (B, gh, gw): bilinear (half-pixel centres), then Gaussian.

    Args:
        cells: Values on the grid, floating point.
        size: Height and width of the result, pixels.
        sigma: Standard deviation in pixels of the result; 0 smooths nothing.
    """
    rows = _matrix(cells.shape[-2], size[0], sigma, cells.dtype, cells.device)
    columns = _matrix(cells.shape[-1], size[1], sigma, cells.dtype, cells.device)
    # (H, gh) @ (B, gh, gw) @ (gw, W) -> (B, H, W)
    return rows @ cells @ columns.T


def gaussian_matrix(size: int, sigma: float) -> Tensor:
    """Return the (size, size) float64 matrix that smooths a line of `size` values.

    The border is mirrored at the edge of the outermost value (d c b a | a b c d), as often
    as the kernel reaches.
    """
    radius = int(_TRUNCATE * sigma + 0.5)
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    taps = torch.exp(-0.5 * (offsets / sigma) ** 2)
    taps = taps / taps.sum()
    # (size, taps): where each tap reads; the mirrored line repeats every 2 * size
    reads = (torch.arange(size)[:, None] + offsets.long()).remainder(2 * size)
    reads = torch.minimum(reads, 2 * size - 1 - reads)
    matrix = torch.zeros(size, size, dtype=torch.float64)
    return matrix.scatter_add_(1, reads, taps.expand(size, -1))


@lru_cache(maxsize=32)
def _matrix(
    source: int, target: int, sigma: float, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Return the (target, source) matrix that upsamples a line and smooths it."""
    if not math.isfinite(sigma) or sigma < 0:
        raise ValueError(f"sigma {sigma} is no finite number from 0 up")
    # a tensor born in inference mode could not be used in training later
    with torch.inference_mode(False), torch.no_grad():
        unit = torch.eye(source, dtype=torch.float64)[None]
        # (1, source, target) -> (target, source)
        matrix = F.interpolate(unit, size=target, mode="linear", align_corners=False)[0].T
        if sigma > 0:
            matrix = gaussian_matrix(target, sigma) @ matrix
        return matrix.to(device, dtype)
