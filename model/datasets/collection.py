"""A labelled data set as one value, however it lies on the disk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from model.data import Sample
from model.datasets.custom import is_custom, read_custom
from model.datasets.folders import child, subfolders
from model.datasets.layouts import LAYOUTS, Layout, known, listed
from model.datasets.meta import FILE as META
from model.datasets.meta import read_meta
from model.datasets.readers import PHASES, fits, read_layout
from model.datasets.sheet import is_sheet, read_sheet
from model.errors import DatasetError

Found = Iterable[tuple[str, Sample]]

# Folders that no other data set has; the rest must be named.
_UNMISTAKABLE = ("visa", "dagm", "brainmri", "br35h", "isic", "tn3k")
_OWN = Layout("own", "a data set in the layout of MVTec AD", "", "products", ())


@dataclass(frozen=True, slots=True)
class Collection:
    """The images of a data set. The files are listed, not opened.

    Attributes:
        root: Folder of the data set.
        name: Name of the data set: that of a known one, or of the folder.
        train: Images of the training part; empty where the data set has no phases.
        test: All others. The defective ones lie here, and those to fine-tune with are drawn
            from them.
    """

    root: Path
    name: str
    train: tuple[Sample, ...]
    test: tuple[Sample, ...]

    @property
    def products(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the reports."""
        return tuple(dict.fromkeys(one.product for one in (*self.train, *self.test)))


def read_collection(root: Path, dataset: str | None = None) -> Collection:
    """Read a data set: its meta.json if there is one, else its folders.

    Args:
        root: A folder in one of the 17 known layouts, in that of MVTec AD with one class or
            several, with `ok/` and `ng/`, or with a CSV file; or such a CSV or JSON file itself.
        dataset: Name of a known data set; None finds out by the folders.

    Raises:
        DatasetError: The name is unknown, the layout is not recognised, a class is empty, or a
            file cannot be read.
    """
    layouts = known(dataset) if dataset is not None else ()
    root = Path(root)
    name = layouts[0].name if layouts else root.resolve().stem
    if root.suffix.lower() == ".json" and root.is_file():
        return _collected(root.parent, name, read_meta(root, root.parent))
    if (root / META).is_file():
        return _collected(root, name, read_meta(root / META, root))
    return scan(root, dataset)


def scan(root: Path, dataset: str | None = None) -> Collection:
    """Read a data set from its folders, whatever an earlier meta.json says.

    Args:
        root: As in `read_collection`.
        dataset: As in `read_collection`.

    Raises:
        DatasetError: As `read_collection`.
    """
    root = Path(root)
    layouts = known(dataset) if dataset is not None else ()
    if not root.exists():
        raise DatasetError(f"There is no folder {root}.")
    if layouts:
        layout = next((one for one in layouts if fits(root, one)), layouts[0])
        return _collected(root, layout.name, read_layout(root, layout))
    folder = root if root.is_dir() else root.parent
    return _collected(folder, root.resolve().stem, _recognised(root))


def _recognised(root: Path) -> Found:
    """Read a root of which nothing is known but what lies in it."""
    if root.is_file():
        return read_sheet(root, root.parent, root.resolve().parent.name)
    for layout in LAYOUTS:
        if layout.name in _UNMISTAKABLE and fits(root, layout):
            return read_layout(root, layout)
    if child(root, *PHASES) or any(child(one, *PHASES) for one in subfolders(root)):
        return read_layout(root, _OWN)
    if is_custom(root):
        return read_custom(root)
    sheets = [file for file in sorted(root.glob("*.csv")) if is_sheet(file)]
    if len(sheets) == 1:
        return read_sheet(sheets[0], root, root.resolve().name)
    raise DatasetError(
        f"{root} is no data set in a known form: it needs meta.json, test/good and test/<kind>, "
        "the folders ok and ng, or one CSV file with path and label; or give the name of the data "
        f"set: {listed(LAYOUTS)}."
    )


def _collected(root: Path, name: str, found: Found) -> Collection:
    phases: dict[str, list[Sample]] = {phase: [] for phase in PHASES}
    for phase, sample in found:
        phases[phase].append(sample)
    if not any(phases.values()):
        raise DatasetError(f"There is no image in the data set {root}.")
    return Collection(root, name, tuple(phases["train"]), tuple(phases["test"]))
