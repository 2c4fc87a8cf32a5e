"""Learning a product with EfficientAD: a student repeats a frozen teacher on good pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.backbones import Backbones
from model.calibration import of_predictions
from model.detectors.efficient_ad import (
    HIGH_QUANTILE,
    LOW_QUANTILE,
    EfficientAd,
    input_of,
)
from model.device import choose_device, enough_memory
from model.errors import DatasetError
from model.layers.pdn import SIZES, SMALLEST_SIDE
from model.layers.whole_look import WholeLook
from model.learning.choices import choice
from model.learning.efficient_ad_losses import (
    HARD_QUANTILE,
    StepPictures,
    quantile,
    step_losses,
)
from model.learning.efficient_ad_names import Whole, read_whole
from model.learning.efficient_ad_pictures import (
    PROCEDURAL,
    Inputs,
    foreign_inputs,
    normalised,
    step_pictures,
)
from model.learning.efficient_ad_teacher import AUTO, Teacher, find_teacher, set_statistics
from model.learning.efficient_ad_training import Schedule, Trainer
from model.learning.learner import Learned, Learner
from model.learning.material import Material
from model.learning.watch import Watch
from model.predictor import predict_with
from model.training.config import Epoch
from model.types import Calibration
from model.weight_file import file_sha256, fill

LEAST_GOOD = 4
_LIMITS_SHARE, _LIMITS_MOST = 0.2, 500
_STEERING_SHARE, _STEERING_MOST = 0.1, 200
_JUDGED = 8
_DESCRIBED = 1000


@dataclass(frozen=True, slots=True)
class EfficientAdChoices:
    """Choices of EfficientAD.

    Attributes:
        size: Of the networks; "auto" takes that of the teacher's file, without one "xs".
        teacher: Its weight file; None takes the one of that size in the weight folders.
        start: A whole trained EfficientAD of another program: nothing is trained, statistics
            and limits are found anew.
        steps: Training steps of one picture each; the paper takes 70,000.
        learning_rate: Of Adam; 0 takes 1e-4 for "s" and "m" (paper), 1e-3 for "xs".
        patience: Twentieths of the steps without gain after which training ends; 0 for never.
        penalty: Pictures that are not the product: "procedural", "none" or a folder.
        image_size: Side of the network's input, pixels.
        hard: Share of the student's differences that it need not improve.
        reference: Border of the map as in the authors' code.
    """

    size: str = choice(AUTO, "of the networks", options=(AUTO, *SIZES))
    teacher: Path | None = choice(None, "weight file of the teacher; else the one in the folders")
    start: Path | None = choice(None, "trained EfficientAD of anomalib: only limits are found")
    steps: int = choice(2000, "training steps; the paper takes 70000", low=1, high=1_000_000)
    learning_rate: float = choice(0.0, "of Adam; 0 takes that of the size", low=0, high=0.1)
    patience: int = choice(5, "twentieths without gain until it ends; 0 never", low=0, high=20)
    penalty: str = choice(PROCEDURAL, "foreign pictures: procedural, none or a folder")
    image_size: int = choice(256, "side of the input, pixels", low=SMALLEST_SIDE, high=1024)
    hard: float = choice(HARD_QUANTILE, "share that need not improve", low=0, high=0.9999)
    reference: bool = choice(False, "border of the map as the authors have it")


class EfficientAdLearner:
    """Holds two parts of the good pictures out: one ends the training, one gives the limits."""

    choices: type[Any] = EfficientAdChoices
    needs_defects = False

    def learn(
        self,
        material: Material,
        choices: EfficientAdChoices,
        backbones: Backbones,
        device: str,
        watch: Watch,
    ) -> Learned:
        """Learn the good pictures; see `model.learning.learner.Learner.learn`."""
        where = choose_device(device)
        parts = _parts(material.good)
        # fork: what else draws random numbers in this process must not notice
        with torch.random.fork_rng(), enough_memory(where, "learning with EfficientAD"):
            torch.manual_seed(material.seed)
            if choices.start is not None:
                lesson = _imported(choices.start, parts, choices, where)
            else:
                lesson = _begun(parts, choices, backbones, where)
            return lesson.learned(watch)


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """The good pictures by what they are for."""

    taught: Material
    steering: Material
    limits: Material


def _parts(good: Material) -> _Parts:
    if len(good) < LEAST_GOOD:
        raise DatasetError(
            f"{len(good)} good pictures are too few for EfficientAD; give at least {LEAST_GOOD}, "
            "better 50."
        )
    rest, limits = good.split(min(_LIMITS_SHARE, _LIMITS_MOST / len(good)), least=2)
    taught, steering = rest.split(min(_STEERING_SHARE, _STEERING_MOST / len(rest)))
    return _Parts(taught, steering, limits)


def _begun(
    parts: _Parts, choices: EfficientAdChoices, backbones: Backbones, where: torch.device
) -> _Lesson:
    """Return the lesson of a student that knows nothing yet."""
    teacher = find_teacher(choices.teacher, choices.size, backbones.folders)
    detector = _built(teacher.size, choices)
    fill(detector.teacher, teacher.state, f"The teacher {teacher.file} does not fit")
    return _Lesson(detector.to(where), parts, choices, _facts(teacher), is_trained=False)


def _imported(
    file: Path, parts: _Parts, choices: EfficientAdChoices, where: torch.device
) -> _Lesson:
    """Return the lesson of a detector that another program has trained."""
    whole = read_whole(file)
    detector = _built(whole.size, choices)
    for role, state in whole.parts.items():
        fill(detector.get_submodule(role), state, f"The {role} in {file} does not fit")
    _take_statistics(detector, whole)
    facts = {"imported_from": file.name, "imported_sha256": file_sha256(file)}
    return _Lesson(detector.to(where), parts, choices, facts, is_trained=True)


def _built(size: str, choices: EfficientAdChoices) -> EfficientAd:
    return EfficientAd(size, input_of(choices.image_size), reference=choices.reference)


def _take_statistics(detector: EfficientAd, whole: Whole) -> None:
    for name, values in whole.statistics.items():
        own: Tensor = detector.get_buffer(name)
        if values.shape == own.shape and bool((values > 0).all() or name == "teacher_mean"):
            own.copy_(values)


def _facts(teacher: Teacher) -> dict[str, Any]:
    return {"teacher": teacher.file.name, "teacher_sha256": teacher.sha256}


@dataclass(frozen=True, slots=True, eq=False)
class _Lesson:
    """One learning under way."""

    detector: EfficientAd
    parts: _Parts
    choices: EfficientAdChoices
    facts: dict[str, Any]
    is_trained: bool

    def learned(self, watch: Watch) -> Learned:
        taught, steering = self._inputs(self.parts.taught), self._inputs(self.parts.steering)
        self.detector.eval()
        if not (self.is_trained and self._has_statistics()):
            few = min(len(taught), _DESCRIBED)
            set_statistics(self.detector, self._each(taught, few, "features", watch))
        epochs: tuple[Epoch, ...] = ()
        facts = self.facts | {"train_good": len(taught), "steering_good": len(steering)}
        if not self.is_trained:
            trainer = self._trainer(taught, steering, watch)
            epochs = trainer.run()
            facts["steps"] = trainer.done
        self.detector.requires_grad_(False).eval()
        with torch.inference_mode():
            self._set_scale(steering)
            self.detector.look.learn(self._looks(taught), self._looks(steering))
        return Learned(self.detector, self._limits(watch), extra=facts, epochs=epochs)

    def _has_statistics(self) -> bool:
        return bool((self.detector.teacher_mean != 0).any())

    def _inputs(self, material: Material) -> Inputs:
        return Inputs(material.pictures, self.detector.preprocess)

    def _each(
        self, inputs: Inputs, count: int, stage: str = "", watch: Watch | None = None
    ) -> Iterator[Tensor]:
        """Yield the network inputs of some pictures on the device, (1, 3, S, S) each."""
        for index in range(count):
            for tile in normalised(inputs.tiles(index)).to(self.detector.device):
                yield tile[None]
            if watch is not None:
                watch.step(stage, index + 1, count)

    def _trainer(self, taught: Inputs, steering: Inputs, watch: Watch) -> Trainer:
        rng = np.random.default_rng((self.parts.taught.seed, 17))
        choices = self.choices
        foreign = foreign_inputs(choices.penalty, self.detector.preprocess, rng)
        pictures = step_pictures(taught, foreign, rng)
        rate = choices.learning_rate or SIZES[self.detector.size].learning_rate
        schedule = Schedule(choices.steps, rate, choices.patience, choices.hard)
        return Trainer(self.detector, pictures, self._judge(steering), schedule, watch)

    def _judge(self, steering: Inputs) -> Callable[[], float]:
        """Return what gives the loss of training on some steering pictures, as they are."""

        def judge() -> float:
            with torch.inference_mode():
                looked = self._each(steering, min(len(steering), _JUDGED))
                losses = [
                    step_losses(self.detector, StepPictures(one, one, None), self.choices.hard)
                    for one in looked
                ]
            return float(np.mean([float(one.total) for one in losses]))

        return judge

    def _looks(self, inputs: Inputs) -> Tensor:
        """Return (N, 3 C) of `WholeLook.numbers`, a row for each tile."""
        each = self._each(inputs, min(len(inputs), _DESCRIBED))
        return torch.cat([WholeLook.numbers(self.detector.described(one)) for one in each])

    def _set_scale(self, steering: Inputs) -> None:
        """Set the scale of both maps, and what the steering pictures reach on it."""
        raw = [self.detector.raw_maps(one) for one in self._each(steering, len(steering))]
        local = torch.cat([one.local.flatten() for one in raw])
        whole = torch.cat([one.whole.flatten() for one in raw])
        shares = (LOW_QUANTILE, HIGH_QUANTILE)
        found = [quantile(values, share) for values in (local, whole) for share in shares]
        self.detector.quantiles.copy_(torch.stack(found))
        peaks = [self.detector.comparable(one).amax((1, 2)) for one in raw]
        self.detector.set_lift(torch.cat(peaks))

    def _limits(self, watch: Watch) -> Calibration:
        """Return the limits from pictures that nothing was learned or chosen from."""
        detector, limits = self.detector, self.parts.limits
        predictions = []
        for number, picture in enumerate(limits.checked(), 1):
            judged = predict_with(detector, detector.preprocess, detector.device, picture)
            predictions.append(judged)
            watch.step("limits", number, len(limits))
        return of_predictions(predictions, method=f"{len(limits)} good pictures held out")


LEARNER: Learner = EfficientAdLearner()
