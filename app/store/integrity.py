"""Whether the kept pictures are still those that were judged."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from app.store.retention import evidence_files

_PAGE = 2000

Progress = Callable[[int, int], None]
Problem = Literal["missing", "changed", "unreadable", "orphaned"]
State = Problem | Literal["sound"]


@dataclass(frozen=True, slots=True)
class BadFile:
    """One file that is not as it should be.

    Attributes:
        record_id: The record that names it; for an orphan the one it was kept for.
        file: Relative to the evidence folder, forward slashes.
        problem: "missing": it is gone; "changed": its hash is another one; "unreadable": the
            disk does not give it; "orphaned": no record names it.
    """

    record_id: str
    file: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Integrity:
    """What a check of the kept files found.

    Attributes:
        records: Records that were looked at.
        without_files: Those of which no file is kept (thinned, or never kept).
        checked: Files that were hashed or found missing.
        sound: Those that are as they were.
        missing: How many are gone.
        changed: How many have another hash.
        unreadable: How many the disk does not give.
        orphaned: Files in the folder that no record names; None if only a part of the records
            was looked at, because then it cannot be known.
        bad: All of these, in the order they were found.
        is_complete: False if it was cancelled.
    """

    records: int = 0
    without_files: int = 0
    checked: int = 0
    sound: int = 0
    missing: int = 0
    changed: int = 0
    unreadable: int = 0
    orphaned: int | None = None
    bad: tuple[BadFile, ...] = ()
    is_complete: bool = True

    @property
    def is_sound(self) -> bool:
        """True if every file that a record names is as it was, and all were looked at."""
        return self.is_complete and self.sound == self.checked


def verify(
    store: Database,
    evidence: EvidenceStore,
    query: Query,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Integrity:
    """Check the kept files of the matching records against their hashes. Reads every file.

    Orphans are looked for only when the query filters nothing. One that is younger than the
    check is left out: its row may be on its way.

    Args:
        store: The records.
        evidence: Their files.
        query: Which records; order and page are of no account.
        progress: Called with (records done, records in all), at least once a file.
        cancelled: Asked before each record with files; True ends the check early.

    Raises:
        StoreError: The database fails, or the evidence folder is not there.
    """
    check = _Check(store, evidence.root, cancelled or (lambda: False))
    everything = replace(query, order="time", newest_first=False, after_id="", after_score=None)
    total = sum(store.count(everything).values())
    for record in _kept(store, everything):
        if not check.look_at(record):
            break
        if progress is not None:
            progress(check.found.records, total)
    if check.found.is_complete and replace(everything, newest_first=True, limit=100) == Query():
        check.look_for_orphans()
    return check.found


@dataclass(frozen=True, slots=True)
class _Kept:
    """A record's files with their hashes."""

    record_id: str
    files: tuple[tuple[str, str], ...]


def _kept(store: Database, query: Query) -> Iterator[_Kept]:
    """Yield the matching records, the oldest first."""
    names = ("id", "image", "image_sha256", "map", "map_sha256")
    while True:
        page = store.figures.columns(replace(query, limit=_PAGE), names)
        for record_id, *files in zip(*(page[name].tolist() for name in names), strict=True):
            pairs = zip(files[::2], files[1::2], strict=True)
            yield _Kept(record_id, tuple(pair for pair in pairs if pair[0]))
        if len(page["id"]) < _PAGE:
            return
        query = replace(query, after_id=page["id"][-1])


class _Check:
    """One run over the files.

    Attributes:
        found: What was found up to now.
    """

    def __init__(self, store: Database, root: Path, cancelled: Callable[[], bool]) -> None:
        self.found = Integrity()
        self._store = store
        self._root = root.resolve()
        self._cancelled = cancelled
        self._started = time.time()
        self._named: set[str] = set()

    def look_at(self, record: _Kept) -> bool:
        """Check a record's files; False if the check was cancelled before it."""
        if record.files and self._cancelled():
            self.found = replace(self.found, is_complete=False)
            return False
        states = [(name, self._state(name, sha256)) for name, sha256 in record.files]
        if any(state == "missing" for _, state in states) and self._was_thinned(record):
            states = []
        self._named.update(name for name, _ in states)
        states_only = [state for _, state in states]
        found = self.found
        self.found = replace(
            found,
            records=found.records + 1,
            without_files=found.without_files + (not states),
            checked=found.checked + len(states),
            sound=found.sound + states_only.count("sound"),
            missing=found.missing + states_only.count("missing"),
            changed=found.changed + states_only.count("changed"),
            unreadable=found.unreadable + states_only.count("unreadable"),
        )
        self._add_bad(
            BadFile(record.record_id, name, state) for name, state in states if state != "sound"
        )
        return True

    def look_for_orphans(self) -> None:
        """Find the files that no record names."""
        orphans = [
            BadFile(path.name.partition(".")[0], name, "orphaned")
            for path, touched in evidence_files(self._root)
            if (name := path.relative_to(self._root).as_posix()) not in self._named
            and touched < self._started
            and path.exists()
        ]
        self.found = replace(self.found, orphaned=len(orphans))
        self._add_bad(orphans)

    def _add_bad(self, bad: Iterable[BadFile]) -> None:
        self.found = replace(self.found, bad=self.found.bad + tuple(bad))

    def _was_thinned(self, record: _Kept) -> bool:
        """Say whether the record forgot its files since it was read."""
        now = self._store.get(record.record_id)
        return now is not None and now.evidence is None

    def _state(self, name: str, sha256: str) -> State:
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root):
            return "unreadable"
        if not self._root.is_dir():
            raise StoreError(
                tr("The folder of the kept pictures {folder} is not there; connect it.").format(
                    folder=self._root
                )
            )
        try:
            with path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            return "missing"
        except OSError as error:
            log.store.warning("the kept file %s cannot be read: %s", name, error)
            return "unreadable"
        return "sound" if found == sha256 else "changed"
