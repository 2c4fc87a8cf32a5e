"""What the list of checkpoints is read from; every function here blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app import log, paths
from app.candidates.entry import Binned, Entry
from app.candidates.errors import CandidateError
from app.candidates.shelf import Shelf
from app.i18n import tr
from app.review.export_files import safe_name
from app.ui.qa_desk import QaDesk
from app.ui.screens.models_folders import opened_folders

_COPIES = 100


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the folders.

    Attributes:
        entries: Every checkpoint.
        binned: What was removed, last first.
        folders: That a person opened.
        gone: Those of them that are not there any more.
    """

    entries: tuple[Entry, ...] = ()
    binned: tuple[Binned, ...] = ()
    folders: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()


def shelf_of(desk: QaDesk) -> Shelf:
    """Return the shelf with the folders that a person opened."""
    return Shelf(desk.home, [one for one in opened_folders(desk.home) if one.is_dir()])


def read_shelf(desk: QaDesk) -> Found:
    """Return every checkpoint, headers only."""
    folders = opened_folders(desk.home)
    shelf = shelf_of(desk)
    gone = tuple(one for one in folders if not one.is_dir())
    return Found(shelf.entries(), shelf.binned(), folders, gone)


def read_hashes(
    desk: QaDesk, entries: Sequence[Entry], is_wanted: Callable[[], bool]
) -> dict[Path, str]:
    """Return the hashes of the files that were not hashed yet.

    Args:
        desk: Where they lie.
        entries: The list.
        is_wanted: Asked between two files; once it says no, the rest is left out.
    """
    shelf, found = shelf_of(desk), {}
    for entry in entries:
        if entry.info is None or entry.info.sha256:
            continue
        if not is_wanted():
            break
        try:
            found[entry.path] = shelf.hashed(entry.path)
        except CandidateError as error:
            # It has gone since it was listed; the next reading will not list it.
            log.ui.info("%s", error)
    return found


def with_hashes(entries: Sequence[Entry], found: Mapping[Path, str]) -> tuple[Entry, ...]:
    """Return the list with hashes filled in."""
    return tuple(
        replace(one, info=replace(one.info, sha256=found[one.path]))
        if one.info is not None and one.path in found
        else one
        for one in entries
    )


def remove(desk: QaDesk, entry: Entry) -> Binned:
    """Put a checkpoint into the bin.

    Raises:
        CandidateError: A recipe needs it, it came with the program, or it cannot be moved.
        StoreError: The recipes cannot be read.
    """
    needed = [name for name in desk.recipes.names() if _needs(desk, name, entry)]
    if needed:
        text = tr("Recipe {name} needs this checkpoint; give it another one first.")
        raise CandidateError(text.format(name=needed[0]))
    return shelf_of(desk).remove(entry.path)


def at_home(desk: QaDesk, path: Path, name: str, checked: str) -> Path:
    """Return a checked candidate as a file that stays: a stick may be pulled out.

    Args:
        desk: Where the station's folder is.
        path: The candidate.
        name: What its copy is called, if one has to be made.
        checked: Hash of the file that was checked, "" if it is not known.

    Raises:
        CandidateError: It has changed since, or cannot be read or copied.
    """
    shelf = shelf_of(desk)
    found = shelf.hashed(path)
    if checked and found != checked:
        raise CandidateError(tr("The file has changed since it was checked; press “Check again”."))
    if path.parent.absolute() in (desk.home.checkpoints, paths.shipped_checkpoints()):
        return path
    stem = safe_name(name, path.stem)
    for free in (stem, *(f"{stem}-{number}" for number in range(2, _COPIES))):
        target = desk.home.checkpoints / f"{free}{path.suffix}"
        if not target.exists() or shelf.hashed(target) == found:
            return shelf.import_file(path, free)
    raise CandidateError(tr("There are too many files called {name}.").format(name=stem))


def _needs(desk: QaDesk, name: str, entry: Entry) -> bool:
    recipe = desk.recipes.load(name)
    if recipe.checkpoint_sha256 and entry.info is not None and entry.info.sha256:
        return recipe.checkpoint_sha256 == entry.info.sha256
    return recipe.checkpoint in (entry.path.name, entry.path.stem, str(entry.path))
