"""What every anomaly detector is: tensors in, scores and maps out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from model.normal_pictures import NormalPictures
from model.preprocess import Preprocess


@dataclass(frozen=True, slots=True)
class Scores:
    """What a detector says of a batch.

    Attributes:
        image_score: (B,) float32, raw unit, higher is more anomalous.
        anomaly_map: (B, 1, h, w) float32, raw unit, any resolution.
        class_probabilities: (B, C) float32 that sum to 1, in the order of the detector's
            `class_names`; None where it names nothing.
    """

    image_score: Tensor
    anomaly_map: Tensor
    class_probabilities: Tensor | None = None


class Detector(nn.Module, ABC):
    """Base of the detectors: preprocessed images to raw scores.

    Sizes, thresholds and file handling belong to the builder, the predictor and the
    checkpoint; `forward` holds no numbers of a product.

    Attributes:
        kind: Name in the registry.
        explains: Its map shows what a classifier looked at; it measures no defect.
        class_names: What `Scores.class_probabilities` counts; empty where nothing is named.
        preprocess: How an image becomes this detector's input; saved with the checkpoint.
        normals: The normal pictures behind its memory, for people to look at; None without.
    """

    kind: ClassVar[str]
    explains: ClassVar[bool] = False
    class_names: tuple[str, ...] = ()
    preprocess: Preprocess
    normals: NormalPictures | None = None

    @abstractmethod
    def forward(self, images: Tensor) -> Scores:
        """Score (B, 3, H, W) float32 images as `preprocess` makes them."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """Return JSON values from which `model.registry.build` makes the same detector."""

    @abstractmethod
    def checkpoint_state(self) -> dict[str, Tensor]:
        """Return the tensors that a checkpoint stores: all but the frozen backbone."""

    @abstractmethod
    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        """Take the tensors of `checkpoint_state`.

        Raises:
            CheckpointError: A tensor is missing, has another shape or is not finite.
        """

    @property
    def device(self) -> torch.device:
        """Device of the first parameter."""
        return next(self.parameters()).device
