"""A training run from the data set to the checkpoint and its figures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from model import checkpoint
from model.datasets.collection import Collection, read_collection
from model.detectors.ad_clip import AdClip
from model.device import choose_device
from model.errors import ModelError
from model.evaluate import Evaluation, EvaluationCancelled, evaluate_samples
from model.report.page import write_training_report
from model.training import state
from model.training.config import Epoch, LoopResult, TrainingProgress
from model.training.distributed import is_main, joined, local_rank
from model.training.facts import facts_of
from model.training.finish import finish
from model.training.folds import fold_plan, fold_splits, fold_table, mean_and_spread
from model.training.interrupt import Cancelled
from model.training.limits import limits
from model.training.loop import fit
from model.training.material import class_names, material, products_of, split_of, varies
from model.training.outputs import REPORT, RunFiles
from model.training.plan import FoldFigures, TrainPlan, TrainResult
from model.training.shots import Split
from model.training.start import Start, fresh, from_checkpoint, unfrozen
from model.training.trainees import trainee_for
from model.types import Calibration

Progress = Callable[[TrainingProgress], None]


class NoEpoch(ModelError):
    """The time was up before anything was learned."""


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
    watch = _Watch(progress or _ignore, cancelled or _never)
    found: dict[str, FoldFigures] = {}
    try:
        # torchrun's processes meet once, not for each fold anew
        with joined(_device(plan)):
            if plan.folds:
                found = _cross_validated(plan, collection, parts, watch)
            return _Run(plan, collection, parts, watch).result(found)
    except (Cancelled, EvaluationCancelled):
        return TrainResult(stopped="cancelled", folds=found)


def _ignore(_: object) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Watch:
    """Reports and asks; a deadline is a wish to stop that is granted with a result."""

    progress: Progress
    cancelled: Callable[[], bool]
    prefix: str = ""

    def report(self, now: TrainingProgress) -> None:
        self.progress(replace(now, stage=self.prefix + now.stage) if self.prefix else now)

    def counts(self, stage: str) -> Callable[[int, int], None]:
        return lambda done, total: self.report(TrainingProgress(stage, done, total))


class _Run:
    """One training on one split."""

    def __init__(
        self, plan: TrainPlan, collection: Collection, parts: Split, watch: _Watch
    ) -> None:
        self._plan, self._parts, self._watch = plan, parts, watch
        names, name = class_names(plan, parts), collection.name
        self._start = _started(plan, names)
        detector = self._start.detector.to(_device(plan))
        if isinstance(detector, AdClip):
            # only of use where the branch learns from mirrored pictures
            mirrored = varies(plan) and plan.augmentation.lets_mirror(products_of(parts, name))
            detector.blend = replace(detector.blend, mirrored=mirrored)
        self._material = material(plan, parts, name, detector.preprocess)
        self._trainee = trainee_for(detector, plan.weights, names)
        weights = self._trainee.weights
        self._facts = facts_of(plan, name, self._material, self._start, weights)
        self._files = RunFiles(plan.loop.folder, self._start, self._facts, _earlier(plan))

    def fitted(self) -> tuple[LoopResult, str]:
        """Train; return the loop's result and why it has ended."""
        plan = self._plan
        minutes = plan.minutes and plan.minutes / (plan.folds + 1)
        deadline = time.monotonic() + 60 * minutes if minutes else math.inf
        done = fit(
            self._trainee,
            self._material.views,
            self._material.validation,
            plan.loop,
            self._watch.report,
            lambda: self._watch.cancelled() or time.monotonic() > deadline,
            self._on_epoch,
        )
        if done.stopped != "cancelled":
            return done, done.stopped
        if time.monotonic() <= deadline:
            raise Cancelled
        if not done.epochs:
            raise NoEpoch(
                f"No epoch was finished within {plan.minutes:g} minutes; allow more and resume."
            )
        return done, "minutes"

    def _on_epoch(self, epoch: Epoch) -> None:
        loop, every = self._plan.loop, max(1, self._plan.save_every)
        is_due = epoch.number % every == 0 or epoch.number == loop.epochs
        self._files.epoch(epoch, keep=loop.keep_epochs and is_due)

    def judged(self, done: LoopResult) -> tuple[Calibration, Path, Evaluation | None]:
        """Set the limits, write best.safetensors and judge the test part with that file."""
        watch, detector = self._watch, self._start.detector
        finish(detector, self._parts, self._plan.loop.seed, watch.counts("bank"), watch.cancelled)
        found = limits(detector, self._parts, watch.counts("calibration"), watch.cancelled)
        best = self._files.best(found, {"epoch": done.best, "epochs": len(done.epochs)})
        if not self._parts.test:
            return found, best, None
        folders = weight_folders(self._plan)
        predictor = checkpoint.load(best, device=str(detector.device), weight_folders=folders)
        counts = watch.counts("test")
        return (
            found,
            best,
            evaluate_samples(predictor, self._parts.test, counts, cancelled=watch.cancelled),
        )

    def result(self, found: dict[str, FoldFigures]) -> TrainResult:
        """Train, judge and write everything."""
        done, why = self.fitted()
        result = TrainResult(
            stopped=why,
            epochs=done.epochs,
            best=done.best,
            folds=found,
            counts=self._material.counts(),
            painted=self._material.painted,
        )
        if not is_main():
            return result
        calibration, best, evaluation = self.judged(done)
        self._files.curves(done.epochs, done.best)
        report = evaluation.report if evaluation else None
        write_training_report(
            self._plan.loop.folder / REPORT,
            title=f"Training: {self._facts.name}",
            facts=self._facts.extra | {"stopped": why},
            epochs=done.epochs,
            best=done.best,
            report=report,
            judged=evaluation.judged if evaluation else (),
            calibration=calibration,
            tables=fold_table(found),
        )
        return replace(result, checkpoint=best, calibration=calibration, report=report)


