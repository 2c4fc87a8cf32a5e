"""A folder of pictures to be labelled, and the data set that is made of the labels."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import UsageError
from app.i18n import tr
from app.labelling.journal import DEFECTIVE, GOOD, SKIP, LabelJournal
from app.labelling.session import LabelSession
from model.data import IMAGE_SUFFIXES, listed_images
from model.datasets.entry_path import relative
from model.datasets.safe_name import safe_name
from model.datasets.tile_places import (
    ArrangingCancelled,
    TileCounts,
    arrange,
    drawn_for_test,
    located,
    placed,
)
from model.datasets.tile_table import (
    UNKNOWN,
    UNLABELLED,
    TileRow,
    is_tile_set,
    read_tiles,
)
from model.errors import DatasetError

# the window knows tiles through this module alone
__all__ = [
    "ArrangingCancelled",
    "LabelPlace",
    "Opened",
    "TileCounts",
    "TileRow",
    "make_data_set",
    "open_place",
    "open_rows",
    "place_at",
]

HELD_OUT = 0.3
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class LabelPlace:
    """Where pictures lie and where the labelled ones go; every method blocks.

    Attributes:
        folder: Holds the pictures and the file of labels.
        out: The data set: the folder itself for tiles, another one for a plain folder, whose
            pictures stay where they are.
        is_tiles: Whether the folder is a set of tiles.
    """

    folder: Path
    out: Path
    is_tiles: bool

    def journal(self, by: str = "") -> LabelJournal:
        """Return the file of labels."""
        return LabelJournal(self.folder, by)

    def rows(self) -> tuple[TileRow, ...]:
        """Return all pictures, with the labels that they had before anybody looked.

        Raises:
            DatasetError: They cannot be listed.
        """
        if self.is_tiles:
            return self._tiles()
        names = [path.name for path in listed_images(self.folder)]
        return tuple(TileRow(f"{UNLABELLED}/{name}", name, picture=name) for name in names)

    def _tiles(self) -> tuple[TileRow, ...]:
        """Return the tiles where they really lie: a sorting may have been cut off."""
        try:
            files = located(self.folder)
        except OSError as error:
            raise DatasetError(
                f"Cannot read the folder {self.folder}: {error.strerror or error}."
            ) from error
        return tuple(
            replace(_bare(row), file=relative(self.folder, files[row.name]))
            if row.name in files
            else _bare(row)
            for row in read_tiles(self.folder)
        )

    def labels(self) -> dict[str, str]:
        """Return what people said: the file of labels over what was sorted by it before.

        Raises:
            DatasetError: The table of the data set is damaged.
            StoreError: The labels cannot be read.
        """
        rows = read_tiles(self.out) if is_tile_set(self.out) else ()
        return self.journal().load({row.name: row.state for row in rows if row.by == "eye"})

    def file_of(self, row: TileRow) -> Path:
        """Return where the picture of a row lies."""
        return self.folder / (row.file if self.is_tiles else row.picture)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A place that was read.

    Attributes:
        place: Which.
        rows: The pictures to be labelled, by name.
        session: Their labels.
        kinds: Names of the defects that are known here, for the digit keys.
        sources: Folders that the tiles were cut from, by their numbers; none for a plain folder.
    """

    place: LabelPlace
    rows: Mapping[str, TileRow]
    session: LabelSession
    kinds: tuple[str, ...]
    sources: tuple[Path, ...] = ()


