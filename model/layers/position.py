"""The vision tower's position embedding at any grid, computed once per size.

Plain bilinear interpolation, no antialiasing: what AnomalyCLIP does (open_clip's own resizing
is bicubic and moves the map by up to 0.06).
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_MAX_SIZES = 8
_cache: WeakKeyDictionary[nn.Module, dict[tuple[object, ...], Tensor]] = WeakKeyDictionary()


def position_embedding(visual: nn.Module, grid: tuple[int, int]) -> Tensor:
    """Return the (1 + gh * gw, D) position embedding of a grid, from the stored one.

    Remembered per size while no gradient is wanted; a change of the stored parameter (in
    place, by another device or dtype) is noticed.
    """
    tower: Any = visual
    stored: Tensor = tower.positional_embedding
    if grid == tuple(tower.grid_size):
        return stored
    # tensors born in inference mode do not tell when they change; in a graph that is being
    # exported there are none to remember
    learning = torch.is_grad_enabled() and stored.requires_grad
    if learning or stored.is_inference() or torch.compiler.is_exporting():
        return interpolate(stored, tuple(tower.grid_size), grid)
    key = (grid, stored.data_ptr(), stored._version, stored.dtype, stored.device)
    sizes = _cache.setdefault(visual, {})
    found = sizes.get(key)
    if found is None:
        # a tensor born in inference mode could not be used in training later
        with torch.inference_mode(False), torch.no_grad():
            found = interpolate(stored, tuple(tower.grid_size), grid)
        if len(sizes) >= _MAX_SIZES:
            sizes.clear()
        sizes[key] = found
    return found


def interpolate(stored: Tensor, source: tuple[int, ...], grid: tuple[int, int]) -> Tensor:
    """Return (1 + gh * gw, D) from (1 + sh * sw, D); the class row 0 is kept."""
    # (sh * sw, D) -> (1, D, sh, sw)
    cells = stored[1:].reshape(*source, -1).permute(2, 0, 1)[None]
    cells = F.interpolate(cells, size=grid, mode="bilinear", align_corners=False)
    # (1, D, gh, gw) -> (gh * gw, D)
    return torch.cat([stored[:1], cells[0].flatten(1).T])