def _cross_validated(
    plan: TrainPlan, collection: Collection, parts: Split, watch: _Watch
) -> dict[str, FoldFigures]:
    """Train on all shots but those of one fold and judge these, fold after fold."""
    reports = []
    for number, part in enumerate(fold_splits(plan, collection, parts), start=1):
        inner = replace(watch, prefix=f"fold {number}/{plan.folds}: ")
        run = _Run(fold_plan(plan, number), collection, part, inner)
        done, _ = run.fitted()
        evaluation = run.judged(done)[2] if is_main() else None
        if evaluation is not None:
            reports.append(evaluation.report)
    return mean_and_spread(reports)


def _earlier(plan: TrainPlan) -> tuple[Epoch, ...]:
    """Return the epochs before a resume."""
    content = state.read(plan.loop.folder) if plan.loop.resume else None
    return () if content is None else state.from_bytes(content, plan.loop.folder).epochs


def _started(plan: TrainPlan, names: tuple[str, ...]) -> Start:
    kind, seed, folders = plan.recipe.detector, plan.loop.seed, weight_folders(plan)
    if plan.start is None:
        start = fresh(kind, plan.network, folders, names, seed)
    else:
        start = from_checkpoint(plan.start, kind, plan.network, folders, names, seed)
    return unfrozen(start, plan.unfreeze)


def weight_folders(plan: TrainPlan) -> tuple[Path, ...]:
    """Return where the backbone is looked for: beside the start, then where the plan says."""
    beside = (plan.start.parent,) if plan.start is not None else ()
    return (*beside, *plan.weight_folders)


def _device(plan: TrainPlan) -> torch.device:
    """Return the device; under torchrun each process of a machine takes a GPU of its own."""
    device = choose_device(plan.device)
    if device.type == "cuda" and plan.device in ("auto", "cuda") and local_rank():
        return choose_device(f"cuda:{local_rank()}")
    return device
