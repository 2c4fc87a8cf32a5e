"""Data sets of one's own: good and defective pictures in two folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model.data import GOOD_NAMES, Sample
from model.datasets.folders import MASK_FOLDERS, child, has_images, subfolders
from model.datasets.readers import of_specie

GOOD = (*GOOD_NAMES, "pass", "good_parts")
BAD = ("ng", "bad", "defective", "defect", "defects", "anomaly", "anomalous", "abnormal", "nok")


def is_custom(root: Path) -> bool:
    """Tell whether the root, or each class below it, has a folder of good or defective parts."""
    return _has_parts(root) or bool(_classes(root))


def read_custom(root: Path) -> Iterator[tuple[str, Sample]]:
    """Yield (phase, sample) of `ok/` and `ng/`, or of `<class>/ok` and `<class>/ng`.

    Other names do as well: good or normal; bad, defective, anomaly ... Sub-folders of `ng` are
    kinds of defect, and so is any other folder with images beside `ok`. Masks lie in `masks/`
    (or `ground_truth/`), in sub-folders of the same names or not. There are no phases, so
    everything is "test", as in the published files.

    Raises:
        DatasetError: The folder of good or of defective parts is empty or cannot be read.
    """
    for folder in [root] if _has_parts(root) else _classes(root):
        truth = child(folder, *MASK_FOLDERS)
        for specie in _species(folder):
            inner = child(specie, *MASK_FOLDERS) if truth is None else truth
            for sample in of_specie(specie, inner, GOOD, folder.resolve().name):
                yield "test", sample


def _species(folder: Path) -> Iterator[Path]:
    has_good = child(folder, *GOOD) is not None
    for specie in subfolders(folder):
        name = specie.name.lower()
        is_kind = has_good and name not in MASK_FOLDERS and _has_any(specie)
        if is_kind or name in (*GOOD, *BAD):
            yield specie


def _has_any(folder: Path) -> bool:
    return any(has_images(one) for one in (folder, *subfolders(folder)))


def _has_parts(folder: Path) -> bool:
    return child(folder, *GOOD, *BAD) is not None


def _classes(root: Path) -> list[Path]:
    return [one for one in subfolders(root) if _has_parts(one)]
