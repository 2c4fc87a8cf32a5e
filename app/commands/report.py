"""`report`: write a lot, shift, checkpoint or period report, or check the kept files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import i18n, paths
from app.cli_codes import DONE, NG_FOUND
from app.errors import UsageError

if TYPE_CHECKING:
    from app.paths import Home
    from app.report.facts import Facts
    from app.report.scope import Scope
    from app.settings.station import StationSettings
    from app.store.database import Database
    from app.store.evidence import EvidenceStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--lot", help="report on this lot")
    parser.add_argument("--shift", help="report on this shift, the newest one without --day")
    parser.add_argument("--day", type=date.fromisoformat, help="YYYY-MM-DD on which it began")
    parser.add_argument("--checkpoint", help="report on a checkpoint: name or begin of the hash")
    parser.add_argument("--since", help="YYYY-MM-DD or YYYY-MM-DDTHH:MM, by this computer's clock")
    parser.add_argument("--until", help="the same; a day alone is meant to its end")
    parser.add_argument("--recipe", help="only this recipe")
    parser.add_argument("--out", type=Path, help=".pdf, .html, .csv or .parquet")
    parser.add_argument("--language", choices=tuple(i18n.LANGUAGES), help="of the report")
    parser.add_argument("--by", default="", help="who makes it; default is the reviewer's name")
    parser.add_argument(
        "--verify", action="store_true", help="check the kept pictures against their hashes"
    )


def run(options: argparse.Namespace) -> int:
    """Write what was asked for."""
    from app.report.saving import format_of

    _check(options)
    if options.out is not None:
        format_of(options.out)
    home = paths.home(options.home)
    with _opened(home) as (store, evidence, settings):
        scope = _scope(store, options)
        if options.verify:
            return _verify(store, evidence, scope, as_json=options.json)
        language = options.language or settings.language or i18n.system_language()
        return _report(store, evidence, scope, options, settings.reviewer, language)


def _check(options: argparse.Namespace) -> None:
    """Refuse options that contradict each other.

    Raises:
        UsageError: Two kinds of report are asked for, or none.
    """
    chosen = [name for name in ("lot", "shift", "checkpoint") if getattr(options, name)]
    if options.since or options.until:
        chosen.append("since/--until")
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]} do not go together; choose one.")
    if options.day is not None and not options.shift:
        raise UsageError("--day needs --shift.")
    if options.verify:
        if options.out is not None:
            raise UsageError("--verify writes no report; leave --out away.")
        return
    if not chosen:
        raise UsageError("Say what to report on: --lot, --shift, --checkpoint or --since.")
    if options.out is None and not options.json:
        raise UsageError("Say where to: --out FILE (.pdf, .html, .csv, .parquet) or --json.")


@contextmanager
def _opened(home: Home) -> Iterator[tuple[Database, EvidenceStore, StationSettings]]:
    from app.settings import station as station_settings
    from app.store import open_store
    from app.store.evidence import EvidenceStore

    settings = station_settings.load(home.settings)
    url = settings.database_url or home.database_url
    if url == home.database_url and not (home.root / "station.db").is_file():
        raise UsageError(f"There are no records in {home.root}; run the station first.")
    store = open_store(url)
    try:
        yield store, EvidenceStore(home.evidence), settings
    finally:
        store.close()


def _scope(store: Database, options: argparse.Namespace) -> Scope:
    from app.report import scope

    if options.lot:
        return scope.of_lot(store, options.lot, options.recipe)
    if options.shift:
        return scope.of_shift(store, options.shift, options.day, options.recipe)
    if options.checkpoint:
        return scope.of_checkpoint(store, options.checkpoint, options.recipe)
    since = _moment(options.since, "--since", timedelta(0))
    until = _moment(options.until, "--until", timedelta(days=1))
    return scope.of_time(since, until, options.recipe)


def _moment(text: str | None, option: str, after_day: timedelta) -> datetime | None:
    """Return a moment by this computer's clock.

    Args:
        text: ISO 8601; with a zone, that zone holds.
        option: Its name.
        after_day: What a day alone stands for, from its midnight on.

    Raises:
        UsageError: It is no date.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is no date; write 2026-10-31 or 2026-10-31T06:00."
        ) from error
    if len(text) <= len("2026-10-31"):
        found += after_day
    return found.astimezone()


def _report(
    store: Database,
    evidence: EvidenceStore,
    scope: Scope,
    options: argparse.Namespace,
    reviewer: str,
    language: str,
) -> int:
    from app.report.gathering import gather
    from app.report.saving import format_of, save_records, save_report

    facts: Facts | None = None
    if options.json or format_of(options.out) in ("pdf", "html"):
        facts = gather(store, scope, options.by or reviewer)
    if options.out is not None:
        if facts is not None and format_of(options.out) in ("pdf", "html"):
            save_report(facts, options.out, evidence, language)
        else:
            _save_records(store, scope, options.out, save_records)
    if options.json and facts is not None:
        from app.report.as_json import as_json

        print(json.dumps(as_json(facts), ensure_ascii=False, allow_nan=False))
    elif options.out is not None:
        print(options.out)
    return DONE


def _save_records(store: Database, scope: Scope, file: Path, save: Any) -> None:
    from tqdm import tqdm

    with tqdm(unit="record", disable=None) as bar:
        save(store, scope, file, lambda done: _advance(bar, done))


def _advance(bar: Any, done: int) -> None:
    bar.update(done - bar.n)


def _verify(store: Database, evidence: EvidenceStore, scope: Scope, *, as_json: bool) -> int:
    from tqdm import tqdm

    from app.store.integrity import verify

    with tqdm(unit="record", disable=None) as bar:
        found = verify(store, evidence, scope.query, lambda done, _: _advance(bar, done))
    counts = {
        "records": found.records,
        "without_files": found.without_files,
        "checked": found.checked,
        "sound": found.sound,
        "missing": found.missing,
        "changed": found.changed,
        "unreadable": found.unreadable,
        "orphaned": found.orphaned,
    }
    bad = [{"record": one.record_id, "file": one.file, "problem": one.problem} for one in found.bad]
    if as_json:
        print(json.dumps({**counts, "is_sound": found.is_sound, "bad": bad}))
    else:
        print("\n".join(f"{name:14} {value}" for name, value in counts.items()))
        print("\n".join(f"{one['problem']}: {one['file']}" for one in bad), end="\n" if bad else "")
    return DONE if found.is_sound else NG_FOUND
