"""Readers of the known layouts: folders in, samples with their phase out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from model.data import GOOD_NAMES, Sample, listed_images
from model.datasets.folders import (
    MASK_FOLDERS,
    child,
    has_images,
    kinds_below,
    some_images,
    subfolders,
)
from model.datasets.layouts import Layout
from model.datasets.pairing import mask_folder, paired, parted
from model.datasets.sheet import read_sheet
from model.errors import DatasetError

PHASES = ("train", "test")
Found = Iterator[tuple[str, Sample]]


def read_layout(root: Path, layout: Layout) -> Found:
    """Yield (phase, sample) of a data set; phases are "train" and "test".

    Raises:
        DatasetError: The layout is not there, or a class or kind of it is empty.
    """
    return READERS[layout.form](Path(root), layout)


def fits(root: Path, layout: Layout) -> bool:
    """Tell whether the folders of a layout are there, at the first glance."""
    if layout.form == "list":
        return (root / "split_csv" / "1cls.csv").is_file()
    if layout.form != "folders":
        found = [child(root, product) for product in layout.products]
        labelled = layout.form == "labels"
        return any(one and (not labelled or _has_labels(one)) for one in found)
    start = child(root, layout.folder) if layout.folder else root
    return start is not None and all(child(start, name) for name in layout.only)


def _has_labels(folder: Path) -> bool:
    phases = [child(folder, phase) for phase in PHASES]
    return any(phase is not None and child(phase, "Label") for phase in phases)


def products(root: Path, layout: Layout) -> Found:
    """MVTec AD and its kin: class/{train,test}/kind, masks in class/ground_truth/kind.

    A root that itself holds train/ or test/ is one class, with the name of its folder.
    """
    if child(root, *PHASES) is not None:
        yield from _product(root, root.name, layout)
        return
    for name, folder in _classes(root, layout):
        yield from _product(folder, name, layout)


def _classes(root: Path, layout: Layout) -> list[tuple[str, Path]]:
    if not layout.products:
        # whatever looks like one; other folders are no classes
        return [(one.name, one) for one in subfolders(root) if child(one, *PHASES) is not None]
    found = [(name, child(root, name)) for name in layout.products]
    here = [(name, folder) for name, folder in found if folder is not None]
    if not here:
        raise DatasetError(
            f"{root} is not {layout.title}: it has none of the folders "
            f"{', '.join(layout.products)}."
        )
    return here


def _product(folder: Path, name: str, layout: Layout) -> Found:
    truth = child(folder, "ground_truth")
    empty = True
    for phase in PHASES:
        start = child(folder, phase)
        for specie in subfolders(start) if start is not None else ():
            empty = False
            for sample in of_specie(specie, truth, (*layout.good, *GOOD_NAMES), name):
                yield phase, sample
    if empty:
        raise DatasetError(
            f"The class {name} in {folder} has no image in folders such as test/good; add some or "
            "remove it."
        )


def of_specie(
    specie: Path, truth: Path | None, good: Sequence[str], product: str
) -> Iterator[Sample]:
    """Yield the samples of one folder: good parts, or one or several kinds of defect.

    Args:
        specie: The folder; its sub-folders are kinds of their own, or more good parts.
        truth: Folder of all masks, if any.
        good: Names of folders of good parts, lower case.
        product: Class of the samples.

    Raises:
        DatasetError: A kind is empty.
    """
    is_good = specie.name.lower() in good
    for kind, images in kinds_below(specie):
        folder, own = mask_folder(truth, images.relative_to(specie.parent))
        pictures, beside = parted(some_images(images))
        masks = beside if folder is None else listed_images(folder)
        for image, mask in paired(pictures, masks, by_place=own and not is_good):
            yield Sample(image, "good" if is_good else kind, not is_good, mask, product)


def labels(root: Path, layout: Layout) -> Found:
    """DAGM: class/{Train,Test}/*.PNG; defective is what has a mask in the folder Label."""
    for name, folder in _classes(root, layout):
        for phase in PHASES:
            start = child(folder, phase)
            if start is None:
                raise DatasetError(f"The class {name} has no folder {phase} in {folder}.")
            for image, mask in paired(some_images(start), _masks(start, "Label")):
                kind = "good" if mask is None else layout.kind
                yield phase, Sample(image, kind, mask is not None, mask, name)


def _masks(start: Path, name: str) -> tuple[Path, ...]:
    folder = child(start, name)
    return listed_images(folder) if folder is not None else ()


def folders(root: Path, layout: Layout) -> Found:
    """Sets of one class without phases: one folder per kind, all of it is test."""
    start = child(root, layout.folder) if layout.folder else root
    if start is None or not start.is_dir():
        raise DatasetError(f"{root} is not {layout.title}: it has no folder {layout.folder}.")
    kinds = [one for one in subfolders(start) if _is_kind(one, layout)]
    missing = {name.lower() for name in layout.only} - {one.name.lower() for one in kinds}
    if missing or not kinds:
        wanted = ", ".join(sorted(missing)) or "of images"
        raise DatasetError(f"{start} is not {layout.title}: it has no folder {wanted}.")
    masks = _masks(start, layout.masks) if layout.masks else ()
    for folder in kinds:
        images = folder if has_images(folder) else child(folder, "images") or folder
        is_good = folder.name.lower() in layout.good
        kind = "good" if is_good else layout.kind or folder.name
        for image, mask in paired(some_images(images), masks, by_place=not is_good):
            yield "test", Sample(image, kind, not is_good, mask, layout.products[0])


def _is_kind(folder: Path, layout: Layout) -> bool:
    name = folder.name.lower()
    if layout.only:
        return name in {one.lower() for one in layout.only}
    return name not in (layout.masks.lower(), *MASK_FOLDERS)


def table(root: Path, layout: Layout) -> Found:
    """VisA: split_csv/1cls.csv with object, split, label, image and mask."""
    sheet = root / "split_csv" / "1cls.csv"
    if not sheet.is_file():
        raise DatasetError(f"{root} is not {layout.title}: it has no file split_csv/1cls.csv.")
    return read_sheet(sheet, root)


READERS: dict[str, Callable[[Path, Layout], Found]] = {
    "products": products,
    "labels": labels,
    "folders": folders,
    "list": table,
}
