"""SOWA in training: adapters, contexts and the fusion of the prompts learn; CLIP is frozen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from model.detector import Scores
from model.detectors.sowa import Sowa, SowaFeatures
from model.errors import ModelError
from model.layers.similarity import text_probabilities
from model.losses import pixel_loss_parts
from model.training.config import LoopConfig
from model.training.example import Batch
from model.training.trainee import Trainee

_IMAGE = "image"
_TOKENS = "tokens"


class SowaTrainee(Trainee):
    """Losses of Hu and Zhang, arXiv 2407.03634, as the authors' code computes them.

    "classification" is the cross entropy of the image decision, taken of the probabilities (a
    softmax twice); "focal" and "dice" (of both channels) are summed over the levels. All weigh 1.
    Pictures whose mask is not known count with the classification alone.
    """

    detector: Sowa

    def __init__(self, detector: Sowa, class_names: tuple[str, ...] = ()) -> None:
        """Take a detector; all but its backbone is set to train.

        Args:
            detector: What is trained, in place; without shots.
            class_names: Passed over: SOWA names nothing.

        Raises:
            ModelError: The detector has shots, whose range training would make wrong.
        """
        super().__init__()
        if detector.n_shots:
            raise ModelError(
                "This checkpoint was taught with normal images and cannot be trained further; "
                "train the one that it was taught from, then teach again."
            )
        self.detector = detector.requires_grad_(False)
        for module in detector.trained_modules().values():
            module.requires_grad_(True)
        self.weights = {"classification": 1.0, "focal": 1.0, "dice": 1.0}
        self.class_names = ()

    def features(self, images: Tensor) -> dict[str, Tensor]:
        """Return the image feature (B, E) and the tapped blocks' tokens (B, L, N, D)."""
        seen = self.detector.features(images)
        return {_IMAGE: seen.image, _TOKENS: seen.tokens}

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Return the unweighted losses of a batch by name."""
        detector, seen = self.detector, _vision(batch.features)
        text = detector.prompts(detector.clip)[detector.prompts.class_number(detector.product)]
        probabilities = text_probabilities(seen.image, text)
        losses = {"classification": F.cross_entropy(probabilities, batch.labels)}
        known = batch.has_mask
        if not known.any():
            nothing = text.sum() * 0
            return losses | {"focal": nothing, "dice": nothing}
        if not known.all():
            seen = SowaFeatures(seen.image[known], seen.tokens[known], seen.grid)
        masks = batch.masks[known]
        size = (int(masks.shape[-2]), int(masks.shape[-1]))
        # (B, L, 2, H, W) -> L times (B, 2, H, W)
        maps = detector.level_maps(seen, text, size).unbind(1)
        parts = [pixel_loss_parts(level, masks) for level in maps]
        # every loss is a mean over all pictures of the batch, with or without a mask
        share = known.float().mean()
        losses["focal"] = share * torch.stack([focal for focal, _, _ in parts]).sum()
        losses["dice"] = share * torch.stack([one + other for _, one, other in parts]).sum()
        return losses

    def scores(self, batch: Batch) -> Scores:
        """Return what the detector says, from the text features of the last `refresh`."""
        side = self.detector.preprocess.size
        evidence = self.detector.evidence(_vision(batch.features), (side, side))
        return self.detector.fuse(evidence, with_peak=False)

    def refresh(self) -> None:
        """Renew the detector's text features."""
        self.detector.refresh_text()


def published_recipe(folder: Path) -> LoopConfig:
    """Return how the authors train: one epoch of AdamW (spec section 7).

    Args:
        folder: Where state, epochs and curves are written.
    """
    return LoopConfig(
        folder, epochs=1, batch_size=8, learning_rate=1e-3, weight_decay=0.2, seed=2025
    )


def _vision(features: Mapping[str, Tensor]) -> SowaFeatures:
    """Return the vision features of named ones; the grid of patches is square."""
    tokens = features[_TOKENS]
    side = math.isqrt(int(tokens.shape[2]))
    return SowaFeatures(features[_IMAGE], tokens, (side, side))
