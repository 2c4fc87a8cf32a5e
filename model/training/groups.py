"""Which pictures show the same thing: two of a group never stand on both sides of a split."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from model.data import Sample
from model.errors import DatasetError

_FILE_COLUMNS = ("file", "image", "path", "file_name")
_GROUP_COLUMNS = ("tile", "group", "source", "part")

Groups = dict[Path, str]


def source_groups(root: Path, products: Sequence[str] = ()) -> Groups:
    """Return the group of each picture that a table of the data set names.

    A table is a CSV file in the root or a product's folder, with a column "file" ("image",
    "path", "file_name"), a column "tile" ("group", "source", "part") and, if the file names are
    not relative to the table, a column "split" with the folder.

    Raises:
        DatasetError: A table cannot be read.
    """
    folders = dict.fromkeys([root, *(root / name for name in products)])
    found: Groups = {}
    for folder in folders:
        for table in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
            found |= _groups_of(table)
    return found


def group_of(sample: Sample, groups: Groups) -> str:
    """Return the sample's group; a picture that no table names is a group of its own."""
    return groups.get(sample.path) or groups.get(sample.path.absolute()) or str(sample.path)


def _groups_of(table: Path) -> Groups:
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            columns = reader.fieldnames or ()
            file = next((name for name in _FILE_COLUMNS if name in columns), None)
            group = next((name for name in _GROUP_COLUMNS if name in columns), None)
            if file is None or group is None:
                return {}
            rows = [(row.get("split") or "", row[file] or "", row[group] or "") for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"The table {table} cannot be read ({error}); mend it.") from error
    name = f"{table.absolute()}:{group}="
    return {
        (table.parent / split / picture).absolute(): name + value
        for split, picture, value in rows
        if picture and value
    }
