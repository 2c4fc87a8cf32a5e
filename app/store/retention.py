"""Which evidence goes first when there is too much of it.

Order: OK, then REVIEW, ERROR and the OK parts that wait for their review, then NG, at last
whatever a person reviewed; the oldest first in each. The row forgets its files before they are
removed, so that a crash in between leaves files without a row (found again by the next run),
never a row without files.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app import log
from app.store.base import RecordStore
from app.store.kept import OF_VERDICT, Priority

UNFINISHED = ".part"
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Thinned:
    """What one run removed.

    Attributes:
        freed_bytes: Size of the removed files.
        removed: Parts per priority.
        for_room: They went to make room, not because their days were over.
        recipe: Whose own rule it was; "" for the rules of the station.
    """

    freed_bytes: int = 0
    removed: dict[Priority, int] = field(default_factory=dict)
    for_room: bool = True
    recipe: str = ""

    @property
    def parts(self) -> int:
        """How many parts lost their files."""
        return sum(self.removed.values())

    @property
    def is_serious(self) -> bool:
        """True if evidence had to make room that people count on: NG or reviewed."""
        serious = self.removed.get(Priority.NG) or self.removed.get(Priority.REVIEWED)
        return self.for_room and bool(serious)


@dataclass(frozen=True, slots=True)
class Part:
    """The files of one part.

    Attributes:
        record_id: Its record; there may be none.
        priority: How long it is kept.
        files: Paths and sizes, bytes.
    """

    record_id: str
    priority: Priority
    files: list[tuple[Path, int]]

    @property
    def size(self) -> int:
        """Bytes of all files."""
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
    done = Thinned()
    batch: list[Part] = []
    planned = 0
    for part in _in_order(root, store, last):
        if planned >= excess:
            break
        batch.append(part)
        planned += part.size
        if len(batch) == _BATCH:
            done = _sum(done, remove(batch, store))
            batch = []
    return _sum(done, remove(batch, store))


def remove(batch: Sequence[Part], store: RecordStore) -> Thinned:
    """Remove the files of some parts; their rows forget them first.

    Raises:
        StoreError: The database fails; nothing was removed.
    """
    if not batch:
        return Thinned()
    store.forget_evidence([part.record_id for part in batch])
    freed = 0
    for path, size in (file for part in batch for file in part.files):
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
    return Thinned(freed, dict(Counter(part.priority for part in batch)))


def _sum(one: Thinned, other: Thinned) -> Thinned:
    removed = Counter(one.removed) + Counter(other.removed)
    return Thinned(one.freed_bytes + other.freed_bytes, dict(removed))


def _in_order(root: Path, store: RecordStore, last: Priority) -> Iterator[Part]:
    """Yield the parts that may go, the least needed first; reads only the days it needs."""
    later: dict[Priority, list[Part]] = defaultdict(list)
    for priority in Priority:
        if priority > last:
            return
        # What turned out to be worth more than its folder, the oldest first.
        yield from sorted(later[priority], key=lambda part: part.record_id)
        if priority is Priority.REVIEWED:
            return
        for day in _folders(root):
            for part in _judged(_parts(day, priority), store):
                if part.priority > priority:
                    later[part.priority].append(part)
                else:
                    yield part


def _judged(parts: list[Part], store: RecordStore) -> Iterator[Part]:
    """Yield the parts with the priority that their records say; without a record as they are."""
    for start in range(0, len(parts), _BATCH):
        some = parts[start : start + _BATCH]
        known = store.kept.priorities(part.record_id for part in some)
        yield from (
            replace(part, priority=known.get(part.record_id, part.priority)) for part in some
        )


def _parts(day: Path, priority: Priority) -> list[Part]:
    """Return one day's parts of a priority, the oldest first (ids order by time)."""
    found: dict[str, Part] = {}
    for verdict in (verdict for verdict, of in OF_VERDICT.items() if of is priority):
        for path, size in _files(day / verdict.value):
            if not path.name.endswith(UNFINISHED):
                record_id = path.name.partition(".")[0]
                part = found.setdefault(record_id, Part(record_id, priority, []))
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
