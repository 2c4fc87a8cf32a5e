"""Image folders: the MVTec layout with kinds and masks, and plain folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.errors import DatasetError
from model.images import SUFFIXES as IMAGE_SUFFIXES
from model.images import picture_size, read_image

__all__ = [
    "GOOD_NAMES",
    "IMAGE_SUFFIXES",
    "Sample",
    "good_images",
    "image_files",
    "images_at",
    "listed_images",
    "natural",
    "read_defects",
    "read_mask",
    "read_test_set",
]

GOOD_NAMES = ("good", "ok", "normal")


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of a data set.

    Attributes:
        path: The image file.
        kind: Folder name: "good" or the kind of defect.
        is_defective: False for a good part.
        mask: File of the defect mask; None if no mask exists. A good part needs none; one that
            it has must be empty.
        product: Class of product ("cls_name" of meta.json); "" if not known.
    """

    path: Path
    kind: str
    is_defective: bool
    mask: Path | None = None
    product: str = ""


def image_files(folder: Path) -> tuple[Path, ...]:
    """Return the image files directly in a folder, numbers in names in numeric order.

    Raises:
        DatasetError: The folder is missing, cannot be listed or holds no image.
    """
    found = listed_images(folder)
    if not found:
        raise DatasetError(
            f"No image in {folder}; files ending in {', '.join(sorted(IMAGE_SUFFIXES))} are read."
        )
    return found


def images_at(path: Path) -> tuple[Path, ...]:
    """Return the file itself, or the images of a folder.

    Raises:
        DatasetError: Nothing is there, or the folder holds no image.
    """
    if Path(path).is_file():
        return (Path(path),)
    return image_files(path)


def good_images(root: Path) -> tuple[Path, ...]:
    """Return the normal images to learn from: `train/good` of a data set, or a plain folder.

    Raises:
        DatasetError: No image is there.
    """
    root = Path(root)
    for folder in (
        *(root / "train" / name for name in GOOD_NAMES),
        *(root / n for n in GOOD_NAMES),
    ):
        if folder.is_dir():
            return image_files(folder)
    return image_files(root)


def read_test_set(root: Path) -> tuple[Sample, ...]:
    """Return the test part of an MVTec-like data set.

    `test/good` and `test/<kind>` hold the images, `ground_truth/<kind>/<stem>_mask.png` or
    `<stem>.png` the masks; "ok" and "normal" are read as "good". A kind without masks counts on
    image level only.

    Raises:
        DatasetError: No test folder, no image in it, or a kind has masks for a part of its images.
    """
    root = Path(root)
    test = root / "test"
    if not test.is_dir():
        raise DatasetError(
            f"{root} has no folder 'test'; the layout test/good, test/<kind> and "
            "ground_truth/<kind> is needed."
        )
    kinds = sorted((entry for entry in test.iterdir() if entry.is_dir()), key=natural)
    samples = [sample for kind in kinds for sample in _samples_of(root, kind)]
    if not samples:
        raise DatasetError(f"No image in the folders of {test}.")
    return tuple(samples)


def _samples_of(root: Path, folder: Path) -> Iterator[Sample]:
    is_good = folder.name.lower() in GOOD_NAMES
    masks = root / "ground_truth" / folder.name
    for path in listed_images(folder):
        if is_good:
            yield Sample(path, "good", False)
        elif masks.is_dir():
            yield Sample(path, folder.name, True, _mask_of(path, masks))
        else:
            yield Sample(path, folder.name, True)


def _mask_of(image: Path, folder: Path) -> Path:
    for name in (f"{image.stem}_mask", image.stem):
        for suffix in (".png", *sorted(IMAGE_SUFFIXES - {".png"})):
            candidate = folder / f"{name}{suffix}"
            if candidate.is_file():
                return candidate
    raise DatasetError(
        f"The image {image} has no mask {image.stem}_mask.png or {image.stem}.png in {folder}; "
        "add it, or move images without masks to a kind of their own."
    )


def read_mask(sample: Sample, size: int) -> npt.NDArray[np.bool_]:
    """Return the (size, size) defect mask of a sample; all False for a good part.

    Non-zero is defective; resized with antialiased bilinear, cut at one half (spec section 7).

    Raises:
        DatasetError: The mask cannot be read, has another size than its image, or shows a
            defect on a good part; or a defective part has none.
    """
    if sample.is_defective and sample.mask is None:
        raise DatasetError(f"The image {sample.path} has no mask.")
    if sample.mask is None:
        return np.zeros((size, size), np.bool_)
    width, height = picture_size(sample.path)
    defective = read_defects(sample, height, width)
    picture = Image.fromarray(defective.astype(np.uint8) * 255)
    resized = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))
    return np.asarray(resized > 127.5, np.bool_)


def read_defects(sample: Sample, height: int, width: int) -> npt.NDArray[np.bool_]:
    """Return the (height, width) defect mask of a sample that has a mask file.

    Args:
        sample: Its mask is read; non-zero in any channel is defective.
        height: Of the sample's image, pixels.
        width: Of the sample's image, pixels.

    Raises:
        DatasetError: There is no mask, it cannot be read, has another size than the image, or
            shows a defect on a good part.
    """
    if sample.mask is None:
        raise DatasetError(f"The image {sample.path} has no mask.")
    defective = (read_image(sample.mask) > 0).any(axis=2)
    if defective.shape != (height, width):
        raise DatasetError(
            f"The mask {sample.mask} is {defective.shape[1]} x {defective.shape[0]} pixels, its "
            f"image {sample.path} is {width} x {height}; make the mask the size of its image."
        )
    if not sample.is_defective and defective.any():
        raise DatasetError(
            f"The image {sample.path} counts as good, but its mask {sample.mask} shows a defect; "
            "move the image to a kind of defect or remove the mask."
        )
    return np.asarray(defective, np.bool_)


def listed_images(folder: Path) -> tuple[Path, ...]:
    """Return the image files directly in a folder, in natural order; none for an empty one.

    Raises:
        DatasetError: The folder is missing or cannot be listed.
    """
    try:
        entries = list(Path(folder).iterdir())
    except OSError as error:
        raise DatasetError(
            f"Cannot read the folder {folder}: {error.strerror or error}."
        ) from error
    files = (path for path in entries if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file())
    return tuple(sorted((f for f in files if not f.name.startswith(".")), key=natural))


def natural(path: Path) -> list[tuple[int, str]]:
    """Sort key: digits compare as numbers, so 2 comes before 10."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
