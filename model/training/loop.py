"""The one training loop: frozen features once, then epochs, with a state that resumes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from model.device import enough_memory
from model.errors import DatasetError
from model.training import optimizer, state
from model.training.average import Average
from model.training.cache import FOLDER, FeatureCache
from model.training.config import Epoch, LoopConfig, LoopResult, TrainingProgress
from model.training.distributed import Processes, joined
from model.training.example import Batch, Views
from model.training.fingerprint import check_same_run, frozen_hash, settings
from model.training.interrupt import Cancelled, ctrl_c_noted
from model.training.order import batches, chance_seed, order, own_part, turn_of
from model.training.preparation import TRAINING, VALIDATION, own_views, prepare
from model.training.reading import Key, Reader
from model.training.snapshot import restore, snapshot
from model.training.source import Source
from model.training.step import Stepper
from model.training.trainee import Trainee
from model.training.validation import validate


def fit(
    trainee: Trainee,
    views: Views,
    validation: Views | None,
    config: LoopConfig,
    progress: Callable[[TrainingProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> LoopResult:
    """Train; afterwards the trainee holds the weights of the best epoch.

    With `config.resume` a run goes on from the state in its folder with the numbers of one that
    was not stopped; without a state there it starts from the beginning. Under torchrun the
    processes share every batch; the first alone validates, writes the state and calls back.
    Ctrl-C in the main thread counts as `cancelled`; a second one ends at once, with the state
    of the last epoch on disk.

    Args:
        trainee: What to train, on the device of its detector.
        views: Pictures to learn from; picklable if `config.workers` is above 0.
        validation: Pictures by which epochs are compared: by the image AUROC, or the pixel AUROC
            where that is not defined, otherwise by the lowest total loss in training; where
            equal, by the total loss on them.
        config: How.
        progress: Called after every step of every stage.
        cancelled: Asked between steps; True keeps the state and returns.
        on_epoch: Called after each epoch, the trainee holding its weights, before the state
            is written: after a crash in between it is called again for the same epoch.

    Raises:
        ModelError: Values out of range, a loss or gradient that is not finite, or a state that
            cannot be written; the state before it is whole.
        CheckpointError: The state to resume from is damaged or of another run.
        DatasetError: There is nothing to train on, or a picture cannot be read.
        OutOfMemory: The device has too little memory for a batch.
    """
    optimizer.check(config)
    if not len(views):
        raise DatasetError("There is no picture to train on; give at least one.")
    device = trainee.detector.device
    what = f"training with batches of {config.batch_size}"
    with (
        enough_memory(device, what),
        torch.random.fork_rng([device] if device.type == "cuda" else []),
        joined(device) as processes,
        ctrl_c_noted(is_patient=processes.size > 1) as interrupted,
        _reader(trainee, views, validation, config) as reader,
    ):
        run = _Run(trainee, (views, validation), config, processes, reader)
        run.on_progress = progress if processes.is_main and progress else _ignore
        run.on_epoch = on_epoch if processes.is_main and on_epoch else _ignore
        run.is_cancelled = lambda: interrupted() or bool(cancelled and cancelled())
        return run.result()


def is_better(epoch: Epoch, best: Epoch) -> bool:
    """Compare qualities, and where these are equal the losses on the validation pictures."""
    if epoch.metrics["quality"] != best.metrics["quality"]:
        return epoch.metrics["quality"] > best.metrics["quality"]
    return epoch.losses.get("validation", 0.0) < best.losses.get("validation", 0.0)


def _ignore(_: object) -> None:
    pass


@contextmanager
def _reader(
    trainee: Trainee, views: Views, validation: Views | None, config: LoopConfig
) -> Iterator[Reader]:
    parts = {TRAINING: views} | ({} if validation is None else {VALIDATION: validation})
    reader = Reader(parts, trainee.detector.preprocess, config.workers)
    try:
        yield reader
    finally:
        reader.close()


class _Run:
    """One run: what it has, where it stands."""

    on_progress: Callable[[TrainingProgress], None]
    on_epoch: Callable[[Epoch], None]
    is_cancelled: Callable[[], bool]

    def __init__(
        self,
        trainee: Trainee,
        views: tuple[Views, Views | None],
        config: LoopConfig,
        processes: Processes,
        reader: Reader,
    ) -> None:
        self._trainee, self._config, self._processes = trainee, config, processes
        self._count = len(views[0])
        self._held_out = len(views[1]) if views[1] is not None else 0
        self._reader = reader
        self._stepper = Stepper(trainee, config, processes)
        frozen = frozen_hash(trainee, self._stepper.precision)
        self._identity = settings(config, trainee) | {"frozen": frozen}
        self._cache = FeatureCache(
            config.folder / FOLDER / str(processes.rank),
            frozen,
            config.cache_bytes // processes.local_size,
            config.disk_bytes // processes.local_size,
        )
        self._source = Source(trainee, reader, self._cache, self._stepper.precision)
        self._epochs: list[Epoch] = []
        self._step, self._seconds = 0, 0.0
        self._sums: dict[str, tuple[float, int]] = {}
        self._average = Average(trainee, config.average)
        self._best, self._best_weights = 0, snapshot(trainee)

    def result(self) -> LoopResult:
        """Train to the end, or until it is to stop."""
        try:
            self._begin()
            while not self._is_over():
                self._epoch(len(self._epochs) + 1)
            stopped = "finished" if len(self._epochs) >= self._config.epochs else "patience"
        except Cancelled:
            stopped = "cancelled"
        restore(self._trainee, self._best_weights)
        if stopped != "cancelled":
            self._cache.clear()
        return LoopResult(tuple(self._epochs), self._best, stopped)

    def _is_over(self) -> bool:
        waited = len(self._epochs) - self._best
        is_tired = self._config.patience > 0 and waited >= self._config.patience
        return is_tired or len(self._epochs) >= self._config.epochs

    def _begin(self) -> None:
        """Take up the state if there is one to resume, then see to the features."""
        if self._processes.is_main:
            state.tidy(self._config.folder)
        stored = self._stored()
        if stored:
            self._take(stored)
        else:
            self._cache.clear()
        data = self._prepare()
        if stored:
            check_same_run({"data": stored.identity["data"]}, {"data": data}, self._config.folder)
        self._identity["data"] = data
        if not stored:
            self._save()

    def _stored(self) -> state.RunState | None:
        folder = self._config.folder
        is_wanted = self._config.resume and self._processes.is_main
        content = self._processes.from_main(state.read(folder) if is_wanted else None)
        if content is None:
            return None
        found = state.from_bytes(content, folder)
        known = {name: value for name, value in found.identity.items() if name != "data"}
        check_same_run(known, self._identity, folder)
        return found

    def _take(self, stored: state.RunState) -> None:
        restore(self._trainee, stored.weights)
        self._stepper.take(stored.optimizer, stored.scaler, stored.gradients)
        self._average.take(stored.average)
        self._epochs = list(stored.epochs)
        self._step, self._seconds, self._sums = stored.step, stored.seconds, dict(stored.sums)
        if stored.best:
            self._best, self._best_weights = stored.best, stored.best_weights

    def _prepare(self) -> str:
        """Read all pictures, keep what features fit, and return the hash of the data."""
        own = own_views(self._config, self._processes, self._count, self._held_out)
        return prepare(
            self._source,
            own,
            self._processes,
            lambda done, total: self._report("features", done, total),
            self.is_cancelled,
            is_read_only=self._is_over(),
        )

    def _epoch(self, number: int) -> None:
        """Do what is left of an epoch, judge it and write it down."""
        started = time.monotonic() - self._seconds
        try:
            rate = self._steps(number)
            with self._average.shown():
                self._close(number, rate, self._judged(), started)
        except Cancelled:
            self._seconds = time.monotonic() - started
            self._save()
            raise
        self._step, self._seconds, self._sums = 0, 0.0, {}
        self._save()

    def _close(self, number: int, rate: float, metrics: dict[str, float], started: float) -> None:
        """Write an epoch down while the trainee has the weights that are kept of it."""
        losses = {name: value / count for name, (value, count) in self._sums.items()}
        metrics.setdefault("quality", -losses["total"])
        if "loss" in metrics:
            losses["validation"] = metrics.pop("loss")
        epoch = Epoch(number, rate, losses, metrics, time.monotonic() - started)
        if not self._best or is_better(epoch, self._epochs[self._best - 1]):
            self._best, self._best_weights = number, snapshot(self._trainee)
        self.on_epoch(epoch)
        self._epochs.append(epoch)

    def _steps(self, number: int) -> float:
        """Do the remaining steps of an epoch and return the learning rate at its end."""
        config, processes = self._config, self._processes
        whole = batches(order(config.seed, number - 1, self._count), config.batch_size)
        turn = turn_of(number - 1, config.turns)
        own = [
            own_part(part, processes.rank, processes.size, config.turns > 0)
            for part in whole[self._step :]
        ]
        stream = self._source.batches(
            [[Key(TRAINING, index, turn) for index in part] for part in own]
        )
        per_epoch = -(-len(whole) // config.accumulate)
        before, updates = (number - 1) * per_epoch, config.epochs * per_epoch
        # the epoch's last update is behind if only the validation was interrupted
        rate = optimizer.learning_rate(config, before + per_epoch - 1, updates)
        for batch in stream:
            self._stop_if_asked()
            torch.manual_seed(chance_seed(config.seed, number, self._step, processes.rank))
            group = self._step // config.accumulate
            first = group * config.accumulate
            examples = sum(len(part) for part in whole[first : first + config.accumulate])
            where = f"step {self._step + 1} of epoch {number}"
            self._count_losses(self._stepper.add(batch, examples, where))
            self._step += 1
            if self._step % config.accumulate == 0 or self._step == len(whole):
                at = optimizer.learning_rate(config, before + group, updates)
                self._stepper.update(at, where)
                self._average.update(before + group + 1)
            steps = config.epochs * len(whole)
            self._report(TRAINING, (number - 1) * len(whole) + self._step, steps, number)
        self._stop_if_asked()
        return rate

    def _stop_if_asked(self) -> None:
        if any(self._processes.gathered(self.is_cancelled())):
            raise Cancelled

    def _count_losses(self, means: dict[str, tuple[float, int]]) -> None:
        for name, (mean, count) in means.items():
            value, known = self._sums.get(name, (0.0, 0))
            self._sums[name] = (value + mean * count, known + count)

    def _judged(self) -> dict[str, float]:
        """Return the validation's figures, in every process; empty without validation."""
        figures: dict[str, float] | None = {}
        if self._processes.is_main and self._held_out:
            try:
                figures = self._validated()
            except Cancelled:
                figures = None
        figures = self._processes.from_main(figures)
        if figures is None:
            raise Cancelled
        return dict(figures)

    def _validated(self) -> dict[str, float]:
        groups = batches(range(self._held_out), self._config.batch_size)
        keys = [[Key(VALIDATION, index, 0) for index in group] for group in groups]
        number, done = len(self._epochs) + 1, 0
        torch.manual_seed(chance_seed(self._config.seed, number, self._step, 0))

        def reported() -> Iterator[Batch]:
            nonlocal done
            for batch in self._source.batches(keys):
                if batch is not None:
                    yield batch
                done += 1
                self._report(VALIDATION, done, len(keys), number)

        torch.manual_seed(chance_seed(self._config.seed, number, self._step, 0))
        pixels = self._held_out * self._trainee.detector.preprocess.size**2
        return validate(self._trainee, reported(), pixels, self.is_cancelled)

    def _report(self, stage: str, done: int, total: int, epoch: int = 0) -> None:
        last = self._epochs[-1] if self._epochs else None
        self.on_progress(TrainingProgress(stage, done, total, epoch, last))

    def _save(self) -> None:
        if not self._processes.is_main:
            return
        stored = state.RunState(
            identity=self._identity,
            epochs=tuple(self._epochs),
            step=self._step,
            sums=self._sums,
            seconds=self._seconds,
            weights=snapshot(self._trainee),
            average=self._average.state(),
            best=self._best,
            best_weights=self._best_weights if self._best else {},
            **self._stepper.state(),
        )
        state.write(self._config.folder, stored)
