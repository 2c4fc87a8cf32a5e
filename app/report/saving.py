"""Writes a report or its records to a file: the whole new one or none of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Final, Literal

from app.errors import ExpectedError, StoreError, UsageError
from app.i18n import speaking, tr
from app.report.facts import Facts
from app.report.scope import Scope
from app.store.database import Database
from app.store.evidence import EvidenceStore
from model.atomic import whole_file

Format = Literal["pdf", "html", "csv", "parquet"]
Progress = Callable[[int], None]

FORMATS: Final[tuple[Format, ...]] = ("pdf", "html", "csv", "parquet")
_ENDINGS: Final[dict[str, Format]] = {
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".parquet": "parquet",
}


class Cancelled(ExpectedError):
    """The user does not want it any more; nothing was written."""

    code = "cancelled"


def format_of(file: Path) -> Format:
    """Return what a file is to become, by its ending.

    Raises:
        UsageError: No format has that ending.
    """
    found = _ENDINGS.get(file.suffix.lower())
    if found is None:
        text = tr("{file} has no known ending; use .pdf, .html, .csv or .parquet.")
        raise UsageError(text.format(file=file.name))
    return found


def save_report(
    facts: Facts,
    file: Path,
    evidence: EvidenceStore | None = None,
    language: str = "en",
    zone: tzinfo | None = None,
    check: Callable[[], None] | None = None,
) -> None:
    """Write the report as PDF or HTML, by the ending of the file.

    Args:
        facts: What it says.
        file: An existing one is replaced when the new one is complete.
        evidence: Where the thumbnails come from; None leaves them out.
        language: "en" or "ko".
        zone: Clock of the plant; None for this computer's.
        check: Called between the steps; raise `Cancelled` in it to stop.

    Raises:
        UsageError: The ending is of no report.
        StoreError: The file or its folder cannot be written.
        Cancelled: `check` raised it.
    """
    data = report_bytes(facts, format_of(file), evidence, language, zone)
    if check is not None:
        check()
    _write(file, lambda part: part.write_bytes(data))


def report_bytes(
    facts: Facts,
    file_format: Format,
    evidence: EvidenceStore | None = None,
    language: str = "en",
    zone: tzinfo | None = None,
) -> bytes:
    """Return the report as the bytes of a PDF or HTML file; see `save_report`.

    Raises:
        UsageError: The format is one of tables.
    """
    # Drawing takes a second to import; the window opens without it.
    from app.report.composing import compose

    if file_format not in ("pdf", "html"):
        raise UsageError(tr("A report is PDF or HTML; CSV and Parquet hold the records."))
    with speaking(language):
        document = compose(facts, evidence, zone)
        if file_format == "pdf":
            from app.report.pdf import to_pdf

            return to_pdf(document)
        from app.report.html import to_html

        return to_html(document).encode("utf-8")


def save_records(
    store: Database, scope: Scope, file: Path, progress: Progress | None = None
) -> int:
    """Write the records of a scope as CSV or Parquet and return how many there are.

    Args:
        store: The records.
        scope: Which of them.
        file: An existing one is replaced when the new one is complete.
        progress: Called with the records written so far; raise `Cancelled` in it to stop.

    Raises:
        UsageError: The ending is of no table.
        StoreError: The file cannot be written, or the database fails.
        Cancelled: `progress` raised it.
    """
    from app.report.tables import write_csv, write_parquet

    file_format = format_of(file)
    if file_format not in ("csv", "parquet"):
        raise UsageError(tr("A report is PDF or HTML; CSV and Parquet hold the records."))
    write = write_csv if file_format == "csv" else write_parquet
    written: list[int] = []
    _write(file, lambda part: written.append(write(store, scope.query, part, progress)))
    return written[0]


def _write(file: Path, fill: Callable[[Path], object]) -> None:
    """Let `fill` write a file beside the wanted one, then give it its name.

    Raises:
        StoreError: The folder or the disk refuses.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as part:
            fill(part)
    except OSError as error:
        text = tr("{file} cannot be written: {error}. Check the disk and its rights.")
        raise StoreError(text.format(file=file, error=error.strerror or error)) from error
