"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; on success it becomes `path`, on failure it is gone.

    The content is on the disk before the name changes, so a power cut leaves the old file
    or the new one.
    """
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.part")
    try:
        yield part
        with part.open("r+b") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write to; on success it becomes `folder`, on failure it is gone.

    Args:
        folder: Missing or empty.

    Raises:
        OSError: It cannot be written, or is not empty.
    """
    part = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:12]}.part")
    try:
        part.mkdir(parents=True)
        yield part
        if folder.is_dir():
            folder.rmdir()
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
