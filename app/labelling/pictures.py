"""Pictures of a place at the size of the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.i18n import tr
from app.labelling.place import LabelPlace
from model.datasets.tile_table import TileRow
from model.errors import DatasetError
from model.images import read_image
from model.opencv import cv2

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class SmallPicture:
    """A picture as it is shown.

    Attributes:
        name: Of its file.
        image: (h, w, 3) uint8 BGR; None if it cannot be read.
        problem: Why it cannot, one sentence; "" if it can.
    """

    name: str
    image: Picture | None
    problem: str = ""


def small_picture(place: LabelPlace, row: TileRow, side: int) -> SmallPicture:
    """Return a picture whose longer side is `side` pixels at most; blocks."""
    file = place.file_of(row)
    if not file.is_file():
        return SmallPicture(row.name, None, tr("The file has gone."))
    try:
        return SmallPicture(row.name, fitted(read_image(file), side))
    except DatasetError as error:
        return SmallPicture(row.name, None, str(error))


def fitted(image: Picture, side: int) -> Picture:
    """Return (H, W, 3) uint8 made smaller until its longer side is `side` pixels at most."""
    height, width = image.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return image
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
