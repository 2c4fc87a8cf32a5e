"""Where the patches of a network's input lie in the picture that it was made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.opencv import cv2
from model.preprocess import Preprocess
from model.tiling import Tile

Places = npt.NDArray[np.float32]


def cell_centres(preprocess: Preprocess, grid: tuple[int, int], tile: Tile) -> Places:
    """Return (gh, gw, 2): the middles of the patches as (y, x) pixels of the whole picture.

    Args:
        preprocess: Made the input of the tile; what it pads counts to the border.
        grid: Patches down and across.
        tile: Part of the picture that became the input.
    """
    content = preprocess.content(*tile.size)
    down = (np.arange(grid[0]) + 0.5) / grid[0] * preprocess.size
    across = (np.arange(grid[1]) + 0.5) / grid[1] * preprocess.size
    y = np.clip((down - content.top) / content.height, 0, 1) * tile.size[0] + tile.vertical.start
    x = np.clip((across - content.left) / content.width, 0, 1) * tile.size[1]
    x = x + tile.horizontal.start
    return np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).astype(np.float32)


def origins_of(
    cells: Places,
    size: tuple[int, ...],
    number: int,
    moved: npt.NDArray[np.float64] | None = None,
) -> Places:
    """Return (gh gw, 3): picture number, and how far down and across it each patch lies, 0..1.

    Args:
        cells: Of `cell_centres`, in the picture or in a copy of it.
        size: Height and width of the picture.
        number: Of the picture.
        moved: (2, 3) from places (x, y) of the picture to those of the copy; None for no copy.
    """
    points = cells.reshape(-1, 2)[:, ::-1].astype(np.float64)
    if moved is not None:
        back = np.asarray(cv2.invertAffineTransform(moved))
        points = points @ back[:, :2].T + back[:, 2]
    shares = np.clip(points[:, ::-1] / np.array(size[:2]), 0, 1)
    return np.column_stack([np.full(len(shares), number), shares]).astype(np.float32)
