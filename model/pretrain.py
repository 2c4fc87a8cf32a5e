"""Pretraining of the embedded default: a small CLIP from scratch on procedural products.

Caption contrast (Radford et al., ICML 2021) and AnomalyCLIP's dense and image losses
(Zhou et al., ICLR 2024) are trained together, every weight free.
"""

from __future__ import annotations

import csv
import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from model import pretrain_state
from model.backbone import save_clip
from model.errors import CheckpointError, ModelError
from model.pretrain_data import Batch, batches, make_batch
from model.pretrain_model import PretrainModel
from model.pretrain_optimizer import PairOptimizer
from model.pretrain_schedule import Schedule, plan
from model.pretrain_state import MovingAverage, RunState
from model.pretrain_step import Stepper
from model.pretrain_validation import Figures, held_out, validate

log = logging.getLogger(__name__)

_COLUMNS = ("step", "seconds", "rate", "contrast", "dense", "image", "total")
_FIGURES = ("step", "seconds", "class_token_auroc", "map_peak_auroc", "pixel_auroc")


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """One pretraining run.

    Attributes:
        folder: Where the run keeps its state, logs and results.
        hours: Time to spend; the number of steps follows from a probe of the machine.
        schedule: Fixed schedule instead of the probe.
        seed: Of weights and pictures.
        backbone: Name of the CLIP to train.
        layers: Vision blocks whose maps are trained.
        dpam: As in `encode_image`.
        depth: Depth of the compound prompts.
        sizes: Side of the pictures and products per step, in the order of the phases.
        last_share: Share of the time for the last phase.
        peak_rate: Highest learning rate.
        weight_decay: Of the matrices.
        average_decay: Of the moving average of the weights.
        workers: Processes that make pictures.
        device: "auto", "cpu" or "cuda".
        checkpoint_minutes: Between states on disk.
        validation_samples: Held-out products, each seen good and defective.
    """

    folder: Path
    hours: float = 1.25
    schedule: Schedule | None = None
    seed: int = 0
    backbone: str = "adclip-tiny"
    layers: tuple[int, ...] = (4, 6)
    dpam: int = 3
    depth: int = 3
    sizes: dict[int, int] = field(default_factory=lambda: {120: 8, 240: 8})
    last_share: float = 0.4
    peak_rate: float = 8e-4
    weight_decay: float = 0.05
    average_decay: float = 0.998
    workers: int = 1
    device: str = "auto"
    checkpoint_minutes: float = 4.0
    validation_samples: int = 64

    def settings(self) -> dict[str, Any]:
        """Return what the numbers depend on, as JSON types."""
        return {
            "seed": self.seed,
            "backbone": self.backbone,
            "layers": list(self.layers),
            "dpam": self.dpam,
            "depth": self.depth,
            "weight_decay": self.weight_decay,
            "average_decay": self.average_decay,
        }


@dataclass(frozen=True, slots=True)
class PretrainProgress:
    """Where a run stands.

    Attributes:
        step: Steps done.
        steps: Steps in all.
        seconds: Time spent.
        losses: Means since the last report: contrast, dense, image, total.
        figures: Newest validation, None before the first.
    """

    step: int
    steps: int
    seconds: float
    losses: dict[str, float]
    figures: Figures | None


@dataclass(frozen=True, slots=True)
class PretrainResult:
    """What a run left behind.

    Attributes:
        is_finished: False if it was cancelled; the same call goes on with it.
        backbone: The averaged weights, float16 safetensors.
        prompts: The averaged prompt learner, safetensors with the names of its state dict.
        figures: Last validation.
    """

    is_finished: bool
    backbone: Path
    prompts: Path
    figures: Figures | None


