"""`month`: fill an empty home folder with a made-up month, to try the screens and reports."""

from __future__ import annotations

import argparse
import json
import time
from datetime import date, datetime, timedelta
from typing import Any

from app import paths
from app.errors import UsageError

_DAYS = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--records", type=int, default=200_000, help="parts, default 200000")
    parser.add_argument("--seed", type=int, default=1, help="chooses everything, default 1")
    parser.add_argument(
        "--pictures", type=int, default=0, help="newest parts for review that get pictures"
    )
    parser.add_argument(
        "--first-day", type=date.fromisoformat, help="YYYY-MM-DD, default: it ends yesterday"
    )
    parser.add_argument("--days", type=int, default=_DAYS, help="length, default 30")
    parser.add_argument("--flat", action="store_true", help="without drift, blur and bad lot")


def run(options: argparse.Namespace) -> int:
    """Fill the database and print the true rates."""
    _check(options)
    from tqdm import tqdm

    from app.month import FLAT, Month, Troubles, fill, true_rates
    from app.settings import station as station_settings
    from app.store import open_store
    from app.store.evidence import EvidenceStore

    home = paths.home(options.home)
    settings = station_settings.load(home.settings)
    month = Month(
        seed=options.seed,
        records=options.records,
        first_day=options.first_day or date.today() - timedelta(days=options.days),
        days=options.days,
        station=settings.station,
        utc_offset_h=_utc_offset_h(),
        troubles=FLAT if options.flat else Troubles(),
    )
    home.root.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    store = open_store(settings.database_url or home.database_url)
    try:
        with tqdm(total=month.records, unit="part", disable=None) as bar:
            fill(
                store,
                month,
                lambda done, _: _advance(bar, done),
                EvidenceStore(home.evidence) if options.pictures else None,
                options.pictures,
            )
    finally:
        store.close()
    rates = true_rates(month)
    told = {
        "records": month.records,
        "seconds": round(time.perf_counter() - began, 1),
        "first_day": month.first_day.isoformat(),
        "good": rates.good,
        "defective": rates.defective,
        "false_call_rate": rates.false_call,
        "escape_rate": rates.escape,
    }
    if options.json:
        print(json.dumps(told))
    else:
        print("\n".join(f"{name:16} {value}" for name, value in told.items()))
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuse what makes no month.

    Raises:
        UsageError: A number is out of range.
    """
    if options.records < 1 or options.days < 1:
        raise UsageError("--records and --days must be at least 1.")
    if options.seed < 0 or options.pictures < 0:
        raise UsageError("--seed and --pictures must not be negative.")


def _advance(bar: Any, done: int) -> None:
    bar.update(done - bar.n)


def _utc_offset_h() -> float:
    offset = datetime.now().astimezone().utcoffset()
    return 0.0 if offset is None else offset.total_seconds() / 3600
