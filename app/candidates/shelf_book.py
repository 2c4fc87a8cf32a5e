"""What people said of the checkpoints: notes, and the folders that they opened."""

from __future__ import annotations

import threading
from pathlib import Path

from app.candidates.json_file import read_json, write_json

_LONGEST_NOTE = 2000


class ShelfBook:
    """A small JSON file; a damaged one counts as empty. Any thread may call.

    Args:
        file: Made when needed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def notes(self) -> dict[Path, str]:
        """Return what is noted, by file."""
        found = read_json(self._file).get("notes")
        notes = found.items() if isinstance(found, dict) else ()
        return {Path(path): text for path, text in notes if isinstance(text, str)}

    def note(self, path: Path, text: str) -> None:
        """Keep a note; "" takes it away.

        Raises:
            StoreError: It cannot be written.
        """
        with self._lock:
            notes = {str(file): said for file, said in self.notes().items() if file != path}
            if text.strip():
                notes[str(path)] = text.strip()[:_LONGEST_NOTE]
            self._write(notes=notes)

    def folders(self) -> tuple[Path, ...]:
        """Return the opened folders, the oldest first."""
        found = read_json(self._file).get("folders")
        folders = found if isinstance(found, list) else []
        return tuple(Path(folder) for folder in folders if isinstance(folder, str))

    def set_folder(self, folder: Path, *, is_open: bool) -> None:
        """Open or close a folder.

        Raises:
            StoreError: It cannot be written.
        """
        with self._lock:
            left = [str(one) for one in self.folders() if one != folder]
            self._write(folders=[*left, str(folder)] if is_open else left)

    def _write(self, **changes: object) -> None:
        write_json(self._file, {"version": 1, **read_json(self._file), **changes})
