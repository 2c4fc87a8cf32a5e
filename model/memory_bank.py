"""The memory of normal patches: how far is a patch from all that normal parts have shown?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.layers.vision import VisionFeatures

_CHUNK = 4096


def patch_features(
    features: VisionFeatures, layers: Sequence[int], neighbourhood: int = 1
) -> Tensor:
    """Return (B, N, C) unit-length patch features; C is the sum over the layers' widths.

    Every layer is made unit length by itself and weighs the same, so the cosine of two
    rows is the mean of the layers' cosines.

    Args:
        features: Must hold `layers`.
        layers: Vision blocks, 1-based.
        neighbourhood: Side of the square of patches that is averaged around each patch, odd; 1
            for none. Averaging makes a patch aware of its surroundings (PatchCore, section 3.1).
    """
    parts = []
    for layer in layers:
        rows = F.normalize(features.patches[layer].float(), dim=-1)
        if neighbourhood > 1:
            rows = F.normalize(_averaged(rows, features.grid, neighbourhood), dim=-1)
        parts.append(rows)
    joined = torch.cat(parts, dim=-1)
    return joined.div_(len(parts) ** 0.5)


def _averaged(rows: Tensor, grid: tuple[int, int], side: int) -> Tensor:
    batch, _, width = rows.shape
    # (B, N, C) -> (B, C, gh, gw)
    cells = rows.transpose(1, 2).reshape(batch, width, *grid)
    cells = F.avg_pool2d(cells, side, stride=1, padding=side // 2, count_include_pad=False)
    # (B, C, gh, gw) -> (B, N, C)
    return cells.flatten(2).transpose(1, 2)


class MemoryBank(nn.Module):
    """Unit-length features of normal patches.

    Attributes:
        rows: (R, C) float32 unit vectors.
    """

    rows: Tensor

    def __init__(self, rows: Tensor) -> None:
        """Take the rows as they are.

        Raises:
            ValueError: Not a table, or without a row.
        """
        super().__init__()
        if rows.ndim != 2 or not rows.shape[0]:
            raise ValueError(f"a bank of shape {tuple(rows.shape)}")
        self.register_buffer("rows", rows.float().contiguous())

    def distances(self, queries: Tensor) -> Tensor:
        """Return (B, N): 1 - cosine to the nearest row, in [0, 2].

        Args:
            queries: (B, N, C) unit vectors, as `patch_features` makes them.
        """
        # (B, N, C) -> (B N, C), in pieces so that the (B N, R) product stays small
        flat = queries.flatten(0, 1)
        nearest = [(piece @ self.rows.T).amax(dim=1) for piece in torch.split(flat, _CHUNK)]
        return (1 - torch.cat(nearest)).view(queries.shape[:2])
