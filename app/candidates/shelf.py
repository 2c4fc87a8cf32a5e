"""The shelf: every checkpoint that this station could use, from headers alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.candidates.entry import Binned, Entry
from app.paths import Home


class Shelf:
    """The station's checkpoint folder, the shipped one, and folders that a person opened.

    Every method touches the disk, so not on the GUI thread; any thread may call.

    Args:
        home: The station's folders.
        folders: Further folders, e.g. of a training run.
    """

    def __init__(self, home: Home, folders: Sequence[Path] = ()) -> None:
        self._home = home
        self._folders = tuple(folders)

    def entries(self) -> tuple[Entry, ...]:
        """Return every checkpoint file, the newest first; headers only, nothing in them is run."""
        raise NotImplementedError

    def hashed(self, path: Path) -> str:
        """Return the sha256 of a file; reads it only if it has changed since the last time.

        Raises:
            CandidateError: It cannot be read.
        """
        raise NotImplementedError

    def note(self, path: Path, text: str) -> None:
        """Keep what a person writes about a checkpoint; "" takes it away.

        Raises:
            StoreError: It cannot be written.
        """
        raise NotImplementedError

    def remove(self, path: Path) -> Binned:
        """Put a checkpoint into the bin; `restore` brings it back.

        Raises:
            CandidateError: It came with the program, or cannot be moved.
        """
        raise NotImplementedError

    def binned(self) -> tuple[Binned, ...]:
        """Return what is in the bin, removed last first."""
        raise NotImplementedError

    def restore(self, binned: Binned) -> Path:
        """Bring a checkpoint back to where it lay, under a free name, and return that.

        Raises:
            CandidateError: It is not in the bin any more, or cannot be moved.
        """
        raise NotImplementedError

    def import_file(self, source: Path, name: str = "") -> Path:
        """Copy a checkpoint into the station's folder, the whole file or nothing.

        Args:
            source: The file; what belongs to it (`epoch_N.json`) comes along.
            name: Name of the new file without suffix; the source's if left out.

        Returns:
            The new file.

        Raises:
            CandidateError: It is no checkpoint, the name is taken, or it cannot be copied.
        """
        raise NotImplementedError

    def export_file(self, path: Path, target: Path) -> Path:
        """Copy a checkpoint to a file or into a folder, the whole file or nothing.

        Raises:
            CandidateError: There is such a file already, or it cannot be copied.
        """
        raise NotImplementedError
