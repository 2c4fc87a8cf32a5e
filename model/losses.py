"""The losses of AnomalyCLIP (Zhou et al., ICLR 2024, section 3.4), as the authors compute them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from model.layers.similarity import text_logits

PIXEL_WEIGHT = 4.0
_EPS = 1e-5
_SMOOTH = 1.0


def image_loss(image: Tensor, text: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross entropy of the image decision.

    Args:
        image: (B, E) image features, any length.
        text: (2, E) unit text features, row 0 normal.
        labels: (B,) int64, 1 for anomalous.
    """
    return F.cross_entropy(text_logits(image, text), labels)


def pixel_loss(probabilities: Tensor, masks: Tensor) -> Tensor:
    """Return focal + dice(anomalous) + dice(normal) of one layer's map, unweighted.

    Args:
        probabilities: (B, 2, H, W), channels sum to 1, unsmoothed.
        masks: (B, H, W) or (B, 1, H, W), values 0 and 1.
    """
    return torch.stack(pixel_loss_parts(probabilities, masks)).sum()


def pixel_loss_parts(probabilities: Tensor, masks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return focal, dice of the anomalous channel, dice of the normal channel."""
    masks = _without_channel(masks).to(probabilities.dtype)
    return (
        focal_loss(probabilities, masks),
        dice_loss(probabilities[:, 1], masks),
        dice_loss(probabilities[:, 0], 1 - masks),
    )


def focal_loss(probabilities: Tensor, masks: Tensor) -> Tensor:
    """Return the focal loss, gamma 2, mean over all pixels.

    Args:
        probabilities: (B, 2, H, W) probabilities, not logits.
        masks: (B, H, W), values 0 and 1.
    """
    anomalous = masks.clamp(_EPS, 1 - _EPS)
    normal = (1 - masks).clamp(_EPS, 1 - _EPS)
    true = normal * probabilities[:, 0] + anomalous * probabilities[:, 1] + _EPS
    return (-((1 - true) ** 2) * true.log()).mean()


def dice_loss(probability: Tensor, masks: Tensor) -> Tensor:
    """Return 1 - the smoothed dice coefficient, per entry of axis 0, then the mean.

    Args:
        probability: (B, ...) in [0, 1].
        masks: Same shape, values 0 and 1.
    """
    # (B, ...) -> (B, pixels)
    probability, masks = probability.flatten(1), masks.flatten(1)
    overlap = (probability * masks).sum(1)
    total = probability.sum(1) + masks.sum(1)
    return 1 - ((2 * overlap + _SMOOTH) / (total + _SMOOTH)).mean()


def _without_channel(masks: Tensor) -> Tensor:
    # (B, 1, H, W) -> (B, H, W)
    return masks.squeeze(1) if masks.ndim == 4 else masks
