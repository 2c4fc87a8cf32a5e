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


def upsample_smooth(
    cells: Tensor,
    size: tuple[int, int],
    sigma: float,
    *,
    upsampling: str = "linear",
    border: str = "edge",
) -> Tensor:
    """Return (B, H, W) of (B, gh, gw): bilinear (half-pixel centres), then Gaussian.

    Args:
        cells: Values on the grid, floating point.
        size: Height and width of the result, pixels.
        sigma: Standard deviation in pixels of the result; 0 smooths nothing.
        upsampling: "linear", or "nearest" for blocks.
        border: Where the result is mirrored, see `gaussian_matrix`.
    """
    how = upsampling, border, sigma
    rows = _matrix(cells.shape[-2], size[0], how, cells.dtype, cells.device)
    columns = _matrix(cells.shape[-1], size[1], how, cells.dtype, cells.device)
    # (H, gh) @ (B, gh, gw) @ (gw, W) -> (B, H, W)
    return rows @ cells @ columns.T


def gaussian_matrix(size: int, sigma: float, border: str = "edge") -> Tensor:
    """Return the (size, size) float64 matrix that smooths a line of `size` values.

    Args:
        size: Values of the line.
        sigma: Standard deviation in values, above 0.
        border: "edge" mirrors at the edge of the outermost value (d c b a | a b c d), "middle"
            at its middle (d c b | a b c d), as torch's padding "reflect"; both as often as the
            kernel reaches.
    """
    radius = int(_TRUNCATE * sigma + 0.5)
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    taps = torch.exp(-0.5 * (offsets / sigma) ** 2)
    taps = taps / taps.sum()
    # the mirrored line repeats every 2 * size values, or 2 less where its ends are not doubled
    period = 2 * size if border == "edge" else max(1, 2 * size - 2)
    last = 2 * size - 1 if border == "edge" else period
    # (size, taps): where each tap reads
    reads = (torch.arange(size)[:, None] + offsets.long()).remainder(period)
    reads = torch.minimum(reads, last - reads)
    matrix = torch.zeros(size, size, dtype=torch.float64)
    return matrix.scatter_add_(1, reads, taps.expand(size, -1))


@lru_cache(maxsize=32)
def _matrix(
    source: int,
    target: int,
    how: tuple[str, str, float],
    dtype: torch.dtype,
    device: torch.device,
) -> Tensor:
    """Return the (target, source) matrix that upsamples a line and smooths it."""
    upsampling, border, sigma = how
    if not math.isfinite(sigma) or sigma < 0:
        raise ValueError(f"sigma {sigma} is no finite number from 0 up")
    # a tensor born in inference mode could not be used in training later
    with torch.inference_mode(False), torch.no_grad():
        # across the other axis nothing changes: (1, 1, S, S) -> (1, 1, T, S)
        unit = torch.eye(source, dtype=torch.float64)[None, None]
        exact = {"align_corners": False} if upsampling == "linear" else {}
        mode = {"linear": "bilinear"}.get(upsampling, upsampling)
        matrix = F.interpolate(unit, size=(target, source), mode=mode, **exact)[0, 0]
        if sigma > 0:
            matrix = gaussian_matrix(target, sigma, border) @ matrix
        return matrix.to(device, dtype)
