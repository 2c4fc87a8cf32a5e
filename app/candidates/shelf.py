"""The shelf: every checkpoint that this station could use, from headers alone."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from app import paths
from app.candidates.bin import Bin
from app.candidates.copying import belongings, copy
from app.candidates.entry import Binned, Entry
from app.candidates.errors import CandidateError
from app.candidates.hash_cache import HashCache
from app.candidates.looking import files_in, looked_at, mark_of
from app.candidates.shelf_book import ShelfBook
from app.i18n import tr
from app.paths import Home
from app.review.export_files import safe_name
from model.checkpoint_facts import facts
from model.errors import CheckpointError


class Shelf:
    """The station's checkpoint folder, the shipped one, and folders that a person opened.

    Every method touches the disk, so not on the GUI thread; any thread may call. A second call
    of `entries` reads only the headers of files that have changed.

    Args:
        home: The station's folders.
        folders: Further folders, e.g. of a training run; those of `open_folder` come on top.
    """

    def __init__(self, home: Home, folders: Sequence[Path] = ()) -> None:
        self._home = home
        self._folders = tuple(folders)
        self._hashes = HashCache(home.root / "checkpoint-hashes.json")
        self._bin = Bin(home.root / "bin")
        self._book = ShelfBook(home.root / "shelf.json")
        self._lock = threading.RLock()
        self._read: dict[Path, tuple[tuple[int, int, int], Entry | None]] = {}

    def entries(self) -> tuple[Entry, ...]:
        """Return every checkpoint file, the newest first; headers only, nothing in them is run.

        Backbone weights that lie in the same folders are left out.
        """
        with self._lock:
            notes = self._book.notes()
            found = [self._entry(path) for path in self._files()]
            self._read = {path: one for path, one in self._read.items() if path.exists()}
        entries = [self._up_to_date(entry, notes) for entry in found if entry is not None]
        return tuple(sorted(entries, key=lambda entry: entry.modified, reverse=True))

    def hashed(self, path: Path) -> str:
        """Return the sha256 of a file; reads it only if it has changed since the last time.

        Raises:
            CandidateError: It cannot be read.
        """
        return self._hashes.of(path.absolute())

    def folders(self) -> tuple[Path, ...]:
        """Return every folder that is looked into, the station's own first."""
        own = (self._home.checkpoints, paths.shipped_checkpoints())
        every = (*own, *self._folders, *self._book.folders())
        return tuple(dict.fromkeys(folder.absolute() for folder in every))

    def open_folder(self, folder: Path) -> None:
        """Look into a further folder from now on, also after the next start.

        Raises:
            CandidateError: There is no such folder.
            StoreError: It cannot be remembered.
        """
        if not folder.is_dir():
            raise CandidateError(
                tr("There is no folder {folder}; check the path.").format(folder=folder)
            )
        self._book.set_folder(folder.absolute(), is_open=True)

    def close_folder(self, folder: Path) -> None:
        """Look into an opened folder no longer; its files stay.

        Raises:
            StoreError: It cannot be remembered.
        """
        self._book.set_folder(folder.absolute(), is_open=False)

    def note(self, path: Path, text: str) -> None:
        """Keep what a person writes about a checkpoint; "" takes it away.

        Raises:
            StoreError: It cannot be written.
        """
        self._book.note(path.absolute(), text)

    def remove(self, path: Path) -> Binned:
        """Put a checkpoint into the bin; `restore` brings it back.

        Raises:
            CandidateError: It came with the program, or cannot be moved.
        """
        path = path.absolute()
        if self._is_shipped(path):
            raise CandidateError(
                tr("{file} came with the program and stays; choose another one.").format(
                    file=path.name
                )
            )
        if not path.is_file():
            raise CandidateError(tr("{file} is not there any more.").format(file=path.name))
        with self._lock:
            binned = self._bin.put(belongings(path), self._book.notes().get(path, ""))
            self.note(path, "")
        return binned

    def binned(self) -> tuple[Binned, ...]:
        """Return what is in the bin, removed last first."""
        return self._bin.content()

    def restore(self, binned: Binned) -> Path:
        """Bring a checkpoint back to where it lay, under a free name, and return that.

        Raises:
            CandidateError: It is not in the bin any more, or cannot be moved.
        """
        with self._lock:
            path = self._bin.take(binned)
            if binned.notes:
                self.note(path, binned.notes)
        return path

    def import_file(self, source: Path, name: str = "") -> Path:
        """Copy a checkpoint into the station's folder, the whole file or nothing.

        Args:
            source: The file; what belongs to it (`epoch_N.json`) comes along.
            name: Name of the new file without suffix; the source's if left out.

        Returns:
            The new file, or the one that is there already with the same content.

        Raises:
            CandidateError: It is no checkpoint, the name is taken, or it cannot be copied.
        """
        source, stem = source.absolute(), name.strip() or source.stem
        if safe_name(stem, "") != stem:
            raise CandidateError(
                tr("{name} cannot be the name of a file; choose another name.").format(name=stem)
            )
        try:
            facts(source)
        except CheckpointError as error:
            raise CandidateError(str(error)) from error
        target = self._home.checkpoints / f"{stem}{source.suffix}"
        if target.exists():
            if self.hashed(target) == self.hashed(source):
                return target
            raise CandidateError(
                tr("There is a checkpoint {name!r} already; choose another name.").format(name=stem)
            )
        copy(source, target)
        return target

    def export_file(self, path: Path, target: Path) -> Path:
        """Copy a checkpoint to a file or into a folder, the whole file or nothing.

        Raises:
            CandidateError: There is such a file already, or it cannot be copied.
        """
        path, target = path.absolute(), target.absolute()
        if target.is_dir():
            target = target / path.name
        if target.suffix.lower() != path.suffix.lower():
            target = target.with_name(target.name + path.suffix)
        if target.exists():
            raise CandidateError(
                tr("There is a file {file} already; choose another name.").format(file=target.name)
            )
        copy(path, target)
        return target

    def _files(self) -> Iterable[Path]:
        seen: set[Path] = set()
        for folder in self.folders():
            for path in files_in(folder):
                if path not in seen:
                    seen.add(path)
                    yield path

    def _entry(self, path: Path) -> Entry | None:
        """Return what is known of a file; None for a backbone, or one that has just gone."""
        try:
            mark = mark_of(path)
            before = self._read.get(path)
            if before is None or before[0] != mark:
                entry = looked_at(path, is_shipped=self._is_shipped(path))
                before = self._read[path] = (mark, entry)
        except OSError:
            return None
        return before[1]

    def _up_to_date(self, entry: Entry, notes: dict[Path, str]) -> Entry:
        """Put in what can change while the file does not."""
        info = entry.info
        if info is not None:
            info = replace(info, sha256=self._hashes.known(entry.path))
        return replace(entry, info=info, notes=notes.get(entry.path, ""))

    def _is_shipped(self, path: Path) -> bool:
        return path.parent == paths.shipped_checkpoints().absolute()
