"""Files of a report: written whole or not at all, tables as CSV text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from model.atomic import whole_file
from model.errors import ModelError


def write_file(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all; its folder is made if it is missing.

    Raises:
        ModelError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise ModelError(
            f"Cannot write {path}: {error.strerror or error}; make room or choose another folder."
        ) from error


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV text; None is an empty cell."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return buffer.getvalue()
