"""Bilinear resizing, also in a graph for runtimes that know it less well."""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor


def resized(
    images: Tensor, size: tuple[int, int], *, antialias: bool = False, corners: bool = False
) -> Tensor:
    """Return (B, C, h, w) of (B, C, H, W), bilinear with half-pixel centres.

    In a graph that is being exported it is two matrix products with the same numbers: OpenVINO
    knows no antialiased resizing, and 2026.4 crashes on a resizing between convolution and sum.

    Args:
        images: Floating point.
        size: Height and width of the result, pixels.
        antialias: Let every pixel count where the picture gets smaller.
        corners: Let the centres of the corner pixels lie on each other (align_corners); not
            together with `antialias`.
    """
    # Made on every call, so that it is there before a graph is drawn, see `model.export.network`.
    way = "corners" if corners else "antialias" if antialias else "bilinear"
    rows = _matrix(images.shape[2], size[0], way, images.dtype, images.device)
    columns = _matrix(images.shape[3], size[1], way, images.dtype, images.device)
    if torch.compiler.is_exporting():
        return _product(images, rows, columns)
    if corners:
        return F.interpolate(images, size, mode="bilinear", align_corners=True)
    return F.interpolate(images, size, mode="bilinear", antialias=antialias)


def averaged(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Return (B, C, h, w) means of (B, C, H, W): adaptive average pooling.

    In a graph that is being exported it is two matrix products with the same numbers: ONNX knows
    no such pooling where the sizes do not divide.

    Args:
        images: Floating point.
        size: Height and width of the result, pixels.
    """
    rows = _matrix(images.shape[2], size[0], "mean", images.dtype, images.device)
    columns = _matrix(images.shape[3], size[1], "mean", images.dtype, images.device)
    if torch.compiler.is_exporting():
        return _product(images, rows, columns)
    return F.adaptive_avg_pool2d(images, size)


def _product(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return (B, C, h, w) of (B, C, H, W), (h, H) and (w, W)."""
    # (B, C, H, W) @ (W, w), turned, @ (H, h), turned back
    across = images @ columns.T
    return (across.transpose(2, 3) @ rows.T).transpose(2, 3)


@lru_cache(maxsize=64)
def _matrix(source: int, target: int, way: str, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the (target, source) matrix that resizes a line.

    Args:
        source: Its length.
        target: That of the result.
        way: "bilinear", "antialias", "corners" or "mean".
        dtype: Of the matrix.
        device: Where it lies.
    """
    # a tensor born in inference mode could not be used in training later
    with torch.inference_mode(False), torch.no_grad():
        unit = torch.eye(source)[None, None]
        # across the other axis nothing changes: (1, 1, S, S) -> (1, 1, T, S)
        size = (target, source)
        if way == "mean":
            matrix = F.adaptive_avg_pool2d(unit, size)
        elif way == "corners":
            matrix = F.interpolate(unit, size, mode="bilinear", align_corners=True)
        else:
            matrix = F.interpolate(unit, size, mode="bilinear", antialias=way == "antialias")
        return matrix[0, 0].to(device, dtype)
