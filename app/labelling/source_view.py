"""The picture that a tile was cut from, and where on it the tile lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.i18n import tr
from app.labelling.pictures import Picture, fitted
from model.datasets.tile_table import TileRow
from model.errors import DatasetError
from model.images import read_image

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class SourceView:
    """A source picture at the size of the screen.

    Attributes:
        name: Of the tile's file.
        image: (h, w, 3) uint8 BGR; None if it cannot be shown.
        box: (x, y, width, height) of the tile, pixels of the image.
        problem: Why it cannot be shown, one sentence; "" if it can.
    """

    name: str
    image: Picture | None
    box: Box = (0, 0, 0, 0)
    problem: str = ""


def source_view(sources: tuple[Path, ...], row: TileRow, side: int) -> SourceView:
    """Return the source of a tile, its longer side `side` pixels at most; blocks.

    Args:
        sources: Folders of the sources, in the order of their numbers.
        row: The tile.
        side: Pixels.
    """
    if not 1 <= row.source <= len(sources):
        return SourceView(row.name, None, problem=tr("It was not cut from another picture."))
    file = sources[row.source - 1] / row.picture
    if not file.is_file():
        return SourceView(row.name, None, problem=tr("The source picture has gone."))
    try:
        whole = read_image(file)
    except DatasetError as error:
        return SourceView(row.name, None, problem=str(error))
    image = fitted(whole, side)
    times = image.shape[1] / whole.shape[1]
    box = row.x * times, row.y * times, row.width * times, row.height * times
    return SourceView(row.name, image, box)