def pretrain(
    config: PretrainConfig,
    progress: Callable[[PretrainProgress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> PretrainResult:
    """Run, or go on with, a pretraining.

    Args:
        config: The run; a state in its folder is continued.
        progress: Called every 20 steps and after each validation.
        cancelled: Asked after each step; True stores the state and ends.

    Raises:
        CheckpointError: The folder holds a damaged state or that of other settings.
        ModelError: The loss is no longer finite.
    """
    config.folder.mkdir(parents=True, exist_ok=True)
    run = _Run(config, progress)
    is_finished = run.train(cancelled)
    return run.result(is_finished)


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _probe(config: PretrainConfig, device: torch.device) -> dict[tuple[str, int], float]:
    """Measure the seconds of a step for both precisions and all sizes."""
    times: dict[tuple[str, int], float] = {}
    for side, samples in config.sizes.items():
        batch = make_batch(config.seed, 0, samples, side)
        for precision in ("float32", "bfloat16"):
            model = PretrainModel(
                config.backbone, config.layers, config.dpam, config.depth, precision
            ).to(device)
            best = float("inf")
            with Stepper(model, PairOptimizer(model, config.weight_decay)) as stepper:
                for _ in range(4):
                    start = time.perf_counter()
                    stepper.step(batch, 0.0)
                    best = min(best, time.perf_counter() - start)
            times[precision, side] = best
            log.info("probe: %s at %d px takes %.3f s a step", precision, side, best)
    return times


class _Run:
    """One run: model, optimizer, average, and the files in the folder."""

    def __init__(
        self, config: PretrainConfig, progress: Callable[[PretrainProgress], None]
    ) -> None:
        self._config, self._progress = config, progress
        device = _device(config.device)
        state = pretrain_state.read(config.folder)
        if state is not None and state.settings != config.settings():
            raise CheckpointError(
                f"The folder {config.folder} holds a run with other settings; choose another."
            )
        self._schedule = state.schedule if state else self._choose_schedule(device)
        torch.manual_seed(config.seed)
        self._model = PretrainModel(
            config.backbone, config.layers, config.dpam, config.depth, self._schedule.precision
        ).to(device)
        self._optimizer = PairOptimizer(self._model, config.weight_decay)
        self._average = MovingAverage(self._model, config.average_decay)
        self._done, self._before = 0, 0.0
        if state:
            self._model.load_state_dict(state.weights)
            self._average.take(state.average)
            self._optimizer.load_state_dict(state.optimizer)
            self._done, self._before = state.step, state.seconds
        self._started = time.monotonic()
        self._figures: Figures | None = None
        self._held_out: list[Batch] = []

    def _choose_schedule(self, device: torch.device) -> Schedule:
        config = self._config
        if config.schedule:
            return config.schedule
        times = _probe(config, device)
        return plan(
            3600 * config.hours,
            times,
            config.sizes,
            last_share=config.last_share,
            peak_rate=config.peak_rate,
        )

    @property
    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._started

    def train(self, cancelled: Callable[[], bool]) -> bool:
        """Do the remaining steps; return False if cancelled."""
        config, schedule = self._config, self._schedule
        stream = batches(schedule, config.seed, self._done, config.workers)
        saved = time.monotonic()
        recent: list[tuple[float, ...]] = []
        with Stepper(self._model, self._optimizer) as stepper:
            for batch in stream:
                rate = schedule.rate(self._done)
                recent.append(stepper.step(batch, rate))
                if not math.isfinite(recent[-1][-1]):
                    raise ModelError(
                        f"The loss is not finite at step {self._done}; take a lower peak rate."
                    )
                self._average.update(self._model, self._done)
                self._done += 1
                if self._done % 20 == 0 or self._done == schedule.steps:
                    self._report(recent, rate)
                    recent = []
                if time.monotonic() - saved > 60 * config.checkpoint_minutes:
                    self._save()
                    saved = time.monotonic()
                if cancelled():
                    break
        self._save()
        return self._done >= schedule.steps

    def _report(self, recent: list[tuple[float, ...]], rate: float) -> None:
        means = [sum(column) / len(recent) for column in zip(*recent, strict=True)]
        row = (self._done, round(self._seconds, 1), rate, *means)
        _append(self._config.folder / "losses.csv", _COLUMNS, row)
        names = dict(zip(_COLUMNS[3:], means, strict=True))
        steps = self._schedule.steps
        self._progress(PretrainProgress(self._done, steps, self._seconds, names, self._figures))

    def _save(self) -> None:
        """Write the state, then measure the averaged weights and write them for use."""
        config = self._config
        state = RunState(
            self._done,
            config.settings(),
            self._schedule,
            self._seconds,
            self._model.state_dict(),
            self._average.state(),
            self._optimizer.state_dict(),
        )
        pretrain_state.write(config.folder, state)
        averaged = PretrainModel(
            config.backbone, config.layers, config.dpam, config.depth, "float32"
        )
        averaged.load_state_dict(self._model.state_dict() | self._average.state())
        averaged.prompt_learner.take_token_embeddings(averaged.clip)
        if config.validation_samples:
            self._held_out = self._held_out or held_out(config.seed, config.validation_samples)
            self._figures = validate(averaged, self._held_out)
            row = (self._done, round(self._seconds, 1), *asdict(self._figures).values())
            _append(config.folder / "figures.csv", _FIGURES, row)
        save_clip(averaged.clip, config.backbone, config.folder / f"{config.backbone}.safetensors")
        prompts = {k: v.contiguous() for k, v in averaged.prompt_learner.state_dict().items()}
        save_file(prompts, config.folder / "prompts.safetensors")

    def result(self, is_finished: bool) -> PretrainResult:
        """Name what the run left behind."""
        folder = self._config.folder
        return PretrainResult(
            is_finished,
            folder / f"{self._config.backbone}.safetensors",
            folder / "prompts.safetensors",
            self._figures,
        )


def _append(file: Path, columns: tuple[str, ...], row: tuple[float, ...]) -> None:
    is_new = not file.exists()
    with file.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        if is_new:
            writer.writerow(columns)
        writer.writerow(row)
