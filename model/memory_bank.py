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
        owners: (R,) int32, the number of the shot that a row comes from.
    """

    rows: Tensor
    owners: Tensor

    def __init__(self, rows: Tensor, owners: Tensor) -> None:
        """Take rows and their shots.

        Raises:
            ValueError: The shapes do not fit each other or there is no row.
        """
        super().__init__()
        if rows.ndim != 2 or owners.shape != rows.shape[:1] or not rows.shape[0]:
            raise ValueError(f"rows {tuple(rows.shape)} and owners {tuple(owners.shape)}")
        self.register_buffer("rows", rows.float().contiguous())
        self.register_buffer("owners", owners.to(torch.int32))

    @property
    def n_shots(self) -> int:
        """Number of normal images behind the rows."""
        return len(set(self.owners.tolist()))

    def distances(self, queries: Tensor, exclude: int | None = None) -> Tensor:
        """Return (B, N): 1 - cosine to the nearest row, in [0, 2].

        Args:
            queries: (B, N, C) unit vectors, as `patch_features` makes them.
            exclude: Shot whose rows do not count: a shot must not be its own neighbour.

        Raises:
            ValueError: No row is left.
        """
        rows = self.rows if exclude is None else self.rows[self.owners != exclude]
        if not rows.shape[0]:
            raise ValueError(f"no rows beside those of shot {exclude}")
        # (B, N, C) -> (B N, C), in pieces so that the (B N, R) product stays small
        flat = queries.flatten(0, 1)
        nearest = [(piece @ rows.T).amax(dim=1) for piece in torch.split(flat, _CHUNK)]
        return (1 - torch.cat(nearest)).view(queries.shape[:2])
