"""The bin for checkpoints: what was deleted can be brought back."""

from __future__ import annotations

import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path

from app import log
from app.candidates.entry import Binned
from app.candidates.errors import CandidateError
from app.candidates.json_file import read_json, write_json
from app.errors import StoreError
from app.i18n import tr

_NOTE = "removed.json"


class Bin:
    """A folder with one sub-folder for each deleted checkpoint.

    Args:
        folder: Made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, files: list[Path], notes: str) -> Binned:
        """Move a checkpoint and what belongs to it into the bin.

        Args:
            files: The checkpoint first.
            notes: What people wrote about it.

        Raises:
            CandidateError: It cannot be moved; then it is where it was.
        """
        now = datetime.now(UTC)
        place = self._folder / f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        moved: list[tuple[Path, Path]] = []
        try:
            place.mkdir(parents=True)
            values = {"origin": str(files[0]), "removed": now.isoformat(), "notes": notes}
            write_json(place / _NOTE, values)
            # what belongs to it first: without the checkpoint itself it means nothing
            for file in reversed(files):
                shutil.move(file, place / file.name)
                moved.append((file, place / file.name))
        except (OSError, StoreError) as error:
            _undo(moved)
            shutil.rmtree(place, ignore_errors=True)
            raise _cannot_move(files[0], error) from error
        binned = place / files[0].name
        return Binned(binned, files[0], now, notes, binned.stat().st_size)

    def content(self) -> tuple[Binned, ...]:
        """Return what is in the bin, removed last first."""
        if not self._folder.is_dir():
            return ()
        found = [_read(place) for place in self._folder.iterdir() if place.is_dir()]
        there = [binned for binned in found if binned is not None]
        return tuple(sorted(there, key=lambda binned: binned.removed, reverse=True))

    def take(self, binned: Binned) -> Path:
        """Move a checkpoint back to where it lay, under a free name, and return that.

        Raises:
            CandidateError: It is not in the bin any more, or cannot be moved.
        """
        place = binned.path.parent
        if place.parent != self._folder or not binned.path.is_file():
            raise CandidateError(
                tr("{file} is not in the bin any more.").format(file=binned.origin.name)
            )
        target = _free(binned.origin)
        moved: list[tuple[Path, Path]] = []
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            for file in sorted(place.iterdir()):
                if file.name != _NOTE:
                    wanted = target.with_name(file.name.replace(binned.path.stem, target.stem, 1))
                    shutil.move(file, wanted)
                    moved.append((file, wanted))
            shutil.rmtree(place, ignore_errors=True)
        except OSError as error:
            _undo(moved)
            raise _cannot_move(binned.path, error) from error
        return target


def _read(place: Path) -> Binned | None:
    values = read_json(place / _NOTE)
    try:
        origin, removed = Path(values["origin"]), datetime.fromisoformat(values["removed"])
        path = place / origin.name
        return Binned(path, origin, removed, str(values["notes"]), path.stat().st_size)
    except (KeyError, ValueError, TypeError, OSError):
        return None


def _free(wanted: Path) -> Path:
    """Return the path, or with a number if there is such a file by now."""
    found, number = wanted, 2
    while found.exists():
        found = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        number += 1
    return found


def _undo(moved: list[tuple[Path, Path]]) -> None:
    for before, after in reversed(moved):
        try:
            shutil.move(after, before)
        except OSError as error:
            log.station.warning("%s stays at %s: %s", before, after, error)


def _cannot_move(file: Path, error: Exception) -> CandidateError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else error
    return CandidateError(
        tr("{file} cannot be moved: {why}. Check the disk and its rights.").format(
            file=file.name, why=why
        )
    )
