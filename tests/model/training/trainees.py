"""Tiny trainees and views for the tests of the training loop; importable by fresh processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.detector import Detector, Scores
from model.detectors.anomaly_clip import AnomalyClip
from model.errors import DatasetError
from model.layers.prompts import PromptLearner
from model.layers.similarity import text_probabilities
from model.layers.text import encode_prompts
from model.losses import image_loss, pixel_loss
from model.preprocess import Preprocess
from model.training.example import Batch, Example
from model.training.trainee import Trainee
from tests.model.clips import small_clip

SIDE = 16


class Blotch(Detector):
    """A frozen convolution and a head that trains: one number a cell, its peak is the score."""

    kind: ClassVar[str] = "blotch"

    def __init__(self, seed: int = 0, width: int = 6) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.preprocess = Preprocess(SIDE)
        self.frozen = nn.Conv2d(3, width, 4, stride=4).requires_grad_(False)
        self.head = nn.Linear(width, 1)
        self.register_buffer("calls", torch.zeros(()))

    def cells(self, features: Tensor) -> Tensor:
        # (B, C, h, w) -> (B, h, w)
        rows = features.permute(0, 2, 3, 1).to(self.head.weight.dtype)
        return self.head(rows)[..., 0]  # type: ignore[no-any-return]

    def scored(self, features: Tensor) -> Scores:
        cells = self.cells(features)
        return Scores(cells.flatten(1).amax(1), cells[:, None])

    def forward(self, images: Tensor) -> Scores:
        return self.scored(self.frozen(images).tanh())

    def config(self) -> dict[str, Any]:
        return {"width": self.head.in_features}

    def checkpoint_state(self) -> dict[str, Tensor]:
        return dict(self.head.state_dict())

    def load_checkpoint_state(self, state: dict[str, Tensor]) -> None:
        self.head.load_state_dict(state)


class BlotchTrainee(Trainee):
    """Counts how often features are computed; `poison` makes the loss of that call NaN.

    `is_double` trains in float64, where rounding does not hide a difference, and has weights
    that not every batch, or none, uses.
    """

    def __init__(
        self, detector: Detector | None = None, *, noise: float = 0.0, is_double: bool = False
    ) -> None:
        super().__init__()
        self.detector = detector or Blotch()
        self.weights = {"cells": 2.0}
        self.class_names = ("good", "spot")
        self.noise = noise
        self.rare = self.unused = None
        if is_double:
            self.detector.head.double()
            self.rare = nn.Parameter(torch.ones(2, dtype=torch.float64))
            self.unused = nn.Parameter(torch.ones(2, dtype=torch.float64))
        self.pictures = self.steps = self.refreshed = 0
        self.poison = self.poisoned_gradient = -1
        self.batches: list[Batch] = []

    def features(self, images: Tensor) -> dict[str, Tensor]:
        assert not torch.is_grad_enabled()
        assert not self.training
        self.pictures += len(images)
        assert isinstance(self.detector, Blotch)
        return {"cells": self.detector.frozen(images).tanh()}

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        assert isinstance(self.detector, Blotch)
        assert not self.detector.frozen.training
        # validation asks for the losses too
        self.steps += self.training
        self.batches += [batch] * self.training
        features = batch.features["cells"]
        if self.noise:
            features = features + self.noise * torch.randn_like(features)
        cells = self.detector.cells(features)
        truth = F.adaptive_avg_pool2d(batch.masks[:, None], cells.shape[-2:])[:, 0]
        labels = batch.labels.to(cells.dtype)
        image = F.binary_cross_entropy_with_logits(cells.flatten(1).amax(1), labels)
        if self.training and self.steps == self.poison:
            image = image * torch.nan
        if self.training and self.steps == self.poisoned_gradient:
            image = image + (0 * self.detector.head.bias).sqrt().sum()
        losses = {"image": image, "cells": ((cells.sigmoid() - truth) ** 2).mean()}
        if self.rare is not None and labels.any():
            losses["rare"] = (labels * (self.rare - 2).square().sum()).mean()
        return losses

    def scores(self, batch: Batch) -> Scores:
        assert isinstance(self.detector, Blotch)
        assert not self.training
        return self.detector.scored(batch.features["cells"])

    def refresh(self) -> None:
        self.refreshed += 1


class PromptTrainee(Trainee):
    """AnomalyCLIP's prompts by its published losses; `is_double` as in `BlotchTrainee`."""

    def __init__(self, seed: int = 0, *, is_double: bool = False) -> None:
        super().__init__()
        clip = small_clip().requires_grad_(False)
        torch.manual_seed(seed)
        # the deeper prompts are rounded to float16, and so are their gradients
        learner = PromptLearner(clip, 4, 2, 1 if is_double else 3)
        self.detector = AnomalyClip(clip, learner, Preprocess(40), (2, 4), 3).eval()
        if is_double:
            clip.double()
            self.detector.double()
        self.weights = {"pixels": 4.0}
        self.class_names = ()

    @property
    def _clip(self) -> AnomalyClip:
        assert isinstance(self.detector, AnomalyClip)
        return self.detector

    def features(self, images: Tensor) -> dict[str, Tensor]:
        found = self._clip.features(images.to(self._clip.text_features.dtype))
        rows = {str(layer): patches for layer, patches in found.patches.items()}
        return {"image": found.image, **rows}

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        text = encode_prompts(self._clip.clip, self._clip.prompt_learner)
        parts = []
        for layer in ("2", "4"):
            cells = text_probabilities(batch.features[layer].to(text.dtype), text)
            side = int(cells.shape[1] ** 0.5)
            # (B, N, 2) -> (B, 2, h, w)
            maps = cells.transpose(1, 2).reshape(-1, 2, side, side)
            maps = F.interpolate(maps, batch.masks.shape[-2:], mode="bilinear", align_corners=True)
            parts.append(pixel_loss(maps, batch.masks))
        image = image_loss(batch.features["image"].to(text.dtype), text, batch.labels)
        return {"image": image, "pixels": torch.stack(parts).sum()}

    def scores(self, batch: Batch) -> Scores:
        text = self._clip.text_features
        image = text_probabilities(batch.features["image"].to(text.dtype), text)[:, 1]
        cells = text_probabilities(batch.features["4"].to(text.dtype), text)[..., 1]
        side = int(cells.shape[1] ** 0.5)
        # (B, N) -> (B, 1, h, w)
        return Scores(image, cells.reshape(-1, 1, side, side))

    def refresh(self) -> None:
        self._clip.refresh_text()


@dataclass
class SpotViews:
    """Noise; every second picture has a bright spot. Another turn is mirrored.

    `broken` names an index that cannot be read; `unknown` one whose spot has no mask.
    """

    count: int = 8
    seed: int = 0
    broken: int = -1
    unknown: int = -1

    def __len__(self) -> int:
        return self.count

    def view(self, index: int, turn: int) -> Example:
        if index == self.broken:
            raise DatasetError(f"Picture {index} cannot be read; remove it.")
        rng = np.random.default_rng([self.seed, index])
        picture = rng.integers(60, 120, (20, 24, 3), np.uint8)
        mask = np.zeros((20, 24), np.uint8)
        if index % 2:
            y, x = rng.integers(2, 12, 2)
            picture[y : y + 6, x : x + 6] += 90
            mask[y : y + 6, x : x + 6] = 1
        if turn % 2:
            picture, mask = picture[:, ::-1], mask[:, ::-1]
        picture = np.roll(picture, turn // 2, axis=0)
        mask = np.roll(mask, turn // 2, axis=0)
        is_known = index != self.unknown
        return Example(
            np.ascontiguousarray(picture),
            np.ascontiguousarray(mask) if is_known else None,
            bool(index % 2),
            "spot" if index % 2 else "good",
        )
