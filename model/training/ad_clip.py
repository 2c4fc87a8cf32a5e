"""AD-CLIP in training: neck, side branch, heads and prompts learn; the backbone is frozen."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from model.detector import Scores
from model.detectors.ad_clip import AdClip
from model.detectors.ad_clip_parts import Logits
from model.detectors.anomaly_clip import map_peak
from model.layers.text import encode_prompts
from model.training.anomaly_clip import BLOCK_RATE
from model.training.example import Batch
from model.training.trainee import Trainee

# a cell of the map counts as defective from this share of its area
_CELL_SHARE = 0.25
# rare and small as defects are, the plain mean of the focal loss has hardly a gradient
_FOCAL_GAIN = 10.0
# a new convolutional branch wants larger steps than prompts and heads
_SIDE_RATE = 20.0
_NECK_RATE = 5.0


class AdClipTrainee(Trainee):
    """The three losses of AD-CLIP, each of weight 1.

    "classification": cross entropy of the image's logit and, where the name of an example is
    known, of the class names. "anomaly": focal and dice loss of the side branch's map and of
    the neck's. "contrastive": how much nearer image and patches are to the text of their own
    state than to that of the other, defective and normal patches counting alike. Examples
    without a mask count with the losses of the image alone.
    """

    detector: AdClip

    def __init__(self, detector: AdClip, class_names: tuple[str, ...] = ()) -> None:
        """Take a detector; its backbone is frozen.

        Args:
            detector: What is trained, in place.
            class_names: Passed over: the detector has names of its own.
        """
        super().__init__()
        del class_names
        self.detector = detector.eval().requires_grad_(False)
        self.weights = {"classification": 1.0, "anomaly": 1.0, "contrastive": 1.0}
        self.class_names = detector.class_names
        for part in (detector.neck, detector.side, detector.image_head):
            part.requires_grad_(True)
        detector.name_head.requires_grad_(bool(self.class_names))
        learner = detector.prompt_learner
        learner.ctx_pos.requires_grad_(True)
        learner.ctx_neg.requires_grad_(True)
        blocks = len(detector.clip.get_submodule("transformer.resblocks")._modules)
        for prompt in list(learner.compound_prompts_text)[: max(0, blocks - 1)]:
            prompt.requires_grad_(True)
        for parameter in detector.base.own_blocks().values():
            parameter.requires_grad_(True)

    def rate(self, name: str) -> float:
        """Return the factor of the learning rate of a parameter."""
        if name.startswith("detector.side."):
            return _SIDE_RATE
        if ".resblocks." in name:
            return BLOCK_RATE
        return _NECK_RATE if name.startswith("detector.neck.") else 1.0

    def features(self, images: Tensor) -> dict[str, Tensor]:
        """Return what the frozen blocks make of images, by name."""
        return self.detector.base.frozen_features(images)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Return the unweighted losses of a batch by name."""
        text = encode_prompts(self.detector.clip, self.detector.prompt_learner)
        logits = self.detector.logits(
            batch.images, self.detector.base.resumed(batch.features), text, learning=True
        )
        known = batch.has_mask.float()
        fine = (int(logits.side.shape[1]), int(logits.side.shape[2]))
        share = F.adaptive_avg_pool2d(batch.masks[:, None], fine)[:, 0]
        cells = F.adaptive_avg_pool2d(batch.masks[:, None], self._grid(logits))[:, 0].flatten(1)
        return {
            "classification": self._classification(batch, logits),
            "anomaly": _map_loss(logits.side, (share > _CELL_SHARE).float(), known)
            + _map_loss(logits.patches, (cells > _CELL_SHARE).float(), known),
            "contrastive": self._contrastive(batch, logits, cells, known),
        }

    def _classification(self, batch: Batch, logits: Logits) -> Tensor:
        # the side branch answers for itself too: the head alone would lean on the tower,
        # which knows more in the beginning
        peak = map_peak(logits.side, self.detector.blend.peak_fraction)
        said = torch.stack([logits.image, logits.side_image, peak])
        labels = batch.labels.float().expand_as(said)
        # (3, B) -> sum over the three of the mean over the batch
        loss = 3 * F.binary_cross_entropy_with_logits(said, labels)
        if not self.class_names:
            return loss
        named = (batch.names >= 0).float()
        each = F.cross_entropy(logits.names, batch.names.clamp_min(0), reduction="none")
        return loss + (named * each).mean()

    def _contrastive(self, batch: Batch, logits: Logits, cells: Tensor, known: Tensor) -> Tensor:
        """Supervised contrast with the two texts as the prototypes of the two states.

        The softmax over two prototypes is a sigmoid of the difference of similarities, which
        is what the neck's logits are.
        """
        of_image = F.binary_cross_entropy_with_logits(logits.text, batch.labels.float())
        state = (cells > _CELL_SHARE).float()
        each = F.binary_cross_entropy_with_logits(logits.patches, state, reduction="none")
        # both states count alike, however few patches are defective
        of_normal = (each * (1 - state)).sum(1) / (1 - state).sum(1).clamp_min(1)
        of_defect = (each * state).sum(1) / state.sum(1).clamp_min(1)
        has_both = (state.sum(1) > 0).float()
        of_patches = (of_normal + of_defect) / (1 + has_both)
        return of_image + (known * of_patches).mean()

    def scores(self, batch: Batch) -> Scores:
        """Return what the trained parts say, without a memory bank."""
        found, seen = self.detector, self.detector.base.resumed(batch.features)
        logits = found.logits(batch.images, seen, found.base.text_features)
        size = (int(batch.images.shape[2]), int(batch.images.shape[3]))
        of_map = found.map_of(logits, seen.grid, size)
        return Scores(logits.image, of_map[:, None], logits.names.softmax(dim=-1))

    def refresh(self) -> None:
        """Renew the detector's text features."""
        self.detector.refresh_text()

    def _grid(self, logits: Logits) -> tuple[int, int]:
        side = math.isqrt(int(logits.patches.shape[1]))
        return side, side


def _map_loss(logits: Tensor, states: Tensor, known: Tensor) -> Tensor:
    """Return focal and dice loss of (B, ...) logits, a mean over the examples.

    Args:
        logits: Of "defective".
        states: Of their shape, 0 and 1.
        known: (B,) 1 where the states are known; other examples count nothing.
    """
    # (B, ...) -> (B, cells)
    logits, states = logits.flatten(1), states.flatten(1)
    each = F.binary_cross_entropy_with_logits(logits, states, reduction="none")
    miss = 1 - torch.exp(-each)
    focal = (miss.square() * each).mean(1)
    found = logits.sigmoid()
    overlap = 2 * (found * states).sum(1) + 1
    dice = 1 - overlap / (found.sum(1) + states.sum(1) + 1)
    # on a good picture the dice loss is near 1 until every cell is silent: the focal loss does it
    has_defect = (states.sum(1) > 0).float()
    return (known * (_FOCAL_GAIN * focal + has_defect * dice)).mean()
