"""Learning a product once more by the detector that judges it now. Imports torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.review.labelled import Cancelled, Progress
from model.backbones import backbones_at
from model.data import Sample
from model.learners import LEARNERS
from model.learning.choices import ChoiceError, choices_of
from model.learning.learned_file import CHOICES, LEARNER, save_learned
from model.learning.learner import Learner
from model.learning.material import Material
from model.learning.watch import Watch
from model.training.config import TrainingProgress
from model.types import CheckpointInfo

_CLIP = ("few_shot_clip", "painted_clip")
_LEARNING = ("coreset", "training")


@dataclass(frozen=True, slots=True)
class KnownWay:
    """How a checkpoint was learned.

    Attributes:
        name: In `model.learners.LEARNERS`.
        learner: The way.
        given: Choices as they were typed.
        choices: The same, with the usual values of the others.
    """

    name: str
    learner: Learner
    given: dict[str, str]
    choices: Any


def known_way(info: CheckpointInfo) -> KnownWay | None:
    """Return how a checkpoint was learned from good pictures, if it says so.

    The detectors on CLIP are left to `model.teach`, which goes on from the checkpoint itself.
    Choices that this program does not have any more take their usual values.
    """
    name = info.extra.get(LEARNER)
    if not isinstance(name, str) or name not in LEARNERS or name in _CLIP:
        return None
    learner = LEARNERS[name].load()
    if learner.needs_defects:
        return None
    noted = info.extra.get(CHOICES)
    given = {str(k): str(v) for k, v in noted.items()} if isinstance(noted, dict) else {}
    try:
        choices = choices_of(learner.choices, given)
    except ChoiceError:
        given, choices = {}, learner.choices()
    return KnownWay(name, learner, given, choices)


def learn_again(
    way: KnownWay,
    good: Sequence[Sample],
    file: Path,
    *,
    name: str,
    seed: int,
    device: str,
    folders: Sequence[Path],
    report: Progress,
    cancelled: Cancelled,
) -> None:
    """Learn good pictures and write the checkpoint.

    Args:
        way: Of the checkpoint in force.
        good: Pictures of good parts.
        file: Destination, ending in .safetensors.
        name: Of the checkpoint, for people.
        seed: Of the learning.
        device: "auto", "cpu" or "cuda".
        folders: With backbones and teachers.
        report: Told of the stages "learn" and "finish".
        cancelled: Asked between steps.

    Raises:
        ModelError: As `model.learning.learner.Learner.learn`.
    """
    material = Material.of_samples(good, seed)
    watch = Watch(_as_stages(report), cancelled)
    made = way.learner.learn(material, way.choices, backbones_at(folders), device, watch)
    save_learned(file, made, material, name=name, way=way.name, given=way.given)


def _as_stages(report: Progress) -> Callable[[TrainingProgress], None]:
    def show(now: TrainingProgress) -> None:
        if now.stage in _LEARNING:
            report("learn", now.done, now.total)
        elif now.stage == "limits":
            report("finish", now.done, now.total)

    return show
