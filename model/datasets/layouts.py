"""The known data sets as data: the folders, classes and names of each (spec section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.errors import DatasetError


@dataclass(frozen=True, slots=True)
class Layout:
    """How one data set lies on the disk.

    Attributes:
        name: Our name of it, unique.
        title: Name in the papers.
        option: Its word for `--dataset` in the published scripts; some share one.
        form: Name of the reader: "products", "list", "labels" or "folders".
        products: Classes in the order of the reports; empty for whatever is there.
        good: Folder names, or labels, of normal parts.
        level: What can be measured: "image", "pixel" or "both".
        folder: Where the class lies below the root; "" for the root itself ("folders" only).
        only: Folders that are read; empty for all ("folders" only).
        masks: Folder of the masks ("folders" only).
        kind: Name of all defects; "" for the names of their folders.
    """

    name: str
    title: str
    option: str
    form: str
    products: tuple[str, ...]
    good: tuple[str, ...] = ("good",)
    level: str = "both"
    folder: str = ""
    only: tuple[str, ...] = ()
    masks: str = ""
    kind: str = ""


_MVTEC = (
    "carpet bottle hazelnut leather cable capsule grid pill transistor metal_nut screw "
    "toothbrush zipper tile wood"
)
_VISA = "candle capsules cashew chewinggum fryum macaroni1 macaroni2 pcb1 pcb2 pcb3 pcb4 pipe_fryum"
_MPDD = "bracket_black bracket_brown bracket_white connector metal_plate tubes"
_DTD = (
    "Woven_001 Woven_127 Woven_104 Stratified_154 Blotchy_099 Woven_068 Woven_125 Marbled_078 "
    "Perforated_037 Mesh_114 Fibrous_183 Matted_069"
)


def _polyps(name: str, title: str) -> Layout:
    return Layout(
        name,
        title,
        "colon",
        "folders",
        ("colon",),
        good=(),
        level="pixel",
        only=("images",),
        masks="masks",
        kind="polyp",
    )


LAYOUTS: tuple[Layout, ...] = (
    Layout("mvtec", "MVTec AD", "mvtec", "products", tuple(_MVTEC.split())),
    Layout("visa", "VisA", "visa", "list", tuple(_VISA.split()), good=("normal",)),
    Layout("mpdd", "MPDD", "mpdd", "products", tuple(_MPDD.split())),
    Layout("btad", "BTAD", "btad", "products", ("01", "02", "03"), good=("ok",)),
    Layout("sdd", "SDD", "SDD", "products", ("electrical commutators",)),
    Layout(
        "dagm",
        "DAGM",
        "DAGM_KaggleUpload",
        "labels",
        tuple(f"Class{number}" for number in range(1, 11)),
        kind="defect",
    ),
    Layout("dtd", "DTD-Synthetic", "DTD", "products", tuple(_DTD.split())),
    Layout("headct", "HeadCT", "brain", "products", ("brain",), level="image"),
    Layout(
        "brainmri",
        "BrainMRI",
        "brain",
        "folders",
        ("brain",),
        good=("no",),
        level="image",
        folder="brain_tumor_dataset",
        only=("no", "yes"),
    ),
    Layout(
        "br35h",
        "Br35H",
        "brain",
        "folders",
        ("brain",),
        good=("no",),
        level="image",
        only=("no", "yes"),
    ),
    Layout("covid", "COVID-19", "Chest", "folders", ("chest",), good=("normal",), level="image"),
    Layout(
        "isic",
        "ISIC",
        "ISBI",
        "folders",
        ("skin",),
        level="pixel",
        folder="skin",
        masks="ISBI2016_ISIC_Part1_Test_GroundTruth",
        kind="lesion",
    ),
    _polyps("colondb", "CVC-ColonDB"),
    _polyps("clinicdb", "CVC-ClinicDB"),
    _polyps("kvasir", "Kvasir"),
    Layout(
        "endo",
        "Endo",
        "colon",
        "folders",
        ("colon",),
        level="pixel",
        masks="masks",
        kind="polyp",
    ),
    Layout(
        "tn3k",
        "TN3K",
        "thyroid",
        "folders",
        ("thyroid",),
        good=(),
        level="pixel",
        only=("test-image",),
        masks="test-mask",
        kind="nodule",
    ),
)


def known(dataset: str) -> tuple[Layout, ...]:
    """Return the layouts of a name: ours, or the word of the published scripts.

    Upper and lower case, blanks, "-" and "_" are the same. Words such as "colon" and "brain",
    which several data sets share, give several layouts.

    Raises:
        DatasetError: The name is unknown; the message lists the known ones.
    """
    wanted = _plain(dataset)
    by_name = tuple(one for one in LAYOUTS if wanted in (_plain(one.name), _plain(one.title)))
    found = by_name or tuple(one for one in LAYOUTS if wanted == _plain(one.option))
    if not found:
        raise DatasetError(
            f"There is no data set {dataset!r}; known are {listed(LAYOUTS)}. Leave the name out "
            "for a data set of your own."
        )
    return found


def listed(layouts: Sequence[Layout]) -> str:
    """Return the names of layouts for a sentence."""
    return ", ".join(one.name for one in layouts)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
