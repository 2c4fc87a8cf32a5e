"""What the model saw of a stored part: the pieces of its picture, cut as when it was judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.camera.frame import Image
from app.errors import RecipeError, StoreError
from app.i18n import tr
from app.inspection.cutting import Cutting, NotPlaced, Piece, cut
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.review.labelled import LabelledPart
from app.review.mask import raster
from app.store.base import RecordStore
from model.opencv import cv2

RecipeOf = Callable[[InspectionRecord], Recipe | None]
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One picture that the model was shown of a labelled part.

    Attributes:
        picture: (H, W, 3) uint8 BGR.
        is_defective: Whether the defect can be seen in it.
        mask: (H, W) uint8, 255 defective; None where nobody drew one, or for a good part.
    """

    picture: Image
    is_defective: bool
    mask: Mask | None


def stored_recipe(store: RecordStore, record: InspectionRecord) -> Recipe | None:
    """Return the recipe version that judged a part, None if it is gone or damaged. Blocks.

    Raises:
        StoreError: The database fails.
    """
    document = store.recipe(record.recipe, record.recipe_version)
    try:
        return None if document is None else Recipe.from_json(document)
    except RecipeError:
        return None


def pieces_of(image: Image, record: InspectionRecord, recipe: Recipe | None) -> Cutting:
    """Return the pieces of a stored part.

    Args:
        image: Its whole frame, (H, W, 3) uint8 BGR.
        record: Says where the part lay.
        recipe: The version that judged it; None if it is gone, which is no matter where the part
            was judged in one box.

    Raises:
        StoreError: The picture is not that of the record, or the recipe is needed and gone.
    """
    if recipe is None or recipe.is_plain:
        if record.region_results or record.placement is not None:
            raise StoreError(
                tr("The recipe that judged this part is gone, so what was judged is not known.")
            )
        box = record.region_of_interest
        recipe = Recipe(name="judged", region_of_interest=box)
    try:
        return cut(image, recipe, record.placement)
    except NotPlaced as error:
        if error.reason.startswith("region-outside-frame"):
            text = tr("The stored picture is smaller than the region that was judged.")
            raise StoreError(text) from error
        raise StoreError(str(error)) from error


def shown_of(image: Image, part: LabelledPart, recipe: Recipe | None) -> tuple[Shown, ...]:
    """Return what the model was shown of a labelled part.

    Of a defective part in several pieces those count that show its mask; without one those of the
    regions that were not OK. The others may show the defect or not, so they are left out.

    Args:
        image: Its whole frame, (H, W, 3) uint8 BGR.
        part: Its mask counts in pixels of the whole frame.
        recipe: The version that judged it, see `pieces_of`.

    Raises:
        StoreError: As `pieces_of`.
    """
    cutting = pieces_of(image, part.record, recipe)
    if not part.is_defective:
        return tuple(Shown(piece.picture, False, None) for piece in cutting.pieces)
    size = (image.shape[0], image.shape[1])
    drawn = raster(part.mask, *size) if part.mask else None
    masks = [_mask_in(piece, cutting, drawn) for piece in cutting.pieces]
    if len(masks) == 1:
        return (Shown(cutting.pieces[0].picture, True, masks[0]),)
    found = [
        Shown(piece.picture, True, mask)
        for piece, mask in zip(cutting.pieces, masks, strict=True)
        if mask is not None
    ]
    return tuple(found) if part.mask else tuple(_suspected(part, cutting))


def _suspected(part: LabelledPart, cutting: Cutting) -> list[Shown]:
    """Return the pieces of regions that were not OK; of tiles none is known to show the defect."""
    results = {one.name: one.verdict for one in part.record.region_results}
    names = [piece.region for piece in cutting.pieces]
    return [
        Shown(piece.picture, True, None)
        for piece in cutting.pieces
        if results.get(piece.region, Verdict.OK) is not Verdict.OK
        and names.count(piece.region) == 1
    ]


def _mask_in(piece: Piece, cutting: Cutting, drawn: npt.NDArray[np.bool_] | None) -> Mask | None:
    """Return a mask of the frame as a piece shows it, None where it shows nothing of it."""
    if drawn is None:
        return None
    x, y, width, height = piece.box
    matrix = np.array([[1.0, 0, 0], [0, 1, 0]])
    if cutting.to_frame is not None:
        matrix = cutting.to_frame.copy()
    matrix[:, 2] += matrix[:, :2] @ (x, y)
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(drawn.astype(np.uint8), matrix, (width, height), flags=flags)
    mask = np.asarray(shown) > 0
    if piece.judged is not None:
        mask &= piece.judged
    return np.where(mask, 255, 0).astype(np.uint8) if mask.any() else None


def piece_with(
    cutting: Cutting, box: tuple[int, int, int, int]
) -> tuple[Piece, tuple[int, int, int, int]]:
    """Return the piece that shows most of a box of the frame, and the box in its pixels.

    Args:
        cutting: Of the frame.
        box: (x0, y0, x1, y1) pixels of the frame, x1 and y1 exclusive.

    Returns:
        The piece, and (x0, y0, x1, y1) in it, within its borders where the two overlap.
    """
    x0, y0, x1, y1 = box
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)
    if cutting.to_frame is not None:
        turn, shift = cutting.to_frame[:, :2], cutting.to_frame[:, 2]
        # corners count edges of pixels, the map counts middles
        corners = (corners - 0.5 - shift) @ turn + 0.5
    low, high = np.floor(corners.min(0) + 1e-6), np.ceil(corners.max(0) - 1e-6)

    def overlap(piece: Piece) -> float:
        start = np.array(piece.box[:2])
        common = np.minimum(high, start + piece.box[2:]) - np.maximum(low, start)
        return float(common.clip(0).prod())

    piece = max(cutting.pieces, key=overlap)
    start = np.array(piece.box[:2])
    first = np.clip(low - start, 0, np.array(piece.box[2:]) - 1).astype(int)
    last = np.clip(high - start, first + 1, piece.box[2:]).astype(int)
    return piece, (int(first[0]), int(first[1]), int(last[0]), int(last[1]))
