"""`records`: list stored verdicts."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace

from app import paths
from app.errors import UsageError
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.settings import station as station_settings
from app.store import open_store
from app.store.base import Query, RecordStore

_PAGE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--limit", type=int, default=0, help="at most so many, 0 for all")
    parser.add_argument("--verdict", choices=[v.value for v in Verdict], help="only these")
    parser.add_argument("--lot", help="only this lot")
    parser.add_argument("--recipe", help="only this recipe")
    parser.add_argument("--newest-first", action="store_true", help="default is oldest first")


def run(options: argparse.Namespace) -> int:
    """Print the records, one a line."""
    if options.limit < 0:
        raise UsageError("--limit must not be negative.")
    home = paths.home(options.home)
    url = station_settings.load(home.settings).database_url or home.database_url
    if url == home.database_url and not (home.root / "station.db").is_file():
        raise UsageError(f"There are no records in {home.root}; run the station first.")
    store = open_store(url)
    try:
        for record in _records(store, options):
            print(_line(record, as_json=options.json), flush=True)
    finally:
        store.close()
    return 0


def _records(store: RecordStore, options: argparse.Namespace) -> Iterator[InspectionRecord]:
    query = Query(
        verdicts=(Verdict(options.verdict),) if options.verdict else (),
        lot=options.lot,
        recipe=options.recipe,
        newest_first=options.newest_first,
    )
    left = options.limit or None
    while left is None or left > 0:
        page = store.find(replace(query, limit=_PAGE if left is None else min(_PAGE, left)))
        yield from page
        if not page:
            return
        query = replace(query, after_id=page[-1].id)
        left = None if left is None else left - len(page)


def _line(record: InspectionRecord, *, as_json: bool) -> str:
    image = record.evidence.image if record.evidence else None
    anomaly_map = (record.evidence.map or None) if record.evidence else None
    time_utc = record.taken_utc.isoformat(timespec="milliseconds")
    if as_json:
        return json.dumps(
            {
                "id": record.id,
                "time": time_utc,
                "verdict": record.verdict.value,
                "score": record.score,
                "limit": None if record.limits is None else record.limits.ng,
                "recipe": record.recipe,
                "lot": record.context.lot,
                "serial": record.serial,
                "reasons": list(record.decision.reasons),
                "checkpoint": record.checkpoint_sha256,
                "evidence": {"image": image, "map": anomaly_map},
            }
        )
    score = "-" if record.score is None else f"{record.score:.4f}"
    return f"{time_utc}  {record.verdict.value:6} {score:>8}  {record.id}  {image or '-'}"
