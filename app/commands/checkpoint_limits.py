"""`checkpoint limits`: limits for a checkpoint that has none, from stored good parts."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from app import checkpoints, i18n, paths
from app.candidates.errors import CheckCancelled
from app.candidates.limiting import Progress, good_parts, with_limits
from app.cli_codes import DONE, FAULT
from app.commands.checkpoint_compare import opened_store, recipe_in_use
from app.commands.progress_lines import progress_lines
from app.commands.review_filters import evidence_folder
from app.commands.stage_bar import StageBar
from app.errors import UsageError
from app.settings.recipes import RecipeBook
from app.store.evidence import EvidenceStore
from model.training.config import TrainingProgress
from model.types import CheckpointInfo


def run(options: argparse.Namespace) -> int:
    """Write the new file and say what its limits are."""
    if options.out.suffix != ".safetensors":
        raise UsageError(f"--out {options.out} must be a file ending in .safetensors.")
    if options.out.exists():
        raise UsageError(f"The file {options.out} is there already; choose another name.")
    if options.language:
        i18n.set_language(options.language)
    if options.progress_lines:
        with progress_lines() as lines:
            try:
                found = _limited(options, lines.show, lines.is_cancelled)
            except CheckCancelled:
                return FAULT
            lines.result(_facts(found))
        return DONE
    with StageBar() as bar:
        found = _limited(
            options,
            lambda stage, done, total: bar.show(TrainingProgress(stage, done, total)),
            lambda: False,
        )
    facts = _facts(found)
    print(
        json.dumps(facts)
        if options.json
        else f"{facts['path']}: NG from {facts['limit']:.6g}, typical {facts['typical']:.6g}",
        flush=True,
    )
    return DONE


def _limited(
    options: argparse.Namespace, progress: Progress, cancelled: Callable[[], bool]
) -> CheckpointInfo:
    home = paths.home(options.home)
    with opened_store(options, home) as store:
        recipe = RecipeBook(store).load(options.recipe or recipe_in_use(home, store))
        parts = good_parts(store, recipe.name, options.last)
    return with_limits(
        checkpoints.resolve(options.candidate, home),
        options.out,
        recipe,
        parts,
        EvidenceStore(evidence_folder(options, home)),
        home,
        options.name,
        options.device,
        progress,
        cancelled,
    )


def _facts(info: CheckpointInfo) -> dict[str, Any]:
    limits = info.calibration
    return {
        "path": str(info.path),
        "name": info.name,
        "sha256": info.sha256,
        "limit": limits.limit,
        "typical": limits.typical,
        "good": limits.n_normal,
        "method": limits.method,
    }
