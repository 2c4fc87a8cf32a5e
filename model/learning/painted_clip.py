"""Learning AD-CLIP from good pictures alone: memory bank and a branch for painted defects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.backbones import Backbones
from model.learning.choices import choice
from model.learning.clip_start import started
from model.learning.learner import Learned, Learner
from model.learning.material import Material
from model.learning.watch import Watch
from model.teaching import MAX_SHOTS, drawn_numbers
from model.training.augmentation import ALL_PRODUCTS, Augmentation
from model.training.config import Epoch, TrainingProgress
from model.training.paint_lesson import FEWEST, teach_painted


@dataclass(frozen=True, slots=True)
class PaintedClipChoices:
    """Choices of AD-CLIP on painted defects.

    Attributes:
        start: Checkpoint whose prompts and backbone are kept; None for the shipped one.
        shots: Good pictures at most, drawn by the seed.
        steps: Steps of the training; 0 takes 20 a picture, 200 to 900.
        flips: Whether a mirrored or turned part is still a good part.
        colours: Whether a part of another colour is still a good part.
    """

    start: Path | None = choice(None, "checkpoint to start from; the shipped one if left out")
    shots: int = choice(MAX_SHOTS, "good pictures to use at most", low=FEWEST, high=MAX_SHOTS)
    steps: int = choice(0, "steps of the training; 0 for 20 a picture", low=0, high=100_000)
    flips: bool = choice(True, "a mirrored or turned part is still good")
    colours: bool = choice(True, "a part of another colour is still good")


class PaintedClipLearner:
    """Learns by `model.training.paint_lesson.teach_painted`; a quarter is held out for limits."""

    choices: type[Any] = PaintedClipChoices
    needs_defects = False

    def learn(
        self,
        material: Material,
        choices: PaintedClipChoices,
        backbones: Backbones,
        device: str,
        watch: Watch,
    ) -> Learned:
        """Learn the good pictures; see `model.learning.learner.Learner.learn`."""
        good = material.good
        drawn = good.taken(drawn_numbers(len(good), min(choices.shots, len(good)), good.seed))
        start = started(choices.start, backbones, device)
        epochs: dict[int, Epoch] = {}

        def show(now: TrainingProgress) -> None:
            if now.last is not None:
                epochs[now.last.number] = now.last
            watch.show(now)

        detector, calibration = teach_painted(
            start,
            drawn.pictures,
            material.seed,
            show,
            watch.cancelled,
            _augmentation(choices, drawn),
            choices.steps or None,
        )
        return Learned(
            detector,
            calibration,
            start.info.backbone,
            start.info.backbone_sha256,
            epochs=tuple(epochs[number] for number in sorted(epochs)),
        )


def _augmentation(choices: PaintedClipChoices, good: Material) -> Augmentation:
    """Return how the pictures vary, without what makes one of these products defective."""
    usual = Augmentation()
    off = {name for label in good.labels for name in usual.left_out(label.product)}
    off |= {"flip"} if not choices.flips else set()
    off |= {"colour"} if not choices.colours else set()
    return replace(usual, without={ALL_PRODUCTS: tuple(sorted(off))}) if off else usual


LEARNER: Learner = PaintedClipLearner()
