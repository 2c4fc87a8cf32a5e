"""`replay`: judge stored parts again and list what came out differently."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import paths
from app.cli_codes import BAD_INPUT, DONE
from app.errors import UsageError
from app.inspection.verdict import Verdict

if TYPE_CHECKING:
    from app.commands.rejudging import Rejudged
    from app.inspection.record import InspectionRecord
    from app.store.base import Query
    from app.store.database import Database

DIFFERENT = 1
_PAGE = 500
_COLUMNS = (
    "id",
    "taken_utc",
    "recipe",
    "recipe_version",
    "lot",
    "serial",
    "checkpoint_sha256",
    "outcome",
    "verdict",
    "verdict_now",
    "score",
    "score_now",
    "exact",
    "note",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--lot", help="only this lot")
    parser.add_argument("--recipe", help="only this recipe")
    parser.add_argument("--since", metavar="TIME", help="taken at or after, as 2026-05-04T06:00")
    parser.add_argument("--until", metavar="TIME", help="taken before")
    parser.add_argument("--verdict", choices=[v.value for v in Verdict], help="only these")
    parser.add_argument("--limit", type=int, default=0, help="at most so many, the newest; 0: all")
    parser.add_argument(
        "--checkpoint", help="judge with this one and its limits; only verdicts are compared"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--evidence", type=Path, metavar="DIR", help="folder of the kept pictures")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="every part judged, as a table")


def run(options: argparse.Namespace) -> int:
    """Judge and print; 0 all the same, 1 differences, 2 some or all could not be judged."""
    if options.limit < 0:
        raise UsageError("--limit must not be negative.")
    query = _query(options)
    home = paths.home(options.home)
    from app.commands.rejudging import Rejudging
    from app.settings import station as station_settings
    from app.settings.files import write_text
    from app.store import open_store
    from app.store.evidence import EvidenceStore

    settings = station_settings.load(home.settings)
    url = settings.database_url or home.database_url
    if url == home.database_url and not (home.root / "station.db").is_file():
        raise UsageError(f"There are no records in {home.root}; run the station first.")
    named = options.evidence or settings.evidence_folder
    evidence = EvidenceStore(Path(named).expanduser() if named else home.evidence)
    store = open_store(url)
    try:
        rejudging = Rejudging(store, evidence, home, options.device, options.checkpoint)
        found = [
            _told(rejudging.judge(record), options)
            for record in _with_progress(_records(store, query, options.limit))
        ]
    finally:
        store.close()
    if not found:
        raise UsageError("No stored part with a picture matches; widen the filters.")
    if options.csv is not None:
        write_text(options.csv, _csv(found))
    print(json.dumps(_as_json(found)) if options.json else _summary(found), flush=True)
    return _code(found)


def _query(options: argparse.Namespace) -> Query:
    from app.commands.review_filters import time_of
    from app.store.base import Query

    return Query(
        verdicts=(Verdict(options.verdict),) if options.verdict else (),
        lot=options.lot,
        recipe=options.recipe,
        since=time_of(options.since),
        until=time_of(options.until),
        limit=_PAGE,
    )


def _records(store: Database, query: Query, limit: int) -> Iterator[InspectionRecord]:
    """Yield the records with a picture, the newest first."""
    left = limit or sys.maxsize
    while page := store.rows(query):
        for row in page:
            if row.has_picture and left > 0 and (record := store.get(row.id)) is not None:
                left -= 1
                yield record
        if left <= 0:
            return
        query = replace(query, after_id=page[-1].id)


def _with_progress(records: Iterator[InspectionRecord]) -> Iterator[InspectionRecord]:
    from tqdm import tqdm

    return iter(tqdm(records, unit="part", disable=None))


def _told(judged: Rejudged, options: argparse.Namespace) -> Rejudged:
    if judged.outcome in ("different", "was-error") and not options.json:
        print(_line(judged), flush=True)
    return judged


def _line(judged: Rejudged) -> str:
    record = judged.record
    then, now = record.verdict.value, "-" if judged.verdict is None else judged.verdict.value
    scores = " -> ".join("-" if s is None else f"{s:.5f}" for s in (record.score, judged.score))
    time_utc = record.taken_utc.isoformat(timespec="seconds")
    where = f"{record.recipe} {record.recipe_version}  lot {record.context.lot or '-'}"
    return (
        f"{judged.outcome:10}  {then:6} -> {now:6}  {scores:20}  {time_utc}  "
        f"{record.id}  {where}  serial {record.serial}  {judged.note}"
    ).rstrip()


def _summary(found: list[Rejudged]) -> str:
    number = Counter(judged.outcome for judged in found)
    compared = number["same"] + number["different"]
    text = f"{compared} parts judged again: {number['same']} the same"
    text += f", {number['different']} different."
    if number["was-error"]:
        text += f" {number['was-error']} had no verdict to compare with."
    inexact = sum(not j.is_exact for j in found if j.outcome in ("same", "different"))
    if inexact:
        text += f" Of {inexact} kept as JPEG only the verdict was compared."
    # Thousands of parts may miss the one checkpoint.
    missing = Counter(judged.note for judged in found if judged.outcome == "not-judged")
    return "\n".join([text, *(f"{count} not judged: {note}" for note, count in missing.items())])


def _as_json(found: list[Rejudged]) -> dict[str, Any]:
    number = Counter(judged.outcome for judged in found)
    return {
        "same": number["same"],
        "different": number["different"],
        "was_error": number["was-error"],
        "not_judged": number["not-judged"],
        "parts": [_values(judged) for judged in found],
    }


def _values(judged: Rejudged) -> dict[str, Any]:
    record = judged.record
    values = (
        record.id,
        record.taken_utc.isoformat(),
        record.recipe,
        record.recipe_version,
        record.context.lot,
        record.serial,
        record.checkpoint_sha256,
        judged.outcome,
        record.verdict.value,
        None if judged.verdict is None else judged.verdict.value,
        record.score,
        judged.score,
        judged.is_exact,
        judged.note,
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _csv(found: list[Rejudged]) -> str:
    text = io.StringIO(newline="")
    # Excel reads UTF-8 only with this mark in front.
    text.write("\ufeff")
    table = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(_values(judged) for judged in found)
    return text.getvalue()


def _code(found: list[Rejudged]) -> int:
    outcomes = {judged.outcome for judged in found}
    if "different" in outcomes:
        return DIFFERENT
    return BAD_INPUT if "not-judged" in outcomes else DONE
