"""AnomalyCLIP in training: the prompts learn, everything they are compared with is frozen."""

from __future__ import annotations

from torch import Tensor

from model.detector import Scores
from model.detectors.anomaly_clip import AnomalyClip
from model.layers.similarity import probability_map
from model.layers.text import encode_prompts
from model.losses import PIXEL_WEIGHT, image_loss, pixel_loss_parts
from model.training.example import Batch
from model.training.trainee import Trainee

_PARTS = ("focal", "dice_anomalous", "dice_normal")
# steps of a pretrained vision block beside those of new prompts
BLOCK_RATE = 0.05


class AnomalyClipTrainee(Trainee):
    """Losses of Zhou et al., ICLR 2024, section 3.4, as the authors' code weighs them.

    Cross entropy of the image decision ("image", weight 1), and for each layer's map focal loss
    and the dice losses of both channels ("focal", "dice_anomalous", "dice_normal", weight 4).
    Pictures whose mask is not known count with the image loss alone.
    """

    detector: AnomalyClip

    def __init__(self, detector: AnomalyClip, class_names: tuple[str, ...] = ()) -> None:
        """Take a detector; its prompts are set to train, all else is frozen.

        Args:
            detector: What is trained, in place.
            class_names: Passed over: the prompts are agnostic of the object, nothing is named.
        """
        super().__init__()
        self.detector = detector.eval().requires_grad_(False)
        self.weights = {"image": 1.0, **dict.fromkeys(_PARTS, PIXEL_WEIGHT)}
        self.class_names = ()
        learner = detector.prompt_learner
        learner.ctx_pos.requires_grad_(True)
        learner.ctx_neg.requires_grad_(True)
        # the text tower reads one in each block but the first; a surplus prompt never trains
        blocks = len(detector.clip.get_submodule("transformer.resblocks")._modules)
        for prompt in list(learner.compound_prompts_text)[: max(0, blocks - 1)]:
            prompt.requires_grad_(True)
        for parameter in detector.own_blocks().values():
            parameter.requires_grad_(True)

    def rate(self, name: str) -> float:
        """Return the factor of the learning rate: the backbone's own blocks learn slowly."""
        return BLOCK_RATE if ".resblocks." in name else 1.0

    def features(self, images: Tensor) -> dict[str, Tensor]:
        """Return what the frozen blocks make of images, by name."""
        return self.detector.frozen_features(images)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Return the unweighted losses of a batch by name."""
        seen = self.detector.resumed(batch.features)
        text = encode_prompts(self.detector.clip, self.detector.prompt_learner)
        size = (int(batch.masks.shape[-2]), int(batch.masks.shape[-1]))
        losses = {"image": image_loss(seen.image, text, batch.labels)}
        known = batch.has_mask
        # every loss is a mean over all pictures of the batch, with or without a mask
        share = known.float().mean()
        totals = dict.fromkeys(_PARTS, text.sum() * 0)
        masks = batch.masks if known.all() else batch.masks[known]
        for rows in seen.patches.values() if len(masks) else ():
            kept = rows if known.all() else rows[known]
            parts = pixel_loss_parts(probability_map(kept, text, seen.grid, size), masks)
            for name, part in zip(_PARTS, parts, strict=True):
                totals[name] = totals[name] + share * part
        return losses | totals

    def scores(self, batch: Batch) -> Scores:
        """Return what the detector says, from the text features of the last `refresh`."""
        return self.detector.text_scores(
            self.detector.resumed(batch.features), self.detector.preprocess.size
        )

    def refresh(self) -> None:
        """Renew the detector's text features."""
        self.detector.refresh_text()
