"""Which mask belongs to which image: by name, else by place in the sorted lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from model.datasets.folders import child, has_images

_BESIDE = "_mask"
_ENDINGS = ("", "_mask", "_label", "_segmentation", "_gt", "_groundtruth", "_ground_truth")


def paired(
    images: Sequence[Path], masks: Sequence[Path], *, by_place: bool = False
) -> Iterator[tuple[Path, Path | None]]:
    """Yield each image with its mask, None where there is none.

    A mask has the image's name, or that name with one of the endings of the known data sets
    ("_mask", "_label", "_Segmentation" ...).

    Args:
        images: In natural order.
        masks: In natural order; empty for none.
        by_place: Where not one name fits and there are as many masks as images, the n-th mask
            belongs to the n-th image, as in the published scripts.
    """
    by_name = {mask.stem.lower(): mask for mask in reversed(masks)}
    found = [_named(image, by_name) for image in images]
    if by_place and not any(found) and len(masks) == len(images):
        found = list(masks)
    yield from zip(images, found, strict=True)


def parted(files: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Divide the files of a folder into images and masks that lie beside them.

    "7_mask.png" is a mask only where there is an image "7".
    """
    stems = {file.stem.lower() for file in files}
    is_mask = [_base(file) in stems for file in files]
    images = tuple(file for file, mask in zip(files, is_mask, strict=True) if not mask)
    return images, tuple(file for file, mask in zip(files, is_mask, strict=True) if mask)


def mask_folder(truth: Path | None, relative: Path) -> tuple[Path | None, bool]:
    """Return where the masks of a folder of images lie, and whether it is theirs alone.

    Args:
        truth: Folder of all masks, if any.
        relative: The folder of images below its phase, e.g. "scratch" or "ng/scratch". Looked
            for as truth/ng/scratch, truth/scratch, truth/ng and truth itself.
    """
    if truth is None:
        return None, False
    whole = truth
    for part in relative.parts:
        whole = child(whole, part) or whole / part
    own = (whole, child(truth, relative.name))
    for folder in own:
        if folder is not None and has_images(folder):
            return folder, True
    for folder in (child(truth, relative.parts[0]), truth):
        if folder is not None and has_images(folder):
            return folder, False
    return None, False


def _base(file: Path) -> str | None:
    stem = file.stem.lower()
    return stem.removesuffix(_BESIDE) if stem.endswith(_BESIDE) else None


def _named(image: Path, by_name: dict[str, Path]) -> Path | None:
    stem = image.stem.lower()
    return next((by_name[stem + end] for end in _ENDINGS if stem + end in by_name), None)
