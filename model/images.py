"""Image files and pixel formats: every picture becomes (H, W, 3) uint8 BGR here."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.atomic import whole_file
from model.errors import DatasetError, ModelError
from model.opencv import cv2

Picture = npt.NDArray[np.uint8]

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
MIN_SIDE = 32
MAX_SIDE = 8192

_PNG_END = b"IEND\xaeB`\x82"
_JPEG_END = b"\xff\xd9"


def to_bgr(image: npt.NDArray[Any]) -> Picture:
    """Return any camera picture as (H, W, 3) uint8 BGR, C-contiguous.

    Args:
        image: (H, W), (H, W, 1) grey, (H, W, 3) BGR or (H, W, 4) BGRA; uint8, or uint16 on its
            full range of 0..65535 (the brightness is never stretched by the picture itself: two
            equal parts must look equal). Alpha is dropped.

    Raises:
        ModelError: Another shape or type.
    """
    if image.dtype not in (np.uint8, np.uint16):
        raise ModelError(
            f"The picture has pixels of type {image.dtype}; 8 or 16 bit unsigned pixels are needed."
        )
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or 0 in image.shape:
        raise ModelError(f"The picture has the shape {image.shape}; grey, BGR or BGRA is needed.")
    if image.dtype == np.uint16:
        # 65535 / 257 = 255; one multiplication rounds to nearest
        image = cv2.convertScaleAbs(image, alpha=1 / 257).reshape(image.shape)
    if image.shape[2] == 1:
        return np.ascontiguousarray(np.repeat(image, 3, axis=2))
    return np.ascontiguousarray(image[:, :, :3])


def check_size(image: npt.NDArray[Any]) -> None:
    """Refuse a picture with a side outside 32..8192 pixels.

    Raises:
        ModelError: The picture is too small or too large.
    """
    height, width = image.shape[:2]
    if min(height, width) < MIN_SIDE or max(height, width) > MAX_SIDE:
        raise ModelError(
            f"The picture is {width} x {height} pixels; both sides must be between {MIN_SIDE} "
            f"and {MAX_SIDE}."
        )


def read_image(path: Path) -> Picture:
    """Read an image file as (H, W, 3) uint8 BGR; EXIF orientation is ignored (spec section 7).

    The bytes are read by Python, since OpenCV cannot open non-ASCII paths on Windows.

    Raises:
        DatasetError: The file is missing, cut off, or not an image that OpenCV can read.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DatasetError(f"Cannot read the image {path}: {error.strerror or error}.") from error
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    except cv2.error as error:
        raise DatasetError(f"The image {path} cannot be decoded; replace the file.") from error
    if image is None or not _is_complete(data):
        raise DatasetError(f"The image {path} is damaged or not an image; replace the file.")
    try:
        return to_bgr(image)
    except ModelError as error:
        raise DatasetError(f"The image {path} cannot be used. {error}") from error


def picture_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of an image file from its header alone, pixels.

    Raises:
        DatasetError: The file is missing or no image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                return picture.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DatasetError(f"The image {path} is damaged or not an image; replace it.") from error


def _is_complete(data: bytes) -> bool:
    """Tell whether the file has its end: OpenCV silently fills what is cut off with grey."""
    if data.startswith(b"\x89PNG"):
        return _PNG_END in data[-64:] or _loads(data)
    if data.startswith(b"\xff\xd8"):
        return data.endswith(_JPEG_END) or _loads(data)
    return True


def _loads(data: bytes) -> bool:
    """Decode with Pillow, which refuses a cut-off file but lets bytes after the end pass."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                picture.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True


def write_image(path: Path, image: npt.NDArray[Any], *, jpeg_quality: int = 92) -> None:
    """Write an image in the format of the suffix; the file appears whole or not at all.

    Args:
        path: Destination; its folder must exist.
        image: (H, W) or (H, W, 3 or 4), uint8 or (PNG, TIFF) uint16, BGR.
        jpeg_quality: 0..100, for JPEG only.

    Raises:
        DatasetError: The format is unknown or the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DatasetError(
            f"Cannot write {path}: unknown image format; use one of {', '.join(sorted(SUFFIXES))}."
        )
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality] if suffix in {".jpg", ".jpeg"} else []
    try:
        encoded, data = cv2.imencode(suffix, np.ascontiguousarray(image), options)
    except cv2.error as error:
        raise DatasetError(f"Cannot write {path}: the picture cannot be encoded.") from error
    if not encoded:
        raise DatasetError(f"Cannot write {path}: the picture cannot be encoded.")
    try:
        with whole_file(path) as part:
            part.write_bytes(data.tobytes())
    except OSError as error:
        raise DatasetError(f"Cannot write {path}: {error.strerror or error}.") from error
