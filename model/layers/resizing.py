"""Bilinear resizing, also in a graph for runtimes that know it less well."""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor


def resized(images: Tensor, size: tuple[int, int], *, antialias: bool = False) -> Tensor:
    """Return (B, C, h, w) of (B, C, H, W), bilinear with half-pixel centres.

    In a graph that is being exported it is two matrix products with the same numbers: OpenVINO
    knows no antialiased resizing, and 2026.4 crashes on a resizing between convolution and sum.

    Args:
        images: Floating point.
        size: Height and width of the result, pixels.
        antialias: Let every pixel count where the picture gets smaller.
    """
    # Made on every call, so that it is there before a graph is drawn, see `model.export.network`.
    rows = _matrix(images.shape[2], size[0], antialias, images.dtype, images.device)
    columns = _matrix(images.shape[3], size[1], antialias, images.dtype, images.device)
    if torch.compiler.is_exporting():
        # (B, C, H, W) @ (W, w), turned, @ (H, h), turned back
        across = images @ columns.T
        return (across.transpose(2, 3) @ rows.T).transpose(2, 3)
    return F.interpolate(images, size, mode="bilinear", antialias=antialias)


@lru_cache(maxsize=64)
def _matrix(
    source: int, target: int, antialias: bool, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """Return the (target, source) matrix that resizes a line."""
    # a tensor born in inference mode could not be used in training later
    with torch.inference_mode(False), torch.no_grad():
        unit = torch.eye(source)[None, None]
        # across the other axis nothing changes: (1, 1, S, S) -> (1, 1, T, S)
        size = (target, source)
        matrix = F.interpolate(unit, size, mode="bilinear", antialias=antialias)[0, 0]
        return matrix.to(device, dtype)
