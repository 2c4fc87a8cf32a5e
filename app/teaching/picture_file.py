"""Pictures written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from app.camera.frame import Image
from app.errors import StoreError
from app.i18n import tr
from model.atomic import whole_file
from model.opencv import cv2


def write_picture(file: Path, image: Image) -> None:
    """Write a picture in the format of the file's suffix.

    Args:
        file: Its folder is made if it is missing.
        image: (H, W, 3) or (H, W) uint8.

    Raises:
        StoreError: It cannot be written.
    """
    is_good, data = cv2.imencode(file.suffix, image)
    try:
        if not is_good:
            raise OSError(f"no {file.suffix} can be made of it")
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as part:
            data.tofile(part)  # not cv2.imwrite: it fails on Korean paths on Windows
    except OSError as error:
        raise StoreError(
            tr("{file} cannot be written: {error}. Check the disk and its rights.").format(
                file=file, error=error.strerror or error
            )
        ) from error
