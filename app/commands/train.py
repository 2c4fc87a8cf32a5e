"""`train`: fine-tune a detector of the CLIP family on a labelled data set."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from app.cli_codes import DONE, FAULT
from app.commands.epoch_lines import EpochLines
from app.commands.progress_lines import progress_lines
from app.commands.stage_bar import StageBar
from app.commands.train_options import add_arguments, plan_of
from app.errors import UsageError
from model.atomic import whole_file
from model.errors import CheckpointError
from model.training import state
from model.training.config import Epoch
from model.training.distributed import is_main
from model.training.interrupt import ctrl_c_noted
from model.training.network import filled
from model.training.plan import TrainPlan, TrainResult

__all__ = ["add_arguments", "run"]


def run(options: argparse.Namespace) -> int:
    """Train and print what came of it."""
    if options.out is not None and options.out.suffix != ".safetensors":
        raise UsageError(f"--out {options.out} must be a file ending in .safetensors.")
    plan = plan_of(options)
    if is_main():
        _say(plan)
    if options.progress_lines:
        return _told(plan, options.out)
    # late: the plots' library takes a second that no other command should wait for
    from model.training.run import train

    with ctrl_c_noted(is_patient=False) as interrupted, StageBar() as bar:
        result = _copied(train(plan, bar.show, interrupted), options.out)
    if result.stopped == "cancelled":
        sys.stderr.write(
            f"stopped; go on with the same options and --resume, which reads the state in "
            f"{plan.loop.folder}\n"
        )
        return FAULT
    if result.checkpoint is not None:
        facts = facts_of(result)
        print(json.dumps(facts) if options.json else _lines(facts), flush=True)
    return DONE


def _told(plan: TrainPlan, out: Path | None) -> int:
    """Train and tell the program that asked for it; it need not wait for the first line."""
    with progress_lines() as lines:
        lines.show("start", 0, 1)
        from model.training.run import train

        epochs = EpochLines(lines, plan.loop.epochs)
        if plan.loop.resume:
            epochs.tell(_earlier(plan.loop.folder))
        result = train(plan, epochs.show, lines.is_cancelled)
        if result.stopped == "cancelled":
            return FAULT
        epochs.tell(result.epochs)
        lines.result(facts_of(_copied(result, out)))
    return DONE


def _earlier(folder: Path) -> tuple[Epoch, ...]:
    content = state.read(folder)
    return () if content is None else state.from_bytes(content, folder).epochs


def _copied(result: TrainResult, out: Path | None) -> TrainResult:
    """Put the best checkpoint where it was asked for too.

    Raises:
        CheckpointError: It cannot be written there.
    """
    if out is None or result.checkpoint is None:
        return result
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(out) as part:
            shutil.copyfile(result.checkpoint, part)
    except OSError as error:
        raise CheckpointError(
            f"Cannot write the checkpoint {out}: {error.strerror or error}; it is kept in "
            f"{result.checkpoint}."
        ) from error
    return replace(result, checkpoint=out)


def _say(plan: TrainPlan) -> None:
    """Print on stderr what the options that were left out come to."""
    if plan.start is None:
        sizes = asdict(filled(plan.network, plan.recipe.detector))
        sys.stderr.write("".join(f"{name}: {value}\n" for name, value in sizes.items()))
    else:
        sys.stderr.write(f"start: {plan.start.name}\n")
    loop = plan.loop
    sys.stderr.write(
        f"recipe: {plan.recipe.name} ({loop.optimizer}, {loop.learning_rate:g}, batch "
        f"{loop.batch_size}, {loop.epochs} epochs)\n"
    )


def facts_of(result: TrainResult) -> dict[str, Any]:
    """Return what the command prints, JSON values."""
    report, best = result.report, result.epochs[result.best - 1] if result.best else None
    names = ("image_auroc", "image_ap", "f1_max", "pixel_auroc", "aupro", "f1")
    limits = {"limit": result.calibration.limit, "map_limit": result.calibration.map_limit}
    return {
        "checkpoint": str(result.checkpoint),
        "stopped": result.stopped,
        "epochs": len(result.epochs),
        "best_epoch": result.best,
        "validation": _finite(best.metrics) if best else {},
        **_finite(limits),
        "pictures": result.counts,
        "painted_defects": result.painted,
        "test": {name: getattr(report, name) for name in names} if report else None,
        "folds": {name: asdict(one) for name, one in result.folds.items()},
    }


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _lines(facts: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in facts.items())