def place_at(folder: Path, out: Path | None = None) -> LabelPlace:
    """Return the place of a folder.

    Args:
        folder: A set of tiles, its folder of unlabelled ones, or a plain folder with pictures.
        out: The data set to be made of a plain folder; FOLDER-labelled beside it if left out.

    Raises:
        UsageError: There is no such folder, or no picture in it; or `out` is given for tiles, or
            holds something else.
        DatasetError: The folder cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(tr("There is no folder {folder}; check the path.").format(folder=folder))
    folder = folder.resolve()
    for one in (folder, folder.parent):
        if is_tile_set(one) and (one == folder or folder.name == UNLABELLED):
            if out is not None:
                raise UsageError(tr("Tiles are sorted where they lie; leave --out away."))
            return LabelPlace(one, one, True)
    if not _has_picture(folder):
        raise UsageError(
            tr("The folder {folder} holds neither tiles nor pictures.").format(folder=folder)
        )
    target = out or folder.with_name(f"{folder.name}-labelled")
    if target.resolve() == folder:
        raise UsageError(tr("The data set needs a folder of its own; choose another one."))
    if target.exists() and not is_tile_set(target) and any(target.iterdir()):
        raise UsageError(
            tr("The folder {folder} holds something else; choose another one.").format(
                folder=target
            )
        )
    return LabelPlace(folder, target, False)


def open_place(place: LabelPlace) -> Opened:
    """Read pictures and labels; blocks.

    Raises:
        UsageError: There is nothing to be labelled.
        DatasetError: The pictures cannot be listed.
        StoreError: The labels cannot be read.
    """
    rows = open_rows(place)
    if not rows:
        raise UsageError(
            tr("Every tile in {folder} has its label already.").format(folder=place.folder)
        )
    session = LabelSession(list(rows), place.labels())
    return Opened(place, rows, session, *_known(place))


def open_rows(place: LabelPlace) -> dict[str, TileRow]:
    """Return what is to be labelled by eye, by name, where it lies now; blocks.

    Raises:
        DatasetError: The pictures cannot be listed.
    """
    return {row.name: row for row in place.rows() if row.state == UNKNOWN}


def make_data_set(
    place: LabelPlace,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TileCounts:
    """Bring every picture to where its label wants it; blocks.

    It can be done as often as one likes: what was labelled since, or taken back, is moved; and one
    that was interrupted is finished by the next.

    Raises:
        ArrangingCancelled: `cancelled` said so.
        DatasetError: A file cannot be moved or written.
        StoreError: The labels cannot be read.
    """
    labels = place.labels()
    rows = [_labelled(row, labels) for row in place.rows()]
    rows = list(placed(rows if place.is_tiles else _drawn(rows)))
    source = None if place.is_tiles else place.folder
    product = place.folder.resolve().name
    return arrange(place.out, rows, source, product, progress, cancelled)


def _drawn(rows: Sequence[TileRow]) -> list[TileRow]:
    """Draw which good pictures of a plain folder are for the test; tiles were drawn when cut."""
    test = drawn_for_test([row.group for row in rows if row.state == GOOD], HELD_OUT, 0)
    return [replace(row, drawn="test" if row.group in test else "train") for row in rows]


def _has_picture(folder: Path) -> bool:
    """Tell whether a picture lies directly in a folder, without listing tens of thousands."""
    try:
        with os.scandir(folder) as entries:
            return any(Path(one.name).suffix.lower() in IMAGE_SUFFIXES for one in entries)
    except OSError as error:
        raise UsageError(
            tr("{file} cannot be read: {error}.").format(file=folder, error=error.strerror or error)
        ) from error


def _labelled(row: TileRow, labels: Mapping[str, str]) -> TileRow:
    state = labels.get(row.name, UNKNOWN)
    if row.state != UNKNOWN or state in (UNKNOWN, SKIP):
        return row
    return replace(row, state=_folder_of(state), by="eye")


def _folder_of(state: str) -> str:
    return state if state == GOOD else safe_name(state, DEFECTIVE)


def _bare(row: TileRow) -> TileRow:
    """Return a tile without what a person said, which `LabelPlace.labels` knows."""
    return replace(row, state=UNKNOWN, by="") if row.by == "eye" else row


def _known(place: LabelPlace) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Return what manifest.json tells: kinds of defects, nine at most, and the sources' folders."""
    try:
        values = json.loads((place.folder / _MANIFEST).read_text(encoding="utf-8"))
        found = [str(kind) for one in values["sources"] for kind in one["pictures"]]
        folders = tuple(Path(str(one["folder"])) for one in values["sources"])
    except (OSError, ValueError, KeyError, TypeError):
        return (), ()
    kinds = dict.fromkeys(kind for kind in found if kind not in ("", GOOD, DEFECTIVE))
    return tuple(kinds)[:9], folders
