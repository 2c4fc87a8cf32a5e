"""Frames on their way from the window to the trial, as files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.camera.frame import Image
from app.teaching.picture_file import write_picture

FRAMES = "frame-*.bmp"


def put(folder: Path, number: int, image: Image) -> Path:
    """Put a frame there, whole at once; BMP, since it takes no time to pack.

    Args:
        folder: Of the trial.
        number: Counts the frames.
        image: (H, W, 3) uint8 BGR.

    Raises:
        StoreError: It cannot be written.
    """
    file = folder / f"frame-{number:06d}.bmp"
    write_picture(file, image)
    return file


def number_of(file: Path) -> int:
    """Return the number of a frame or of its overlay; 0 for another file."""
    last = file.stem.rpartition("-")[2]
    return int(last) if last.isdigit() else 0


def clear(files: Iterable[Path]) -> None:
    """Remove files; one that somebody still reads on Windows stays for the next time."""
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except PermissionError:
            continue
