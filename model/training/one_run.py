"""One training on one split: epochs, memory bank, limits, best.safetensors, figures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from model import checkpoint
from model.data import Sample
from model.datasets.collection import Collection
from model.detector import Detector
from model.detectors.ad_clip import AdClip
from model.device import choose_device
from model.errors import ModelError
from model.evaluate import Evaluation, evaluate_samples
from model.training import state
from model.training.config import Epoch, LoopResult, TrainingProgress
from model.training.distributed import local_rank
from model.training.facts import facts_of
from model.training.finish import TRAINED, finish
from model.training.interrupt import Cancelled
from model.training.limits import HeldOut, held_out
from model.training.loop import fit
from model.training.material import class_names, material, products_of, varies
from model.training.outputs import RunFiles
from model.training.plan import TrainPlan
from model.training.shots import Split
from model.training.start import Start, fresh, from_checkpoint, unfrozen
from model.training.trainees import trainee_for
from model.types import Calibration

Progress = Callable[[TrainingProgress], None]


class NoEpoch(ModelError):
    """The time was up before anything was learned."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Reports and asks; a deadline is a wish to stop that is granted with a result.

    Attributes:
        progress: Called with every report.
        cancelled: Asked between steps.
        prefix: Said before each stage.
    """

    progress: Progress
    cancelled: Callable[[], bool]
    prefix: str = ""

    def report(self, now: TrainingProgress) -> None:
        """Pass a report on."""
        self.progress(replace(now, stage=self.prefix + now.stage) if self.prefix else now)

    def counts(self, stage: str) -> Callable[[int, int], None]:
        """Return what takes (done, total) of a stage."""
        return lambda done, total: self.report(TrainingProgress(stage, done, total))


class OneRun:
    """One training on one split.

    Attributes:
        start: What is trained, and on which backbone.
        material: What it learns from.
        facts: What its files say of it.
        files: Where it writes.
    """

    def __init__(self, plan: TrainPlan, collection: Collection, parts: Split, watch: Watch) -> None:
        """Build the detector, the views and the folder.

        Raises:
            DatasetError: There is nothing to learn from.
            CheckpointError: The start or the backbone does not fit.
            ModelError: A value is out of range.
        """
        self._plan, self._parts, self._watch = plan, parts, watch
        names, name = class_names(plan, parts), collection.name
        self.start = _started(plan, names)
        detector = self.start.detector.to(device_of(plan))
        if isinstance(detector, AdClip):
            # only of use where the branch learns from mirrored pictures
            mirrored = varies(plan) and plan.augmentation.lets_mirror(products_of(parts, name))
            detector.blend = replace(detector.blend, mirrored=mirrored)
        self.material = material(plan, parts, name, detector.preprocess)
        self._trainee = trainee_for(detector, plan.weights, names)
        weights = self._trainee.weights
        self.facts = facts_of(plan, name, self.material, self.start, weights)
        self.files = RunFiles(plan.loop.folder, self.start, self.facts, _earlier(plan))

    @property
    def detector(self) -> Detector:
        """What is trained."""
        return self.start.detector

    def fitted(self) -> tuple[LoopResult, str]:
        """Train; return the loop's result and why it has ended.

        Raises:
            Cancelled: It was asked for.
            NoEpoch: The plan's minutes were too few.
            ModelError: As `model.training.loop.fit`.
        """
        plan = self._plan
        minutes = plan.minutes and plan.minutes / plan.runs
        deadline = time.monotonic() + 60 * minutes if minutes else math.inf
        done = fit(
            self._trainee,
            self.material.views,
            self.material.validation,
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
        self.files.epoch(epoch, keep=loop.keep_epochs and is_due)

    def sightings(self, trained: float = TRAINED) -> HeldOut:
        """Give the detector its memory bank and judge the pictures that were held out.

        Args:
            trained: Weight of the trained parts, see `model.training.finish.finish`.
        """
        watch, parts, seed = self._watch, self._parts, self._plan.loop.seed
        finish(self.detector, parts, seed, watch.counts("bank"), watch.cancelled, trained)
        return held_out(self.detector, parts, watch.counts("calibration"), watch.cancelled)


def tested(
    files: RunFiles,
    plan: TrainPlan,
    samples: Sequence[Sample],
    limits: Calibration,
    done: LoopResult,
    watch: Watch,
) -> tuple[Path, Evaluation | None]:
    """Write best.safetensors and judge the test part with that file.

    Args:
        files: Of the run.
        plan: The run.
        samples: The test part; empty for no test.
        limits: Of the detector.
        done: Its epochs.
        watch: Told and asked between two pictures.
    """
    best = files.best(limits, {"epoch": done.best, "epochs": len(done.epochs)})
    if not samples:
        return best, None
    predictor = checkpoint.load(
        best, device=str(device_of(plan)), weight_folders=weight_folders(plan)
    )
    counts, cancelled = watch.counts("test"), watch.cancelled
    return best, evaluate_samples(predictor, samples, counts, cancelled=cancelled)


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


def device_of(plan: TrainPlan) -> torch.device:
    """Return the device; under torchrun each process of a machine takes a GPU of its own."""
    device = choose_device(plan.device)
    if device.type == "cuda" and plan.device in ("auto", "cuda") and local_rank():
        return choose_device(f"cuda:{local_rank()}")
    return device
