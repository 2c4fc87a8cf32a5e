"""Grad-CAM: which places of the last feature map speak for something. It explains; it measures not.

Selvaraju and others, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017, section 3.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def grad_cam(features: Tensor, weights: Tensor) -> Tensor:
    """Return the map: channels added up by their weights, what speaks against it cut off.

    Args:
        features: (B, C, h, w) float32.
        weights: (B, C) float32, of `channel_weights` or in closed form.

    Returns:
        (B, 1, h, w) float32, at least 0, in units of what was differentiated.
    """
    # (B, C) x (B, C, h, w) -> (B, h, w) -> (B, 1, h, w)
    return torch.einsum("bc,bchw->bhw", weights, features).clamp_min(0)[:, None]


def channel_weights(
    head: Callable[[Tensor], Tensor],
    features: Tensor,
    direction: Tensor,
    as_picture: Callable[[Tensor], Tensor],
) -> Tensor:
    """Return the mean gradient of each channel, equation 1 of the paper times the places' number.

    Works in inference mode too, and whether or not the weights of `head` may learn.

    Args:
        head: From features of any layout to (B, L) logits.
        features: What `head` takes.
        direction: (B, L) float32; `(logits * direction).sum()` is differentiated.
        as_picture: From that layout to (B, C, h, w).

    Returns:
        (B, C) float32: the gradients added up over the places. A map that is averaged over
        its places therefore adds up to the share of the logits that it explains.
    """

    def explained(given: Tensor) -> Tensor:
        return (head(given) * direction).sum()

    value, backward = torch.func.vjp(explained, features)[:2]
    (gradient,) = backward(torch.ones_like(value))
    # (B, C, h, w) -> (B, C)
    return as_picture(gradient).sum(dim=(2, 3))
