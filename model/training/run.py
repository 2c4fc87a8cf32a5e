"""A training run from the data set to the checkpoint and its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from model.datasets.collection import Collection, read_collection
from model.evaluate import EvaluationCancelled
from model.training.distributed import is_main, joined
from model.training.ensemble import trained_together
from model.training.folds import fold_plan, fold_splits, fold_table, mean_and_spread
from model.training.interrupt import Cancelled
from model.training.limits import limits_of
from model.training.material import split_of
from model.training.one_run import NoEpoch, OneRun, Progress, Watch, device_of, tested
from model.training.plan import FoldFigures, TrainPlan, TrainResult
from model.training.shots import Split

__all__ = ["NoEpoch", "train"]


def train(
    plan: TrainPlan,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TrainResult:
    """Train as planned: split, views, epochs, limits, best.safetensors, curves, report, figures.

    Args:
        plan: The run.
        progress: Called often; beside the loop's stages there are "calibration" and "test".
        cancelled: Asked between steps; True keeps the state on disk and returns.

    Raises:
        DatasetError: The data set cannot be read, split or trained on.
        CheckpointError: The start, the backbone or the state to resume does not fit, or a file
            cannot be written.
        NoEpoch: `plan.minutes` were too few for a single epoch.
        ModelError: A value is out of range, or the training has left the finite numbers.
        OutOfMemory: The device has too little memory.
    """
    collection = read_collection(plan.data, plan.dataset)
    parts = split_of(plan, collection)
    watch = Watch(progress or _ignore, cancelled or _never)
    found: dict[str, FoldFigures] = {}
    try:
        # torchrun's processes meet once, not for each fold anew
        with joined(device_of(plan)):
            if plan.members:
                return trained_together(plan, collection, parts, watch)
            if plan.folds:
                found = _cross_validated(plan, collection, parts, watch)
            return _result(plan, collection, parts, watch, found)
    except (Cancelled, EvaluationCancelled):
        return TrainResult(stopped="cancelled", folds=found)


def _ignore(_: object) -> None:
    pass


def _never() -> bool:
    return False


def _result(
    plan: TrainPlan,
    collection: Collection,
    parts: Split,
    watch: Watch,
    found: dict[str, FoldFigures],
) -> TrainResult:
    """Train, judge and write everything."""
    run = OneRun(plan, collection, parts, watch)
    done, why = run.fitted()
    result = TrainResult(
        stopped=why,
        epochs=done.epochs,
        best=done.best,
        folds=found,
        counts=run.material.counts(),
        painted=run.material.painted,
    )
    if not is_main():
        return result
    calibration = limits_of(run.sightings())
    best, evaluation = tested(run.files, plan, parts.test, calibration, done, watch)
    run.files.report(done, why, calibration, evaluation, fold_table(found))
    report = evaluation.report if evaluation else None
    return replace(result, checkpoint=best, calibration=calibration, report=report)


def _cross_validated(
    plan: TrainPlan, collection: Collection, parts: Split, watch: Watch
) -> dict[str, FoldFigures]:
    """Train on all shots but those of one fold and judge these, fold after fold."""
    reports = []
    for number, part in enumerate(fold_splits(plan, collection, parts), start=1):
        inner = replace(watch, prefix=f"fold {number}/{plan.folds}: ")
        of_fold = fold_plan(plan, number)
        run = OneRun(of_fold, collection, part, inner)
        done, _ = run.fitted()
        if not is_main():
            continue
        calibration = limits_of(run.sightings())
        _, evaluation = tested(run.files, of_fold, part.test, calibration, done, inner)
        if evaluation is not None:
            reports.append(evaluation.report)
    return mean_and_spread(reports)
