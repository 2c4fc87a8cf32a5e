"""The pieces of collected pictures that a lesson learns from, with their masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app import log
from app.camera.folder import read_picture
from app.camera.frame import Image
from app.errors import ExpectedError
from app.inspection.cutting import Cutting, cut
from app.inspection.recipe import Recipe
from app.inspection.review import Polygon
from app.review.mask import Mask, raster
from app.teaching.defective_parts import Defective
from app.teaching.picture_file import write_picture
from model.opencv import cv2


@dataclass(frozen=True, slots=True, eq=False)
class PieceOf:
    """One piece of one picture.

    Attributes:
        name: File name of the picture, with the region where there are several.
        picture: (h, w, 3) uint8 BGR.
        mask: (h, w) bool, the defect; None for a good part.
    """

    name: str
    picture: Image
    mask: Mask | None = None


def good_pieces(files: Iterable[Path], recipe: Recipe) -> Iterator[list[PieceOf]]:
    """Give the pieces of each picture in turn; none of one that cannot be used."""
    for file in files:
        try:
            cutting = cut(read_picture(file), recipe)
        except ExpectedError as error:
            log.station.warning("%s is left out of the lesson: %s", file, error)
            yield []
            continue
        yield [
            PieceOf(name, piece.picture)
            for name, piece in zip(_names(file, cutting), cutting.pieces, strict=True)
        ]


def defective_pieces(parts: Sequence[Defective], recipe: Recipe) -> Iterator[list[PieceOf]]:
    """Give the defective pieces of each part in turn, those that its mask touches.

    A part without a mask gives none: nothing tells which of its pieces are defective, and a
    training takes a defect without a place for a good part.
    """
    for part in parts:
        if part.mask is None:
            yield []
            continue
        try:
            image = read_picture(part.file)
            cutting = cut(image, recipe)
        except ExpectedError as error:
            log.station.warning("%s is left out of the lesson: %s", part.file, error)
            yield []
            continue
        mask = _mask_in_place(part.mask, image, cutting)
        found = []
        for name, piece in zip(_names(part.file, cutting), cutting.pieces, strict=True):
            inside = _cropped(mask, piece.box)
            if piece.judged is not None:
                inside &= piece.judged
            if inside.any():
                found.append(PieceOf(name, piece.picture, inside))
        yield found


def write_training_set(folder: Path, good: Sequence[PieceOf], defective: Sequence[PieceOf]) -> None:
    """Write pieces as a data set in the layout of MVTec AD.

    Raises:
        StoreError: A file cannot be written.
    """
    for piece in good:
        write_picture(folder / "train" / "good" / piece.name, piece.picture)
    for piece in defective:
        assert piece.mask is not None
        write_picture(folder / "test" / "defective" / piece.name, piece.picture)
        mask_file = folder / "ground_truth" / "defective" / f"{Path(piece.name).stem}_mask.png"
        write_picture(mask_file, piece.mask.astype(np.uint8) * np.uint8(255))


def _names(file: Path, cutting: Cutting) -> list[str]:
    if len(cutting.pieces) == 1:
        return [file.name]
    return [f"{file.stem}-{number}{file.suffix}" for number in range(1, len(cutting.pieces) + 1)]


def _mask_in_place(outlines: Sequence[Polygon], image: Image, cutting: Cutting) -> Mask:
    """Return the mask in pixels of the reference picture, (H, W) bool."""
    height, width = image.shape[:2]
    mask = raster(outlines, height, width)
    if cutting.to_frame is None:
        return mask
    moved = cv2.warpAffine(
        mask.astype(np.uint8),
        cutting.to_frame,
        (width, height),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    return np.asarray(moved, np.bool_)


def _cropped(mask: Mask, box: tuple[int, int, int, int]) -> Mask:
    """Return a box (x, y, width, height) of a mask; what lies outside is good."""
    x, y, width, height = box
    found = np.zeros((height, width), np.bool_)
    rows, columns = mask.shape
    x0, y0, x1, y1 = max(0, x), max(0, y), min(columns, x + width), min(rows, y + height)
    if x1 > x0 and y1 > y0:
        found[y0 - y : y1 - y, x0 - x : x1 - x] = mask[y0:y1, x0:x1]
    return found
