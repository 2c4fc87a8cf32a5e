"""Which folder each tile belongs into, and the tiles brought there."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model.data import IMAGE_SUFFIXES, Sample
from model.datasets.collection import Collection
from model.datasets.meta import FILE as META
from model.datasets.meta import write_meta
from model.datasets.tile_table import (
    GOOD,
    MASK_ENDING,
    TRUTH,
    UNKNOWN,
    UNLABELLED,
    TileRow,
    write_tiles,
)
from model.errors import DatasetError, ModelError

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class ArrangingCancelled(ModelError):
    """The caller asked to stop; the next call goes on."""


@dataclass(frozen=True, slots=True)
class TileCounts:
    """Tiles by where they lie.

    Attributes:
        train_good: Good ones to learn from.
        test_good: Good ones for the test.
        kinds: Defective ones by kind, all for the test.
        unlabelled: Those that nobody has labelled.
        missing: Those whose file has gone.
    """

    train_good: int
    test_good: int
    kinds: dict[str, int]
    unlabelled: int
    missing: int = 0

    @property
    def labelled(self) -> int:
        """Good and defective ones."""
        return self.train_good + self.test_good + sum(self.kinds.values())


def drawn_for_test(groups: Iterable[str], share: float, seed: int) -> frozenset[str]:
    """Return the groups that go to the test, drawn by the seed.

    Each group's place in the draw depends on its own name alone, so that one more group changes
    little. Where there are two or more, both sides get one if the share is above 0.

    Args:
        groups: Names.
        share: For the test, 0 <= share < 1.
        seed: Same seed, same draw.
    """
    found = sorted(set(groups), key=lambda name: (_rank(name, seed), name))
    wanted = round(share * len(found))
    if len(found) > 1 and share > 0:
        wanted = min(max(1, wanted), len(found) - 1)
    return frozenset(found[:wanted])


def _rank(name: str, seed: int) -> bytes:
    text = f"{seed}\0{name}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).digest()


def placed(rows: Sequence[TileRow]) -> tuple[TileRow, ...]:
    """Return the tiles with the files that their labels ask for.

    Good tiles lie in train/good or test/good, defective ones in test/<kind> with their masks in
    ground_truth/<kind>, the others in unlabelled. A group in which one tile is defective is for the
    test as a whole, so nothing of one source stands on both sides.
    """
    with_defects = {row.group for row in rows if row.is_defective}
    return tuple(_placed(row, with_defects) for row in rows)


def _placed(row: TileRow, with_defects: set[str]) -> TileRow:
    if row.state == UNKNOWN:
        folder = UNLABELLED
    elif row.state == GOOD:
        folder = f"{'test' if row.group in with_defects else row.drawn}/{GOOD}"
    else:
        folder = f"test/{row.state}"
    mask = f"{TRUTH}/{row.state}/{row.stem}{MASK_ENDING}.png" if row.mask else ""
    return replace(row, file=f"{folder}/{row.name}", mask=mask)


def counts_of(rows: Iterable[TileRow], missing: int = 0) -> TileCounts:
    """Count tiles by the folders of their files."""
    train = test = unlabelled = 0
    kinds: dict[str, int] = {}
    for row in rows:
        if row.state == UNKNOWN:
            unlabelled += 1
        elif row.state != GOOD:
            kinds[row.state] = kinds.get(row.state, 0) + 1
        elif row.file.startswith("train/"):
            train += 1
        else:
            test += 1
    return TileCounts(train, test, dict(sorted(kinds.items())), unlabelled, missing)


def arrange(
    folder: Path,
    rows: Sequence[TileRow],
    source: Path | None = None,
    product: str = "",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> TileCounts:
    """Bring every file to where its row says, then write tiles.csv and meta.json.

    What was interrupted is finished by the next call: files are looked for wherever they may lie
    in the set, not where the table says.

    Args:
        folder: The set.
        rows: All its tiles, see `placed`.
        source: Folder with the pictures, which stay there: labelled ones are copied. None moves
            the files of the set itself.
        product: Class in meta.json; the folder's name if left out.
        progress: Called with (files done, files in all).
        cancelled: Asked between two files.

    Raises:
        ArrangingCancelled: `cancelled` said so.
        DatasetError: A file cannot be moved or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = located(folder)
        missing = 0
        for done, row in enumerate(rows, start=1):
            if cancelled is not None and cancelled():
                raise ArrangingCancelled("The tiles were not all sorted; the next time goes on.")
            at = present.get(row.name)
            if source is not None:
                missing += not _copied(source, folder, row, at)
            else:
                missing += not _moved(folder, row.file, at)
            if progress is not None:
                progress(done, len(rows))
        # of a plain folder the set knows only what it holds
        write_tiles(folder, [row for row in rows if source is None or row.state != UNKNOWN])
        there = [row for row in rows if (folder / row.file).is_file()]
        _write_meta(folder, there, product or folder.resolve().name)
        _without_empty_folders(folder)
    except OSError as error:
        raise DatasetError(
            f"The tiles cannot be sorted in {folder}: {error.strerror or error}."
        ) from error
    return counts_of(rows, missing)


def located(folder: Path) -> dict[str, Path]:
    """Return where the tiles of a set really lie, by name, whatever its table says.

    Raises:
        OSError: A folder cannot be listed.
    """
    return dict(_present(folder))


def _present(folder: Path) -> Iterator[tuple[str, Path]]:
    for phase in (folder / "train", folder / "test", folder):
        for entry in sorted(phase.iterdir()) if phase.is_dir() else ():
            if not entry.is_dir() or (phase == folder and entry.name != UNLABELLED):
                continue
            with os.scandir(entry) as files:
                for file in files:
                    if Path(file.name).suffix.lower() in IMAGE_SUFFIXES:
                        yield file.name, Path(file.path)


def _moved(folder: Path, wanted: str, at: Path | None) -> bool:
    """Move a file of the set; False if it has gone."""
    target = folder / wanted
    if at is None:
        return False
    if at != target:
        target.parent.mkdir(parents=True, exist_ok=True)
        at.replace(target)
    return True


def _copied(source: Path, folder: Path, row: TileRow, at: Path | None) -> bool:
    """Copy a labelled picture into the set, take out one without a label; False if it has gone."""
    if row.state == UNKNOWN:
        if at is not None:
            at.unlink(missing_ok=True)
        return True
    if at is not None:
        return _moved(folder, row.file, at)
    origin, target = source / row.picture, folder / row.file
    if not origin.is_file():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copy2(origin, part)
    part.replace(target)
    return True


def _write_meta(folder: Path, rows: Sequence[TileRow], name: str) -> None:
    """List the labelled tiles; without one there is no data set yet."""
    sides: dict[str, list[Sample]] = {"train": [], "test": []}
    for row in rows:
        if row.state != UNKNOWN:
            mask = folder / row.mask if row.mask else None
            kind = row.state if row.is_defective else GOOD
            sample = Sample(folder / row.file, kind, row.is_defective, mask, name)
            sides[row.file.partition("/")[0]].append(sample)
    if any(sides.values()):
        found = Collection(folder, name, tuple(sides["train"]), tuple(sides["test"]))
        write_meta(found, folder / META)
    else:
        (folder / META).unlink(missing_ok=True)


def _without_empty_folders(folder: Path) -> None:
    """Remove what was emptied: every reader would take an empty kind for a mistake."""
    for place in (folder / "train", folder / "test", folder / TRUTH):
        for entry in list(place.iterdir()) if place.is_dir() else ():
            _remove_if_empty(entry)
        _remove_if_empty(place)
    _remove_if_empty(folder / UNLABELLED)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
