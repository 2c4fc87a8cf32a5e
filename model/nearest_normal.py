"""Why a place is suspicious: the most similar place that normal parts have shown, beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from model.detector import Detector
from model.detectors.ad_clip import AdClip
from model.detectors.few_shot_clip import FewShotClip
from model.detectors.patchcore import PatchBank, PatchCore
from model.device import enough_memory
from model.images import Picture, check_size, to_bgr
from model.memory_bank import patch_places, patch_rows
from model.opencv import cv2
from model.patch_origins import cell_centres
from model.predictor import Predictor
from model.tiling import Tile, plan_tiles
from model.types import NearestNormal

Box = tuple[int, int, int, int]

_SIDE = 320
_CONTEXT = 1.6
_LEAST_SHARE = 0.14


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    """What a detector with a memory bank is asked.

    Attributes:
        detector: That holds the bank.
        patches: (B, 3, H, W) images to (B, N, L, D) rows and the grid with N cells.
        bank: With which they are compared.
        typical: Number of a patch and the grid to the distance that normal parts have there.
    """

    detector: Detector
    patches: Callable[[Tensor], tuple[Tensor, tuple[int, int]]]
    bank: PatchBank
    typical: Callable[[int, tuple[int, int]], float]


def nearest_normal(predictor: Predictor, image: npt.NDArray[Any], box: Box) -> NearestNormal | None:
    """Return the suspicious place beside the nearest place of the memory bank.

    Of the patches in the box the one is taken that is farthest from all normal ones.

    Args:
        predictor: Of any checkpoint.
        image: As the predictor judges it, cut to the region of interest.
        box: (x0, y0, x1, y1) pixels of the image, x1 and y1 exclusive.

    Returns:
        None if the checkpoint holds no normal pictures to compare with.

    Raises:
        ModelError: The picture cannot be used.
        CheckpointError: The normal pictures are damaged.
        OutOfMemory: The device has too little memory.
    """
    memory, normals = _memory(predictor), predictor.detector.normals
    if memory is None or normals is None or len(normals.origins) != memory.bank.shape[0]:
        return None
    check_size(image)
    picture = to_bgr(image)
    cell, distance, row, grid, tile = _farthest(memory, picture, box)
    number, down, across = normals.origin(row)
    height, width = picture.shape[:2]
    centres = cell_centres(memory.detector.preprocess, grid, tile).reshape(-1, 2)
    at = centres[cell] / (height, width)
    patch = (tile.size[0] / grid[0] / height, tile.size[1] / grid[1] / width)
    corner, extent = _window(box, height, width)
    shift = np.array([down, across]) - at
    suspicious, seen = _cut(picture, corner, extent, at, patch)
    source = normals.picture(number)
    normal, matched = _cut(source, corner + shift, extent, at + shift, patch)
    return NearestNormal(
        suspicious=suspicious,
        normal=normal,
        suspicious_spot=seen,
        normal_spot=matched,
        distance=distance,
        typical=memory.typical(cell, grid),
        name=normals.names[number],
        number=number + 1,
    )


def _memory(predictor: Predictor) -> _Memory | None:
    """Return what the detector remembers; None if it remembers no patches."""
    detector = predictor.detector
    if isinstance(detector, PatchCore):
        everywhere = predictor.calibration.map_typical
        return _Memory(detector, detector.patches, detector.bank, lambda *_: everywhere)
    few = detector.taught if isinstance(detector, AdClip) else detector
    if not isinstance(few, FewShotClip):
        return None
    return _Memory(few, partial(_clip_patches, few), few.bank, partial(_typical, few))


def _clip_patches(few: FewShotClip, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """Return (B, N, L, D) rows of (B, 3, H, W) images and the grid."""
    features = few.base.features(images, few.fusion.layers)
    rows = patch_rows(features, few.fusion.layers, few.fusion.neighbourhood)
    return rows, features.grid


def _farthest(
    memory: _Memory, picture: Picture, box: Box
) -> tuple[int, float, int, tuple[int, int], Tile]:
    """Return the patch of the box that is farthest from the bank, and which row is nearest.

    Returns:
        Number of the patch, its distance, the row's number, the grid, and the tile looked at.
    """
    tile = max(plan_tiles(*picture.shape[:2]), key=lambda one: _overlap(one, box))
    detector, work = memory.detector, "looking for the nearest normal patch"
    with enough_memory(detector.device, work), torch.inference_mode():
        inputs = detector.preprocess(picture[tile.window]).to(detector.device)
        seen, grid = memory.patches(inputs)
        rows = seen[0]
        cells = _cells_in(cell_centres(detector.preprocess, grid, tile), box)
        chosen = torch.from_numpy(cells)
        places = patch_places(grid)[chosen]
        distances, nearest = memory.bank.nearest(rows[chosen.to(rows.device)], places.to(rows))
        worst = int(distances.argmax())
    return int(cells[worst]), float(distances[worst]), int(nearest[worst]), grid, tile


def _overlap(tile: Tile, box: Box) -> int:
    x0, y0, x1, y1 = box
    across = min(x1, tile.horizontal.stop) - max(x0, tile.horizontal.start)
    down = min(y1, tile.vertical.stop) - max(y0, tile.vertical.start)
    return max(0, across) * max(0, down)


def _cells_in(centres: npt.NDArray[np.float32], box: Box) -> npt.NDArray[np.intp]:
    """Return the numbers of the patches whose middle lies in the box, else of the nearest one."""
    y, x = centres[..., 0].ravel(), centres[..., 1].ravel()
    x0, y0, x1, y1 = box
    inside = np.flatnonzero((x >= x0) & (x < x1) & (y >= y0) & (y < y1))
    if inside.size:
        return inside
    return np.array([np.argmin((x - (x0 + x1) / 2) ** 2 + (y - (y0 + y1) / 2) ** 2)])


def _window(
    box: Box, height: int, width: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return corner and extent, (y, x) shares of the picture, of a square around the box."""
    x0, y0, x1, y1 = box
    side = max(x1 - x0, y1 - y0) * _CONTEXT
    side = min(max(side, _LEAST_SHARE * min(height, width)), height, width)
    corner = np.array([(y0 + y1 - side) / 2, (x0 + x1 - side) / 2])
    corner = np.clip(corner, 0, [height - side, width - side])
    size = np.array([height, width])
    return corner / size, np.array([side, side]) / size


