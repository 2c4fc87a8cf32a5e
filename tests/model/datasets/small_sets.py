"""The 17 data sets in miniature: the folders of each, with pictures of a few pixels."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

from model.datasets.layouts import LAYOUTS
from model.images import write_image

SIDE = 32


def picture(path: Path, seed: int = 0, side: int = SIDE) -> Path:
    """Write a random picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    write_image(path, values)
    return path


def mask(path: Path, side: int = SIDE, *, empty: bool = False) -> Path:
    """Write a mask with a square in its upper left corner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.zeros((side, side), np.uint8)
    values[: side // 4, : side // 4] = 0 if empty else 255
    write_image(path, values)
    return path


def _product(root: Path, good: str, bad: str, name: Callable[[int], str]) -> None:
    for number in (0, 1, 10):
        picture(root / "train" / good / f"{number:03}.png", number)
    picture(root / "test" / good / "000.png", 20)
    for number in (2, 3):
        picture(root / "test" / bad / f"{number:03}.png", 30 + number)
        mask(root / "ground_truth" / bad / name(number))


def _mvtec(root: Path) -> None:
    for product in ("bottle", "carpet"):
        _product(root / product, "good", "broken", lambda n: f"{n:03}_mask.png")


def _visa(root: Path) -> None:
    rows = [
        ("candle", "train", "normal", "candle/Data/Images/Normal/0000.JPG", ""),
        ("candle", "test", "normal", "candle/Data/Images/Normal/0001.JPG", ""),
        (
            "candle",
            "test",
            "anomaly",
            "candle/Data/Images/Anomaly/000.JPG",
            "candle/Data/Masks/Anomaly/000.png",
        ),
    ]
    for number, (_, _, _, image, truth) in enumerate(rows):
        picture(root / image, number)
        if truth:
            mask(root / truth)
    (root / "split_csv").mkdir()
    with (root / "split_csv" / "1cls.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("object", "split", "label", "image", "mask"), *rows])


def _mpdd(root: Path) -> None:
    _product(root / "tubes", "good", "anomalous", lambda n: f"{n:03}_mask.png")


def _btad(root: Path) -> None:
    _product(root / "01", "ok", "ko", lambda n: f"{n:03}.bmp")
    _product(root / "03", "ok", "ko", lambda n: f"{n:03}.png")


def _sdd(root: Path) -> None:
    # masks under names of their own: paired by place
    _product(root / "electrical commutators", "good", "defect", lambda n: f"truth{n}.bmp")


def _dagm(root: Path) -> None:
    for phase, numbers in (("Train", (1, 2)), ("Test", (3, 4))):
        for number in numbers:
            picture(root / "Class1" / phase / f"{number:04}.PNG", number)
        mask(root / "Class1" / phase / "Label" / f"{numbers[1]:04}_label.PNG")


def _dtd(root: Path) -> None:
    _product(root / "Woven_001", "good", "bad", lambda n: f"{n:03}_mask.png")


def _kinds(root: Path, *names: str) -> None:
    for name in names:
        for number in (0, 1):
            picture(root / name / f"{name} {number}.jpg", number)


def _headct(root: Path) -> None:
    _kinds(root / "brain" / "test", "good", "hemorrhage")


def _brainmri(root: Path) -> None:
    _kinds(root / "brain_tumor_dataset", "no", "yes")


def _br35h(root: Path) -> None:
    _kinds(root, "no", "yes", "pred")


def _covid(root: Path) -> None:
    _kinds(root, "NORMAL", "COVID")


def _isic(root: Path) -> None:
    truth = root / "skin" / "ISBI2016_ISIC_Part1_Test_GroundTruth"
    for number in (3, 12):
        picture(root / "skin" / "ISBI2016_ISIC_Part1_Test_Data" / f"ISIC_{number:07}.jpg", number)
        mask(truth / f"ISIC_{number:07}_Segmentation.png")


def _polyps(root: Path) -> None:
    for number in (1, 2, 10):
        picture(root / "images" / f"{number}.png", number)
        mask(root / "masks" / f"{number}.png")


def _endo(root: Path) -> None:
    _polyps(root)
    picture(root / "good" / "7.png", 7)


def _tn3k(root: Path) -> None:
    picture(root / "test-image" / "0000.jpg")
    mask(root / "test-mask" / "0000.jpg")


MAKERS: dict[str, Callable[[Path], None]] = {
    "mvtec": _mvtec,
    "visa": _visa,
    "mpdd": _mpdd,
    "btad": _btad,
    "sdd": _sdd,
    "dagm": _dagm,
    "dtd": _dtd,
    "headct": _headct,
    "brainmri": _brainmri,
    "br35h": _br35h,
    "covid": _covid,
    "isic": _isic,
    "colondb": _polyps,
    "clinicdb": _polyps,
    "kvasir": _polyps,
    "endo": _endo,
    "tn3k": _tn3k,
}

# name: (classes, train, test, defective in test, masks in test)
EXPECTED: dict[str, tuple[tuple[str, ...], int, int, int, int]] = {
    "mvtec": (("carpet", "bottle"), 6, 6, 4, 4),
    "visa": (("candle",), 1, 2, 1, 1),
    "mpdd": (("tubes",), 3, 3, 2, 2),
    "btad": (("01", "03"), 6, 6, 4, 4),
    "sdd": (("electrical commutators",), 3, 3, 2, 2),
    "dagm": (("Class1",), 2, 2, 1, 1),
    "dtd": (("Woven_001",), 3, 3, 2, 2),
    "headct": (("brain",), 0, 4, 2, 0),
    "brainmri": (("brain",), 0, 4, 2, 0),
    "br35h": (("brain",), 0, 4, 2, 0),
    "covid": (("chest",), 0, 4, 2, 0),
    "isic": (("skin",), 0, 2, 2, 2),
    "colondb": (("colon",), 0, 3, 3, 3),
    "clinicdb": (("colon",), 0, 3, 3, 3),
    "kvasir": (("colon",), 0, 3, 3, 3),
    "endo": (("colon",), 0, 4, 3, 3),
    "tn3k": (("thyroid",), 0, 1, 1, 1),
}
NAMES = tuple(layout.name for layout in LAYOUTS)
