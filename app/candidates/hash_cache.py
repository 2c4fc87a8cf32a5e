"""Hashes of large files, kept as long as size and time of the file stay the same."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from app import log
from app.candidates.errors import CandidateError
from app.candidates.json_file import read_json, write_json
from app.errors import StoreError
from app.i18n import tr

_MOST = 4000


class HashCache:
    """The sha256 of files without reading them again. Any thread may call.

    Args:
        file: Where the hashes are kept between runs.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, list[object]] | None = None

    def known(self, path: Path) -> str:
        """Return the hash if the file has not changed since it was hashed, else ""."""
        try:
            mark = _mark(path)
        except OSError:
            return ""
        with self._lock:
            return _sha256(self._entries().get(str(path)), mark)

    def of(self, path: Path) -> str:
        """Return the hash; the file is read only if it is not known.

        Raises:
            CandidateError: It cannot be read.
        """
        found = self.known(path)
        if found:
            return found
        try:
            before = _mark(path)
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            if _mark(path) == before:
                self._keep(path, [*before, sha256])
        except OSError as error:
            raise CandidateError(
                tr("The checkpoint {file} cannot be read: {why}.").format(
                    file=path.name, why=error.strerror or error
                )
            ) from error
        return sha256

    def _keep(self, path: Path, entry: list[object]) -> None:
        with self._lock:
            entries = self._entries()
            entries.pop(str(path), None)
            while len(entries) >= _MOST:
                del entries[next(iter(entries))]
            entries[str(path)] = entry
            try:
                write_json(self._file, dict(entries))
            except StoreError as error:
                # the hash is right all the same; it will be worked out again
                log.station.warning("hashes are not kept: %s", error)

    def _entries(self) -> dict[str, list[object]]:
        if self._known is None:
            values = read_json(self._file)
            self._known = {path: entry for path, entry in values.items() if _is_entry(entry)}
        return self._known


def _mark(path: Path) -> list[object]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _sha256(entry: list[object] | None, mark: list[object]) -> str:
    return str(entry[2]) if entry is not None and entry[:2] == mark else ""


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], str)
