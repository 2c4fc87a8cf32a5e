"""Tables of labelled pictures as in the MVTec contest: index, file_name, class, state, label."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from model.data import GOOD_NAMES, Sample
from model.datasets.entry_path import resolved
from model.errors import DatasetError

_FILE, _CLASS, _STATE, _LABEL = "file_name", "class", "state", "label"


def is_label_sheet(file: Path) -> bool:
    """Tell whether the first line names file_name and the labels.

    Raises:
        DatasetError: The file cannot be read.
    """
    names = set(_names(file, _text(file)).values())
    return _FILE in names and ({_CLASS, _STATE} <= names or _LABEL in names)


def read_label_sheet(file: Path, root: Path) -> Iterator[Sample]:
    """Yield the pictures of a table, in the order of its lines.

    Without class and state the label is split at its first "-": "metal_nut-flip". A label
    that stands beside class and state must say the same.

    Args:
        file: UTF-8, separated by comma, semicolon or tab.
        root: Folder that the file names count from.

    Raises:
        DatasetError: The file cannot be read, a line of it makes no sense, or a picture is missing
            or named twice.
    """
    text = _text(file)
    names = _names(file, text)
    seen: dict[Path, int] = {}
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        next(rows, None)
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            line = rows.line_num
            if len(cells) != len(names):
                raise DatasetError(
                    f"Line {line} of {file} has {len(cells)} cells, the first line names "
                    f"{len(names)}; mend it."
                )
            sample = _sample(file, line, root, {n: cells[i].strip() for i, n in names.items()})
            if sample.path in seen:
                raise DatasetError(
                    f"Line {line} of {file} names {sample.path.name}, as line {seen[sample.path]} "
                    "does; keep one of them."
                )
            seen[sample.path] = line
            yield sample
    except csv.Error as error:
        raise DatasetError(f"Line {rows.line_num} of {file} is no CSV: {error}.") from error
    if not seen:
        raise DatasetError(f"The list {file} names no picture.")


def _sample(file: Path, line: int, root: Path, values: Mapping[str, str]) -> Sample:
    name = values.get(_FILE, "")
    product, state = values.get(_CLASS, ""), values.get(_STATE, "")
    if not product and not state:
        product, _, state = values.get(_LABEL, "").partition("-")
    if not name or not product or not state:
        raise DatasetError(f"Line {line} of {file} lacks the file name, the class or the state.")
    label = values.get(_LABEL) or f"{product}-{state}"
    if label != f"{product}-{state}":
        raise DatasetError(
            f"Line {line} of {file} has the label {label!r}, but class and state make "
            f"'{product}-{state}'; mend one of them."
        )
    path = resolved(root, name)
    if not path.is_file():
        raise DatasetError(
            f"Line {line} of {file} names {name}, which is not in {root}; name the folder of "
            "the pictures."
        )
    is_good = state.lower() in GOOD_NAMES
    return Sample(path, "good" if is_good else state, not is_good, None, product)


def _names(file: Path, text: str) -> dict[int, str]:
    """Return the columns by place; a name that is there twice is refused."""
    try:
        first = next(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), [])
    except csv.Error as error:
        raise DatasetError(f"The list {file} is no CSV file: {error}.") from error
    names = [name.strip().lower() for name in first]
    if len(set(names)) < len(names):
        raise DatasetError(f"The first line of {file} names a column twice; mend it.")
    return dict(enumerate(names))


def _delimiter(text: str) -> str:
    return max(",;\t", key=text.partition("\n")[0].count)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise DatasetError(f"Cannot read the list {file}: {reason}.") from error
