"""What every way of learning is: material and choices in, a detector with limits out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from model.backbones import NO_BACKBONE, Backbones
from model.detector import Detector
from model.learning.material import Material
from model.learning.watch import Watch
from model.training.config import Epoch
from model.types import Calibration


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What a learning came to; all that `model.checkpoint.save` needs.

    Attributes:
        detector: On its device, in evaluation mode.
        calibration: Limits from pictures that it has not learned from.
        backbone_name: Of the frozen network that is not stored; "" for none.
        backbone_sha256: Hash of its weight file.
        extra: Facts for display, JSON values.
        epochs: Curves; empty where nothing was trained.
    """

    detector: Detector
    calibration: Calibration
    backbone_name: str = NO_BACKBONE
    backbone_sha256: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    epochs: tuple[Epoch, ...] = ()


class Learner(Protocol):
    """One way of learning a product.

    Attributes:
        choices: Frozen dataclass of `model.learning.choices.choice` fields.
        needs_defects: Whether it learns from labelled defective pictures.
    """

    choices: type[Any]
    needs_defects: bool

    def learn(
        self, material: Material, choices: Any, backbones: Backbones, device: str, watch: Watch
    ) -> Learned:
        """Learn a product.

        Args:
            material: Pictures; those without labels are good.
            choices: Of the type `choices`.
            backbones: Where frozen networks are looked for.
            device: "auto", "cpu" or "cuda".
            watch: Told of progress; may stop it.

        Raises:
            DatasetError: The pictures do not suffice.
            CheckpointError: A backbone or a teacher is missing or does not fit.
            ModelError: A picture or a choice cannot be used.
            OutOfMemory: The device has too little memory.
            TeachingCancelled: `watch` said so.
        """
