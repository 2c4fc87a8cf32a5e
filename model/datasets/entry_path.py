"""Paths written in data set files: inside the data set, whatever they say."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from model.errors import DatasetError


def resolved(root: Path, text: str) -> Path:
    r"""Return the file that a path of meta.json or a CSV file means; it need not exist.

    Relative paths count from the root, with "/" or "\\". Absolute ones, which some of the
    published scripts write, are taken as they are; if nothing lies there, because the data
    set was moved, the longest end of the path that lies below the root counts.

    Args:
        root: Folder of the data set.
        text: What the file says; not empty.

    Raises:
        DatasetError: A relative path leaves the root, or the text cannot be a path.
    """
    if "\0" in text or not _is_text(text):
        raise DatasetError(f"The path {text!r} in a list of {root} cannot be the name of a file.")
    parts = PurePosixPath(text.replace("\\", "/")).parts
    if PureWindowsPath(text).drive or PurePosixPath(text).is_absolute():
        whole = Path(text)
        return whole if whole.is_absolute() and whole.is_file() else _moved(root, parts, whole)
    depth = 0
    for part in parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            raise DatasetError(
                f"The path {text} leaves the data set {root}; only files inside it are read."
            )
    return root.joinpath(*parts)


def _is_text(text: str) -> bool:
    """Tell whether it is Unicode; JSON can hold half of a pair of code units."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _moved(root: Path, parts: tuple[str, ...], whole: Path) -> Path:
    # the first part is the drive or "/"
    for first in range(1, len(parts)):
        if ".." not in parts[first:] and (found := root.joinpath(*parts[first:])).is_file():
            return found
    return whole


def relative(root: Path, path: Path) -> str:
    """Return a path as meta.json holds it: relative with "/", or absolute if outside the root."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.absolute().as_posix()
