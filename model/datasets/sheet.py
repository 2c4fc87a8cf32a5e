"""Data sets listed in a CSV file: a line per image."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from model.data import GOOD_NAMES, Sample
from model.datasets.entry_path import resolved
from model.errors import DatasetError

_COLUMNS = {
    "path": ("path", "image", "img_path", "file", "filename"),
    "label": ("label", "class", "verdict"),
    "mask": ("mask", "mask_path"),
    "product": ("product", "object", "cls_name"),
    "phase": ("split", "phase"),
    "kind": ("kind", "specie_name", "defect"),
}
_HEAD = re.compile(r"[,;\t]")
_GOOD = (*GOOD_NAMES, "0", "no", "false", "pass")
_BAD = ("1", "ng", "bad", "anomaly", "defect", "defective", "yes", "true", "fail")


def is_sheet(file: Path) -> bool:
    """Tell whether the first line names the columns of a list of images.

    Raises:
        DatasetError: The file cannot be read.
    """
    names = {
        name.strip().strip('"').lower() for name in _HEAD.split(_text(file).partition("\n")[0])
    }
    return all(any(word in names for word in _COLUMNS[needed]) for needed in ("path", "label"))


def read_sheet(file: Path, root: Path, product: str = "") -> Iterator[tuple[str, Sample]]:
    """Yield (phase, sample) of each line, in the order of the file.

    The first line names the columns: `path` and `label`, and optionally `mask`, `product`,
    `kind` and `split` (train or test; test if left out). VisA's names (image, object) do as
    well. The label is good, ok, normal or 0 for good parts; 1, ng, anomaly and the like for
    defective ones; any other word is itself the kind of defect.

    Args:
        file: UTF-8, separated by comma, semicolon or tab.
        root: Where its paths count from.
        product: Class of lines without one.

    Raises:
        DatasetError: The file cannot be read, or a line of it makes no sense.
    """
    text = _text(file)
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = _columns(file, rows.fieldnames or ())
        for row in rows:
            values = {key: (row.get(name) or "").strip() for key, name in columns.items()}
            if any(values.values()):
                yield _sample(file, rows.line_num, values, root, product)
    except csv.Error as error:
        raise DatasetError(f"The list {file} is no CSV file: {error}.") from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise DatasetError(f"Cannot read the list {file}: {reason}.") from error


def _columns(file: Path, names: Sequence[str]) -> dict[str, str]:
    """Return the name in the file of each column that it has."""
    there = {(name or "").strip().lower(): name for name in names}
    found = {
        key: there[next(word for word in words if word in there)]
        for key, words in _COLUMNS.items()
        if any(word in there for word in words)
    }
    for needed in ("path", "label"):
        if needed not in found:
            raise DatasetError(
                f"The list {file} has no column {needed!r}; its first line must name the columns, "
                "such as path,label,mask,product."
            )
    return found


def _sample(
    file: Path, line: int, values: dict[str, str], root: Path, product: str
) -> tuple[str, Sample]:
    if not values["path"] or not values["label"]:
        raise DatasetError(f"Line {line} of {file} has no path or no label.")
    phase = values.get("phase", "").lower() or "test"
    if phase not in ("train", "test"):
        raise DatasetError(f"Line {line} of {file} says {phase!r}; the split is train or test.")
    label = values["label"].lower()
    is_good = label in _GOOD
    kind = "good" if is_good else values.get("kind") or _kind(label, values["label"])
    mask = resolved(root, values["mask"]) if values.get("mask") else None
    path = resolved(root, values["path"])
    return phase, Sample(path, kind, not is_good, mask, values.get("product") or product)


def _kind(label: str, written: str) -> str:
    return "anomaly" if label in _BAD else written
