"""One row of features for every patch, from several levels of a network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from model.layers.resizing import resized


def patch_embedding(levels: Sequence[Tensor], neighbourhood: int = 3) -> Tensor:
    """Return (B, C_1 + C_2 + ..., h_1, w_1): levels averaged, resized to the first, joined.

    PatchCore (Roth et al., CVPR 2022), section 3.1.

    Args:
        levels: (B, C_i, h_i, w_i) each, the finest first.
        neighbourhood: Side of the square of cells averaged around each cell, odd; 1 for none.
            Outside the picture lie zeros.
    """
    if neighbourhood > 1:
        reach = neighbourhood // 2
        levels = [F.avg_pool2d(level, neighbourhood, 1, reach) for level in levels]
    size = (levels[0].shape[2], levels[0].shape[3])
    alike = [one if one.shape[2:] == size else resized(one, size) for one in levels]
    return torch.cat(alike, dim=1)
