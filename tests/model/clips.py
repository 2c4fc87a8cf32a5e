"""Backbones small enough for tests that need no reference numbers."""

from __future__ import annotations

import open_clip
import torch


def small_clip(
    seed: int = 0, *, layers: int = 4, ls_init_value: float | None = None
) -> open_clip.CLIP:
    """Return a random CLIP: patch 8, stored grid 4 x 4, widths 128, joint width 32."""
    torch.manual_seed(seed)
    vision = {
        "image_size": 32,
        "layers": layers,
        "width": 128,
        "patch_size": 8,
        "ls_init_value": ls_init_value,
    }
    text = {"width": 128, "heads": 2, "layers": 3}
    return open_clip.CLIP(32, vision, text, quick_gelu=True).eval()
