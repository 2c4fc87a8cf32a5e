"""`checkpoint compare`: a candidate beside the checkpoint in force, on the same pictures."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from app import checkpoints, i18n, paths
from app.candidates.comparing import Progress, compare, load
from app.candidates.comparison import Comparison, Pair, Seen, Side
from app.candidates.errors import CheckCancelled
from app.candidates.sources import Source, folder_pictures, golden_samples, stored_parts
from app.cli_codes import DONE, FAULT
from app.commands.progress_lines import progress_lines
from app.commands.review_filters import evidence_folder
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from app.golden.set import GoldenSet
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.paths import Home
from app.review.improve_words import DATABASE_VARIABLE
from app.settings import station as station_settings
from app.settings.files import write_text
from app.settings.recipes import RecipeBook
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from model.training.config import TrainingProgress

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Watch:
    """Who is told how far it is, and who may stop it."""

    progress: Progress
    cancelled: Callable[[], bool]


def run(options: argparse.Namespace) -> int:
    """Compare and print what came of it; nothing is put to use."""
    if options.last < 1:
        raise UsageError("--last must be above 0.")
    if options.language:
        i18n.set_language(options.language)
    if options.progress_lines:
        with progress_lines() as lines:
            try:
                found = _compared(options, _Watch(lines.show, lines.is_cancelled))
            except CheckCancelled:
                return FAULT
            lines.result(found.to_json())
        return DONE
    if sys.stderr.isatty():
        with StageBar() as bar:
            found = _compared(options, _Watch(_shown_by(bar), lambda: False))
    else:
        found = _compared(options, _Watch(lambda stage, done, total: None, lambda: False))
    print(json.dumps(found.to_json()) if options.json else as_text(found), flush=True)
    return DONE


def _compared(options: argparse.Namespace, watch: _Watch) -> Comparison:
    home = paths.home(options.home)
    with opened_store(options, home) as store:
        recipe = RecipeBook(store).load(options.recipe or recipe_in_use(home, store))
        sources = _sources(options, home, store, recipe.name)
        now = recipe.with_checkpoint(options.current) if options.current else recipe
        file = checkpoints.resolve(options.candidate, home)
        watch.progress("load", 0, 2)
        current = load(_current(now, home), now, home, options.device)
        watch.progress("load", 1, 2)
        candidate = load(file, recipe.with_checkpoint(str(file)), home, options.device)
        watch.progress("load", 2, 2)
        found = compare(current, candidate, sources, watch.progress, watch.cancelled)
    if options.out is not None:
        write_text(options.out, json.dumps(found.to_json(), indent=1))
    return found


@contextmanager
def opened_store(options: argparse.Namespace, home: Home) -> Iterator[Database]:
    """Open the database that the environment or the settings name.

    Raises:
        UsageError: There is none.
    """
    settings = station_settings.load(home.settings)
    url = os.environ.get(DATABASE_VARIABLE) or settings.database_url or home.database_url
    if url == home.database_url and not (home.root / "station.db").is_file():
        raise UsageError(f"There is no database in {home.root}; run the station first.")
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def recipe_in_use(home: Home, store: Database) -> str:
    """Return the name of the recipe used last.

    Raises:
        UsageError: None was used yet.
    """
    newest = store.find(Query(limit=1))
    name = station_settings.load(home.settings).recipe or (newest[0].recipe if newest else "")
    if not name:
        raise UsageError("No recipe was used yet; name one with --recipe.")
    return name


def _sources(options: argparse.Namespace, home: Home, store: Database, recipe: str) -> list[Source]:
    golden: list[Source] = []
    if not options.no_golden:
        golden = golden_samples(GoldenSet(store.golden, home.golden), recipe)
    if options.pictures is not None:
        return golden + folder_pictures(options.pictures, options.last)
    evidence = EvidenceStore(evidence_folder(options, home))
    return golden + stored_parts(store, evidence, recipe, options.last)


def _current(recipe: Recipe, home: Home) -> Path:
    """Return the file in force: that with the recipe's hash, whatever it is called by now."""
    if recipe.checkpoint_sha256:
        return checkpoints.by_hash(recipe.checkpoint_sha256, home, recipe.checkpoint)
    return checkpoints.resolve(recipe.checkpoint, home)


def _shown_by(bar: StageBar) -> Progress:
    return lambda stage, done, total: bar.show(TrainingProgress(stage, done, total))


def as_text(found: Comparison) -> str:
    """Return a comparison for a terminal."""
    counts = found.to_json()["counts"]
    low, high = found.agreement.low, found.agreement.high
    same = len(found.pairs) - len(found.differing)
    lines = [
        f"recipe: {found.recipe} version {found.recipe_version}, on {found.device}",
        tabulate([_row("in force", found.current), _row("candidate", found.candidate)], _HEADERS),
        f"same verdict: {same} of {len(found.pairs)} (95 % interval {low:.1%} to {high:.1%})",
        f"OK to NG: {counts['ok_to_ng']}, NG to OK: {counts['ng_to_ok']}",
    ]
    if any(pair.kind == "golden" for pair in found.pairs):
        wrong = counts["golden_wrong"]
        lines.append(
            f"golden samples wrong: {wrong['current']} in force, {wrong['candidate']} candidate"
        )
    if found.skipped:
        lines.append(f"{found.skipped} pictures could not be read")
    lines += [_differing(pair) for pair in found.differing[:_SHOWN]]
    if len(found.differing) > _SHOWN:
        lines.append(f"... and {len(found.differing) - _SHOWN} more")
    return "\n".join(lines)


_HEADERS = ("", "checkpoint", "NG limit", "load s", "ms a picture", "MB of weights")


def _row(which: str, side: Side) -> tuple[object, ...]:
    limit = "none" if side.ng_limit is None else f"{side.ng_limit:.4f}"
    return (
        which, side.name, limit, f"{side.load_s:.1f}", f"{side.model_ms:.0f}",
        f"{side.memory_mb:.0f}",
    )  # fmt: skip


def _differing(pair: Pair) -> str:
    must = "" if pair.expected is None else f", must be {_word(pair.expected)}"
    return (
        f"{pair.kind} {pair.name}: {_seen(pair.current)}, candidate {_seen(pair.candidate)}{must}"
    )


def _seen(seen: Seen) -> str:
    score = "" if seen.score is None else f" {seen.score:.4f}"
    return f"{_word(seen.verdict)}{score}"


def _word(verdict: Verdict) -> str:
    return verdict.value
