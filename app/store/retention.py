"""Which evidence goes first when there is too much of it.

Order: OK, then REVIEW and ERROR, then NG, at last whatever a person reviewed; the oldest
first in each. The row forgets its files before they are removed, so that a crash in
between leaves files without a row (found again by the next run), never a row without files.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from app import log
from app.inspection.verdict import Verdict
from app.store.base import RecordStore

UNFINISHED = ".part"
_BATCH = 200


class Priority(IntEnum):
    """How long evidence is kept; the lowest goes first."""

    OK = 0
    DOUBTFUL = 1
    NG = 2
    REVIEWED = 3


_OF_VERDICT = {
    Verdict.OK: Priority.OK,
    Verdict.REVIEW: Priority.DOUBTFUL,
    Verdict.ERROR: Priority.DOUBTFUL,
    Verdict.NG: Priority.NG,
}


@dataclass(frozen=True, slots=True)
class Thinned:
    """What one run removed.

    Attributes:
        freed_bytes: Size of the removed files.
        removed: Parts per priority.
    """

    freed_bytes: int = 0
    removed: dict[Priority, int] = field(default_factory=dict)

    @property
    def is_serious(self) -> bool:
        """True if evidence went that people count on: NG or reviewed."""
        return bool(self.removed.get(Priority.NG) or self.removed.get(Priority.REVIEWED))


@dataclass(slots=True)
class _Part:
    record_id: str
    priority: Priority
    files: list[tuple[Path, int]]

    @property
    def size(self) -> int:
        return sum(size for _, size in self.files)


def folder_size(root: Path) -> int:
    """Return the bytes of all evidence files; files that a crash left unfinished are removed."""
    return sum(
        size for day in _folders(root) for folder in day.iterdir() for _, size in _files(folder)
    )


def evidence_files(root: Path) -> Iterator[tuple[Path, float]]:
    """Yield the finished files below the evidence folder and when they were last written."""
    for day in _folders(root):
        for folder in _folders(day):
            for path in sorted(folder.iterdir()):
                if path.name.endswith(UNFINISHED):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    yield path, path.stat().st_mtime


def thin(root: Path, store: RecordStore, excess: int, last: Priority) -> Thinned:
    """Remove evidence of at least `excess` bytes, up to the priority `last`.

    Raises:
        StoreError: The database fails.
    """
    freed = 0
    removed: dict[Priority, int] = defaultdict(int)
    batch: list[_Part] = []
    planned = 0
    for part in _in_order(root, store, last):
        if planned >= excess:
            break
        batch.append(part)
        planned += part.size
        if len(batch) == _BATCH:
            freed += _remove(batch, store, removed)
            batch = []
    freed += _remove(batch, store, removed)
    return Thinned(freed, dict(removed))


def _in_order(root: Path, store: RecordStore, last: Priority) -> Iterator[_Part]:
    """Yield the parts that may go, the least needed first; reads only the days it needs."""
    reviewed: list[_Part] = []
    for priority in (Priority.OK, Priority.DOUBTFUL, Priority.NG):
        if priority > last:
            return
        for day in _folders(root):
            for part in _parts(day, priority):
                if store.reviews(part.record_id):
                    part.priority = Priority.REVIEWED
                    reviewed.append(part)
                else:
                    yield part
    if last >= Priority.REVIEWED:
        yield from sorted(reviewed, key=lambda part: part.record_id)


def _parts(day: Path, priority: Priority) -> list[_Part]:
    """Return one day's parts of a priority, the oldest first (ids order by time)."""
    found: dict[str, _Part] = {}
    for verdict in (verdict for verdict, of in _OF_VERDICT.items() if of is priority):
        for path, size in _files(day / verdict.value):
            if not path.name.endswith(UNFINISHED):
                record_id = path.name.partition(".")[0]
                part = found.setdefault(record_id, _Part(record_id, priority, []))
                part.files.append((path, size))
    return [found[record_id] for record_id in sorted(found)]


def _folders(root: Path) -> list[Path]:
    """Return the folders inside by name, so days come oldest first; none if it is gone."""
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []


def _files(folder: Path) -> list[tuple[Path, int]]:
    """Return the files with their sizes; what a crash left unfinished is removed."""
    found: list[tuple[Path, int]] = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat()
            if entry.name.endswith(UNFINISHED) and time.time() - status.st_mtime > 60:
                Path(entry.path).unlink(missing_ok=True)
            elif entry.is_file():
                found.append((Path(entry.path), status.st_size))
    return found


def _remove(batch: list[_Part], store: RecordStore, removed: dict[Priority, int]) -> int:
    if not batch:
        return 0
    store.forget_evidence([part.record_id for part in batch])
    freed = 0
    for part in batch:
        removed[part.priority] += 1
        for path, size in part.files:
            try:
                path.unlink(missing_ok=True)
                freed += size
            except OSError as error:
                # Open in another program (Windows); the next run takes it.
                log.store.warning("cannot remove %s: %s", path, error)
    for folder in {path.parent for part in batch for path, _ in part.files}:
        with contextlib.suppress(OSError):
            folder.rmdir()
            folder.parent.rmdir()
    return freed
