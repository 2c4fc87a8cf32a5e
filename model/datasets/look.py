"""What one look at an image file tells: size, brightness, and what it looks like."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data import Sample, read_defects
from model.errors import DatasetError
from model.images import Picture, picture_size, read_image
from model.opencv import cv2

Detail = npt.NDArray[np.int8]

_CODED = 32
_LOW = 8
_FINE = 128
_BLUR = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Facts of one image and its mask.

    Attributes:
        sample: Which image.
        width: Pixels; 0 if the file cannot be read.
        height: Pixels; 0 if the file cannot be read.
        file_bytes: Size of the file.
        mean: Mean grey value, 0..255.
        deviation: Standard deviation of the grey values.
        digest: Hash of the pixels.
        code: 64 bits; similar pictures differ in few of them.
        detail: (16384,) int8 fine structure, see `detail_of`; None if the file cannot be read.
        trouble: Why the image cannot be used; "" if it can.
        mask_trouble: What is wrong with the mask: "", "missing", "empty", "good" (a defect on a
            good part), "size" or "unreadable".
        mask_message: The same in a sentence, "" if nothing is wrong.
    """

    sample: Sample
    width: int = 0
    height: int = 0
    file_bytes: int = 0
    mean: float = 0.0
    deviation: float = 0.0
    digest: bytes = b""
    code: int = 0
    detail: Detail | None = None
    trouble: str = ""
    mask_trouble: str = ""
    mask_message: str = ""


def look_at(sample: Sample) -> Look:
    """Read an image and its mask, and note what is wrong; nothing is raised for bad files."""
    try:
        picture = read_image(sample.path)
        file_bytes = sample.path.stat().st_size
    except DatasetError as error:
        return Look(sample, trouble=str(error))
    except OSError as error:
        return Look(sample, trouble=f"Cannot read the image {sample.path}: {error.strerror}.")
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    trouble, message = _mask(sample, picture)
    return Look(
        sample,
        width=picture.shape[1],
        height=picture.shape[0],
        file_bytes=file_bytes,
        mean=float(grey.mean()),
        deviation=float(grey.std()),
        digest=hashlib.blake2b(picture.data, digest_size=8).digest(),
        code=code_of(grey),
        detail=detail_of(grey),
        mask_trouble=trouble,
        mask_message=message,
    )


def code_of(grey: Picture) -> int:
    """Return 64 bits of a (H, W) grey picture: its lowest 8 x 8 cosine terms over their median.

    Brightness and contrast leave no trace (perceptual hash, Zauner 2010).
    """
    small = cv2.resize(grey, (_CODED, _CODED), interpolation=cv2.INTER_AREA)
    low = np.asarray(cv2.dct(np.asarray(small, np.float32)))[:_LOW, :_LOW].ravel()
    # the first term is the mean
    bits = low > np.median(low[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def detail_of(grey: Picture) -> Detail:
    """Return what is left of a (H, W) grey picture without its coarse light and shade.

    (128, 128) less its Gaussian blur of 4 pixels, in units of 1/16 of its own deviation, cut at
    +-127; flattened to (16384,) int8. Two pictures of the same thing correlate, whatever the
    exposure; two things under the same lamp do not.
    """
    small = np.asarray(cv2.resize(grey, (_FINE, _FINE), interpolation=cv2.INTER_AREA), np.float32)
    fine = small - np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR))
    fine -= fine.mean()
    scaled = 16 * fine / max(float(fine.std()), 1e-3)
    return np.asarray(np.clip(np.rint(scaled), -127, 127), np.int8).ravel()


def _mask(sample: Sample, picture: Picture) -> tuple[str, str]:
    if sample.mask is None:
        return ("missing", "") if sample.is_defective else ("", "")
    height, width = picture.shape[:2]
    try:
        defects = read_defects(sample, height, width)
    except DatasetError as error:
        return _blame(sample, width, height), str(error)
    if sample.is_defective and not defects.any():
        return "empty", f"The mask {sample.mask} of {sample.path} shows no defect."
    return "", ""


def _blame(sample: Sample, width: int, height: int) -> str:
    """Tell which of the three things is wrong with a mask that was refused."""
    try:
        read_image(sample.mask or sample.path)
    except DatasetError:
        return "unreadable"
    return "good" if picture_size(sample.mask or sample.path) == (width, height) else "size"
