"""`dataset export-reviews`: reviewed parts as a training set in MVTec layout."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tabulate import tabulate

from app import i18n, paths
from app.commands.progress_lines import add_progress_lines, progress_lines
from app.commands.review_filters import add_filters, evidence_folder, query_of
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from app.review.export import ExportPlan, ExportResult, export_reviews
from app.review.improve_words import DATABASE_VARIABLE
from app.settings import station as station_settings
from app.store import open_store
from app.store.evidence import EvidenceStore
from model.training.config import TrainingProgress
from model.training.interrupt import ctrl_c_noted

NAME = "export-reviews"
_HELP = "write the reviewed parts of a station as a training set in MVTec layout"


def add_arguments(actions: Any) -> None:
    """Declare the action and its options."""
    parser: argparse.ArgumentParser = actions.add_parser(NAME, help=_HELP, description=_HELP)
    parser.add_argument("--home", type=Path, default=argparse.SUPPRESS, help="of the station")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder that does not exist yet")
    parser.add_argument("--recipe", help="only this recipe")
    parser.add_argument(
        "--machine-masks",
        action="store_true",
        help="take the machine's regions where nobody drew a mask",
    )
    parser.add_argument(
        "--held-out", type=float, default=0.3, metavar="SHARE", help="of the good parts, for test"
    )
    parser.add_argument("--most", type=int, metavar="N", help="parts of each class, the newest")
    parser.add_argument("--seed", type=int, default=0)
    add_filters(parser)
    parser.add_argument("--language", choices=tuple(i18n.LANGUAGES), help=argparse.SUPPRESS)
    add_progress_lines(parser)


def run(options: argparse.Namespace) -> int:
    """Write the set and print what is in it."""
    if not 0 <= options.held_out < 1:
        raise UsageError("--held-out must be at least 0 and below 1.")
    if options.most is not None and options.most < 1:
        raise UsageError("--most must be at least 1.")
    if options.language:
        i18n.set_language(options.language)
    home = paths.home(options.home)
    given = os.environ.get(DATABASE_VARIABLE) if options.progress_lines else None
    url = given or station_settings.load(home.settings).database_url or home.database_url
    if url == home.database_url and not (home.root / "station.db").is_file():
        raise UsageError(f"There are no records in {home.root}; run the station first.")
    plan = ExportPlan(
        query_of(options, options.recipe),
        options.machine_masks,
        options.held_out,
        options.seed,
        options.most,
    )
    store = open_store(url)
    evidence = EvidenceStore(evidence_folder(options, home))
    try:
        if options.progress_lines:
            with progress_lines() as lines:
                told = lines.is_cancelled
                result = export_reviews(store, evidence, plan, options.out, lines.show, told)
                lines.result(json.loads(json.dumps(asdict(result), default=str)))
                return 0
        with ctrl_c_noted(is_patient=False) as asked, StageBar() as bar:

            def progress(stage: str, done: int, total: int) -> None:
                bar.show(TrainingProgress(stage, done, total))

            result = export_reviews(store, evidence, plan, options.out, progress, asked)
    finally:
        store.close()
    print(json.dumps(asdict(result), default=str) if options.json else _text(result), flush=True)
    return 0


def _text(result: ExportResult) -> str:
    facts: list[tuple[str, object]] = [
        ("training set", result.folder),
        ("products", ", ".join(result.products)),
        ("good to learn from", result.train_good),
        ("good for the test", result.test_good),
        *((f"defective: {kind}", count) for kind, count in sorted(result.kinds.items())),
        *((f"masks from {source}", count) for source, count in sorted(result.masks.items())),
        *((f"left out: {reason}", count) for reason, count in result.left_out.items()),
        ("good parts of a lot stay together", "yes" if result.by_lot else "no"),
    ]
    return tabulate(facts)
