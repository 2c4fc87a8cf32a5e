"""Folders of data sets: found whatever their case, listed in natural order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model.data import listed_images, natural
from model.errors import DatasetError

MASK_FOLDERS = ("masks", "mask", "ground_truth", "label", "labels")


def child(folder: Path, *names: str) -> Path | None:
    """Return the first sub-folder that has one of the names, upper or lower case.

    Raises:
        DatasetError: The folder cannot be listed.
    """
    by_name = {entry.name.lower(): entry for entry in subfolders(folder)}
    return next((by_name[name.lower()] for name in names if name.lower() in by_name), None)


def subfolders(folder: Path) -> tuple[Path, ...]:
    """Return the visible sub-folders in natural order; none if the folder does not exist.

    Raises:
        DatasetError: The folder cannot be listed.
    """
    if not folder.is_dir():
        return ()
    try:
        found = [entry for entry in folder.iterdir() if entry.is_dir()]
    except OSError as error:
        raise DatasetError(
            f"Cannot read the folder {folder}: {error.strerror or error}."
        ) from error
    return tuple(sorted((f for f in found if not f.name.startswith(".")), key=natural))


def has_images(folder: Path) -> bool:
    """Tell whether an image lies directly in the folder."""
    return folder.is_dir() and bool(listed_images(folder))


def some_images(folder: Path) -> tuple[Path, ...]:
    """Return the images directly in a folder.

    Raises:
        DatasetError: There is none: an empty class is a mistake that must not pass in silence.
    """
    found = listed_images(folder)
    if not found:
        raise DatasetError(
            f"The folder {folder} holds no image; put images into it or remove the folder."
        )
    return found


def kinds_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (kind, folder with its images).

    Args:
        folder: Images lie in it directly, which gives them its name, or in one sub-folder per
            kind, or both.
    """
    below = [entry for entry in subfolders(folder) if entry.name.lower() not in MASK_FOLDERS]
    if has_images(folder) or not below:
        yield folder.name, folder
    for entry in below:
        yield entry.name, entry
