"""Records that the database could not take yet: one line of JSON each, on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.inspection.record import InspectionRecord
from app.store.rows import from_line, to_line


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal.

    Attributes:
        record: The record; None if the line is torn (the program died while writing it).
        line: The line as it is on disk, without the line break.
        end: Offset behind the line, bytes.
    """

    record: InspectionRecord | None
    line: str
    end: int


class Journal:
    """An append-only file, emptied when every line has reached the database.

    Args:
        path: The file; it exists only while something is pending. Lines that can never
            reach the database go to `NAME.rejected` beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rejected = path.with_name(path.name + ".rejected")
        self._done = 0

    @property
    def is_empty(self) -> bool:
        """True if nothing is pending."""
        try:
            return self.path.stat().st_size <= self._done
        except FileNotFoundError:
            return True

    def append(self, record: InspectionRecord) -> None:
        """Write one record; on return it survives a power cut.

        Raises:
            StoreError: The disk is full or gone; the file is as it was.
        """
        if not self.path.exists():
            self._done = 0
        _append(self.path, to_line(record))

    def pending(self, limit: int) -> list[Entry]:
        """Return the next entries, oldest first.

        Raises:
            StoreError: The file cannot be read.
        """
        entries: list[Entry] = []
        try:
            with self.path.open("rb") as stream:
                end = stream.seek(self._done)
                while len(entries) < limit and (data := stream.readline()):
                    end += len(data)
                    entries.append(_entry(data, end))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(tr("Pending records cannot be read; check the disk.")) from error
        return entries

    def reject(self, line: str) -> None:
        """Keep a line that can never reach the database apart, for a person to look at.

        Raises:
            StoreError: The disk is full or gone.
        """
        if line.strip():
            _append(self._rejected, line)

    def settle(self, entry: Entry) -> None:
        """Go behind an entry that reached the database; the last one empties the file.

        A program that dies before that replays all lines: the database knows the ids.

        Raises:
            StoreError: The file cannot be removed.
        """
        self._done = entry.end
        if not self.is_empty:
            return
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(tr("Pending records cannot be removed; check the disk.")) from error
        self._done = 0


def _entry(data: bytes, end: int) -> Entry:
    line = data.decode("utf-8", "replace").rstrip("\n")
    try:
        return Entry(from_line(line), line, end)
    except ValueError as error:
        log.store.error("a line of the journal is damaged: %s", error)
        return Entry(None, line, end)


def _append(path: Path, line: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Unbuffered: closing a buffered file would write again what did not fit.
        with path.open("ab", buffering=0) as stream:
            before = stream.seek(0, os.SEEK_END)
            # A line torn by a crash must not swallow this one.
            start = b"" if _ends_with_break(path, before) else b"\n"
            rest = start + line.encode() + b"\n"
            try:
                while rest:
                    rest = rest[stream.write(rest) :]
                os.fsync(stream.fileno())
            except BaseException:
                stream.truncate(before)
                raise
    except OSError as error:
        raise StoreError(
            tr("Records cannot be written to the disk ({cause}); free space.").format(
                cause=error.strerror or error
            ),
            code="disk-full",
        ) from error


def _ends_with_break(path: Path, size: int) -> bool:
    if size == 0:
        return True
    with path.open("rb") as stream:
        stream.seek(size - 1)
        return stream.read(1) == b"\n"
