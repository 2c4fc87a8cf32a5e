"""tiles.csv: a line per tile, with its source, its label and who gave it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from model.atomic import whole_file
from model.errors import DatasetError

FILE = "tiles.csv"

By = Literal["", "folder", "mask", "eye"]
Drawn = Literal["train", "test"]

GOOD = "good"
UNKNOWN = ""

UNLABELLED = "unlabelled"
TRUTH = "ground_truth"
MASK_ENDING = "_mask"


@dataclass(frozen=True, slots=True)
class TileRow:
    """One tile.

    Attributes:
        file: Where it lies in the set, with "/". No other tile has its last part, the name.
        group: Tiles of one group stay on one side of the split. `train`, `describe` and the
            others read it.
        state: "good", a kind of defect, or "" where nobody has said.
        by: Who gave the state: the "folder" of its source, its "mask", or a person's "eye".
        why: Why a person has to look, "" where nobody has to.
        drawn: Side that its group goes to as long as no defect is found in it.
        mask: File of its mask, "" without one.
        picture: Source picture, relative to its source.
        source: Number of the source in manifest.json, from 1.
        x: Left edge of what it shows, pixels of the source picture.
        y: Upper edge.
        width: Pixels of the source picture.
        height: Pixels of the source picture.
    """

    file: str
    group: str
    state: str = UNKNOWN
    by: By = ""
    why: str = ""
    drawn: Drawn = "train"
    mask: str = ""
    picture: str = ""
    source: int = 0
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0

    @property
    def name(self) -> str:
        """Its file's name."""
        return self.file.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """Its file's name without the suffix."""
        return self.name.rpartition(".")[0]

    @property
    def is_defective(self) -> bool:
        """Whether somebody said that it shows a defect."""
        return self.state not in (GOOD, UNKNOWN)


# "label" would make other readers take the table for a list of labelled images
_COLUMNS = tuple(field.name for field in fields(TileRow))
_NUMBERS = ("source", "x", "y", "width", "height")


def is_tile_set(folder: Path) -> bool:
    """Tell whether a folder holds tiles with their table."""
    try:
        with (folder / FILE).open(encoding="utf-8-sig") as stream:
            return stream.readline().strip() == ",".join(_COLUMNS)
    except (OSError, UnicodeDecodeError):
        return False


def read_tiles(folder: Path) -> tuple[TileRow, ...]:
    """Return the tiles of a set, in the order of its table.

    Raises:
        DatasetError: There is no table, or it is damaged.
    """
    file = folder / FILE
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise DatasetError(f"{file} is no table of tiles; cut them anew (dataset tile).")
            return tuple(_row(values) for values in reader)
    except OSError as error:
        raise DatasetError(f"Cannot read {file}: {error.strerror or error}.") from error
    except (UnicodeDecodeError, csv.Error, ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"{file} is damaged; cut the tiles anew (dataset tile).") from error


def _row(values: dict[str, str]) -> TileRow:
    numbers = {name: int(values[name]) for name in _NUMBERS}
    words = {name: values[name] for name in _COLUMNS if name not in _NUMBERS}
    if words["by"] not in ("", "folder", "mask", "eye") or words["drawn"] not in ("train", "test"):
        raise ValueError("a word that no table of tiles has")
    if any(value is None for value in words.values()) or not words["file"]:
        raise ValueError("a line that is cut off")
    row = TileRow(**words, **numbers)  # type: ignore[arg-type]
    # both become paths: a table from elsewhere must not lead out of its folder
    signs = [sign for sign in ("/", os.sep, os.altsep) if sign]
    if any(sign in f"{row.state}{row.name}" for sign in signs) or row.state in (".", ".."):
        raise ValueError("a state or name that leads elsewhere")
    return row


def write_tiles(folder: Path, rows: Iterable[TileRow]) -> None:
    """Write the table, whole or not at all.

    Raises:
        DatasetError: It cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for row in rows:
        table.writerow([getattr(row, name) for name in _COLUMNS])
    file = folder / FILE
    try:
        with whole_file(file) as part:
            part.write_text(text.getvalue(), encoding="utf-8", newline="")
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"Cannot write {file}: {reason}.") from error
