"""`calibrate`: limits from reviewed parts, with what they promise and what they cost."""

from __future__ import annotations

import argparse
import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import UsageError

if TYPE_CHECKING:
    from app.commands.calibrate_answer import Answer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    _add_sources(parser)
    asked = parser.add_argument_group("what is asked")
    asked.add_argument(
        "--false-calls", type=float, default=0.01, metavar="SHARE", help="promised, default 0.01"
    )
    asked.add_argument(
        "--confidence", type=float, default=0.95, help="of promise and intervals, default 0.95"
    )
    asked.add_argument("--limit", type=float, metavar="X", help="what this NG limit would do")
    asked.add_argument("--review-limit", type=float, metavar="X", help="with a REVIEW band from X")
    asked.add_argument(
        "--costs", metavar="FALSE_CALL,ESCAPE", help="cost of one of each; default the recipe's"
    )
    asked.add_argument(
        "--defect-share", type=float, metavar="SHARE", help="share of defective parts for costs"
    )
    asked.add_argument(
        "--what-if", action="store_true", help="which verdicts of the last week would change"
    )
    kept = parser.add_argument_group("what is kept")
    kept.add_argument(
        "--save", action="store_true", help="--limit, else the suggestion, as a new recipe version"
    )
    kept.add_argument("--author", default="", help="who saves")
    kept.add_argument("--reason", default="", help="why")
    kept.add_argument("--out", type=Path, metavar="FOLDER", help="limits.json, PNG charts")


def run(options: argparse.Namespace) -> int:
    """Print table and suggestion; exit code 2 if nothing can be said or saved."""
    _check(options)
    # Late: SciPy and the store take half a second that no other command should wait for.
    from app.commands.calibrate_answer import answer, saved
    from app.commands.calibrate_sources import from_folders, from_records, from_table, opened_store

    if options.good or options.defective or options.csv:
        material = from_table(options.csv) if options.csv else from_folders(options)
        found = answer(material, options)
        return _told(found, options)
    with opened_store(options) as store:
        material = from_records(store, options)
        found = answer(material, options)
        if options.save:
            found = saved(found, store, options)
        return _told(found, options)


def moment(text: str) -> datetime:
    """Return a time given as 2026-10-05 or 2026-10-05T14:00, of this computer's zone.

    Raises:
        ArgumentTypeError: It is no time.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time like 2026-10-05 or 2026-10-05T14:00"
        ) from error
    return found.astimezone(UTC)


def _told(found: Answer, options: argparse.Namespace) -> int:
    from app.commands.calibrate_output import as_json, as_text

    values = as_json(found)
    if options.out is not None:
        from app.commands.calibrate_charts import write_charts

        write_charts(options.out, found.material, values)
    print(json.dumps(values, allow_nan=False) if options.json else as_text(found), flush=True)
    return 0


def _add_sources(parser: argparse.ArgumentParser) -> None:
    records = parser.add_argument_group("from records (default)")
    records.add_argument("--recipe", metavar="NAME", help="records of this recipe")
    records.add_argument("--since", type=moment, metavar="TIME", help="2026-10-05[T14:00]")
    records.add_argument("--until", type=moment, metavar="TIME", help="before this time")
    records.add_argument("--lot", help="records of this lot")
    records.add_argument(
        "--checkpoint", metavar="NAME", help="records of this checkpoint; for images: the file"
    )
    images = parser.add_argument_group("from images")
    images.add_argument("--good", type=Path, metavar="DIR", help="good images")
    images.add_argument("--defective", type=Path, metavar="DIR", help="defective images")
    images.add_argument(
        "--region", type=int, nargs=4, metavar=("X", "Y", "WIDTH", "HEIGHT"), help="judge this part"
    )
    images.add_argument("--device", default="auto", help="auto, cpu or cuda")
    table = parser.add_argument_group("from a table")
    table.add_argument(
        "--csv", type=Path, metavar="FILE", help="columns score and part (good or defective)"
    )


def _check(options: argparse.Namespace) -> None:
    """Refuse what makes no sense.

    Raises:
        UsageError: Options contradict each other or a number is out of range.
    """
    by_image = bool(options.good or options.defective)
    if by_image and options.csv:
        raise UsageError("Give images or --csv, not both.")
    if (by_image or options.csv) and (options.recipe or options.lot or options.since):
        raise UsageError("--recipe, --lot and --since are for records, not for images or --csv.")
    if (by_image or options.csv) and (options.save or options.what_if):
        raise UsageError("--save and --what-if need records; leave images and --csv out.")
    if not 0 < options.false_calls < 1:
        raise UsageError("--false-calls is a share between 0 and 1, for instance 0.01.")
    if not 0.5 < options.confidence < 1:
        raise UsageError("--confidence lies between 0.5 and 1, for instance 0.95.")
    if options.defect_share is not None and not 0 <= options.defect_share <= 1:
        raise UsageError("--defect-share is a share between 0 and 1, for instance 0.01.")
    _check_limits(options)
    if options.save and not (options.author.strip() and options.reason.strip()):
        raise UsageError("--save needs --author and --reason.")


def _check_limits(options: argparse.Namespace) -> None:
    for value in (options.limit, options.review_limit):
        if value is not None and not math.isfinite(value):
            raise UsageError("A limit must be a finite number.")
    both = options.limit is not None and options.review_limit is not None
    if both and options.review_limit > options.limit:
        raise UsageError("--review-limit must not be above --limit.")