def _cut(
    picture: Picture,
    corner: npt.NDArray[np.float64],
    extent: npt.NDArray[np.float64],
    spot: npt.NDArray[np.float64],
    patch: tuple[float, float],
) -> tuple[Picture, Box]:
    """Return a square cut-out and where in it a patch lies.

    Args:
        picture: (H, W, 3) uint8.
        corner: Upper left corner, (y, x) shares of the picture; drawn in where it lies outside.
        extent: Height and width, shares.
        spot: Middle of the patch, shares.
        patch: Height and width of the patch, shares.
    """
    corner = np.clip(corner, 0, 1 - extent)
    scale = _SIDE / (extent * picture.shape[:2])  # from pixels of the picture to the cut-out's
    if scale.max() < 1:
        picture = np.asarray(_shrunk(picture, scale), np.uint8)
        scale = _SIDE / (extent * picture.shape[:2])
    size = np.array(picture.shape[:2])
    y, x = corner * size
    matrix = np.array([[scale[1], 0, -x * scale[1]], [0, scale[0], -y * scale[0]]])
    matrix[:, 2] += (matrix[:, :2].sum(1) - 1) / 2  # pixel middles
    shown = cv2.warpAffine(
        picture, matrix, (_SIDE, _SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    height, width = np.array(patch) / extent * _SIDE
    middle = (spot - corner) / extent * _SIDE
    box = (middle[1] - width / 2, middle[0] - height / 2, width, height)
    return np.asarray(shown, np.uint8), tuple(round(float(value)) for value in box)  # type: ignore[return-value]


def _shrunk(picture: Picture, scale: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale[1])), max(1, round(height * scale[0])))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _typical(few: FewShotClip, cell: int, grid: tuple[int, int]) -> float:
    """Return the bank's distance that normal parts have at a patch."""
    places = few.map_statistics[1, 0]  # (20, 20)
    row, column = divmod(cell, grid[1])
    down = (row * places.shape[0] + places.shape[0] // 2) // grid[0]
    across = (column * places.shape[1] + places.shape[1] // 2) // grid[1]
    return float(places[min(down, len(places) - 1), min(across, places.shape[1] - 1)])
