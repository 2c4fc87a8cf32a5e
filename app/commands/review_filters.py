"""The options that say which reviewed records."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from app.errors import UsageError
from app.inspection.verdict import Verdict
from app.paths import Home
from app.settings import station as station_settings
from app.store.base import Query


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    group = parser.add_argument_group("which records (all that were reviewed if left out)")
    group.add_argument("--lot", help="only this lot")
    group.add_argument("--shift", help="only this shift")
    group.add_argument("--product", help="only this product")
    group.add_argument("--recipe-version", type=int, help="only this version of the recipe")
    group.add_argument("--checkpoint-sha256", help="only those judged by this checkpoint")
    group.add_argument(
        "--verdict", action="append", choices=[v.value for v in Verdict], help="only these"
    )
    group.add_argument("--defect", help="only this kind of defect")
    group.add_argument("--text", help="part of serial or lot")
    group.add_argument("--since", metavar="TIME", help="taken at or after, as 2026-05-04T06:00")
    group.add_argument("--until", metavar="TIME", help="taken before")
    group.add_argument("--evidence", type=Path, metavar="DIR", help="folder of the stored pictures")


def query_of(options: argparse.Namespace, recipe: str | None) -> Query:
    """Return the filters.

    Raises:
        UsageError: A time is not understood.
    """
    return Query(
        verdicts=tuple(map(Verdict, options.verdict or ())),
        lot=options.lot,
        shift=options.shift,
        product=options.product,
        recipe=recipe,
        recipe_version=options.recipe_version,
        checkpoint_sha256=options.checkpoint_sha256,
        defect=options.defect,
        text=options.text or "",
        since=time_of(options.since),
        until=time_of(options.until),
    )


def evidence_folder(options: argparse.Namespace, home: Home) -> Path:
    """Return where the stored pictures lie: as the options say, else as the settings do."""
    named = options.evidence or station_settings.load(home.settings).evidence_folder
    return Path(named).expanduser() if named else home.evidence


def time_of(text: str | None) -> datetime | None:
    """Return a time of the command line in UTC; without a zone it is this computer's.

    Raises:
        UsageError: It is not understood.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time; write for example 2026-05-04T06:00.") from error
    return found.astimezone(UTC)
