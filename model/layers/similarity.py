"""Cosine similarity to the two text features, as probabilities."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

TEMPERATURE = 0.07


def text_logits(features: Tensor, text: Tensor) -> Tensor:
    """Return (..., 2) cosine over temperature of (..., E) features and (2, E) unit text."""
    return F.normalize(features, dim=-1) @ text.T / TEMPERATURE


def text_probabilities(features: Tensor, text: Tensor) -> Tensor:
    """Return (..., 2) probabilities of normal and anomalous that sum to 1."""
    return text_logits(features, text).softmax(dim=-1)


def probability_map(
    patches: Tensor, text: Tensor, grid: tuple[int, int], size: tuple[int, int]
) -> Tensor:
    """Return (B, 2, H, W) probabilities of (B, N, E) patch features.

    Upsampled (bilinear, half-pixel centres) after the softmax; channel 0 normal, 1 anomalous.

    Args:
        patches: Patch features, row-major over `grid`, any length.
        text: (2, E) unit text features.
        grid: Patches down and across.
        size: Height and width of the map, pixels.
    """
    probabilities = text_probabilities(patches, text)
    # (B, N, 2) -> (B, 2, gh, gw)
    cells = probabilities.transpose(1, 2).reshape(-1, 2, *grid)
    return F.interpolate(cells, size=size, mode="bilinear", align_corners=False)
