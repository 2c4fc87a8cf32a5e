"""The pictures on which `export` compares: of a folder, or a few of the demo line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.camera.uri import source_for
from app.commands.export_forms import Pictures
from model.data import image_files
from model.images import SUFFIXES, read_image

_DEMO_PICTURES = 6


def files_of(folder: Path) -> list[Path]:
    """Return the pictures anywhere below a folder, by name.

    Raises:
        DatasetError: It is missing or holds none.
    """
    found = [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in SUFFIXES]
    return found or list(image_files(folder))


def pictures_of(folder: Path | None) -> Pictures:
    """Return the pictures of a folder by name, or a few of the demo line.

    Raises:
        DatasetError: The folder is missing or holds none.
        ModelError: A file is no picture.
    """
    if folder is not None:
        files = files_of(folder)
        return [(file.relative_to(folder).as_posix(), read_image(file)) for file in files]
    source = source_for("sim:seed=7,fps=0,defects=0.5,size=640x512")
    source.open()
    try:
        frames = [source.read() for _ in range(_DEMO_PICTURES)]
    finally:
        source.close()
    return [(f"demo {frame.number}", np.asarray(frame.image)) for frame in frames]
