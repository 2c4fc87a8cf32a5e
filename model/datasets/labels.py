"""Pictures with product and state: folders `<class>/<state>/*`, a table, or any known data set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model.data import GOOD_NAMES, Sample
from model.datasets.collection import read_collection
from model.datasets.folders import MASK_FOLDERS, has_images, some_images, subfolders
from model.datasets.label_sheet import is_label_sheet, read_label_sheet
from model.datasets.readers import PHASES
from model.errors import DatasetError

_NO_CLASSES = (*PHASES, *MASK_FOLDERS)


def read_labelled(source: Path, images: Path | None = None) -> tuple[Sample, ...]:
    """Return the labelled pictures of a data set; the files are listed, not opened.

    Args:
        source: A CSV file with the columns file_name and class and state, or label; or a folder
            `<class>/<state>/*`; or a data set in any layout that `read_collection` knows, all
            of whose parts are taken.
        images: Folder that the names in a CSV file count from; its own folder if left out.

    Raises:
        DatasetError: It is none of these, is empty, or cannot be read.
    """
    source = Path(source)
    if source.is_file() and source.suffix.lower() == ".csv" and is_label_sheet(source):
        return tuple(read_label_sheet(source, images or source.parent))
    if images is not None:
        raise DatasetError(
            f"A folder of images goes with a CSV file that has the column file_name; {source} is "
            "none."
        )
    if source.is_dir() and is_label_tree(source):
        return tuple(_tree(source))
    found = read_collection(source)
    return (*found.train, *found.test)


def is_label_tree(root: Path) -> bool:
    """Tell whether a folder is `<class>/<state>/*`: no phases, pictures at the second level.

    Raises:
        DatasetError: A folder cannot be listed.
    """
    classes = subfolders(root)
    if any(one.name.lower() in _NO_CLASSES or has_images(one) for one in classes):
        return False
    states = [state for one in classes for state in subfolders(one)]
    if any(state.name.lower() in _NO_CLASSES for state in states):
        return False
    return any(has_images(state) for state in states)


def state_of(name: str) -> str:
    """Return the name of a state: "good" for all names of good parts, else as it is."""
    return "good" if name.lower() in GOOD_NAMES else name


def _tree(root: Path) -> Iterator[Sample]:
    for product in subfolders(root):
        for folder in subfolders(product):
            state = state_of(folder.name)
            for path in some_images(folder):
                yield Sample(path, state, state != "good", None, product.name)
