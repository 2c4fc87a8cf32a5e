"""How well a model in training finds defects on procedural products it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from model.layers.text import encode_prompts
from model.layers.vision import encode_image
from model.pretrain_data import Batch, make_batch, normalised
from model.pretrain_model import PretrainModel, patch_maps
from model.synthesis.sample import SIZE

HELD_OUT_OFFSET = 1_000_003


@dataclass(frozen=True, slots=True)
class Figures:
    """Areas under the ROC curve on held-out procedural products, 0 to 1.

    Attributes:
        class_token: Of the image decision.
        map_peak: Of the highest value of the map.
        pixels: Of the map at patch resolution.
    """

    class_token: float
    map_peak: float
    pixels: float


def auroc(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """Return the area under the ROC curve by ranks, ties counted half; NaN with one class."""
    order = np.unique(scores, return_inverse=True)[1]
    counts = np.bincount(order)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[order]
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return float("nan")
    return float(
        (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / positives / negatives
    )


def held_out(seed: int, samples: int, side: int = SIZE) -> list[Batch]:
    """Return whole pictures of products that no training of this seed sees."""
    stream = seed + HELD_OUT_OFFSET
    return [
        make_batch(stream, first, min(8, samples - first), side) for first in range(0, samples, 8)
    ]


@torch.no_grad()
def validate(model: PretrainModel, batches: list[Batch]) -> Figures:
    """Measure a model; its mode and weights are left as they are."""
    text = encode_prompts(model.clip, model.prompt_learner)
    device = text.device
    visual: Any = model.clip.visual
    images, peaks, pixels, truth, labels = [], [], [], [], []
    for batch in batches:
        features = encode_image(
            visual, normalised(batch.images.to(device)), model.layers, model.dpam
        )
        maps = torch.stack(
            [patch_maps(p, text, features.grid)[:, 1] for p in features.patches.values()]
        ).mean(0)
        logits = F.normalize(features.image, dim=-1) @ text.T
        images.append((logits[:, 1] - logits[:, 0]).cpu())
        peaks.append(maps.flatten(1).amax(1).cpu())
        pixels.append(maps.flatten().cpu())
        cells = F.adaptive_max_pool2d(batch.masks.float()[:, None], features.grid)
        truth.append(cells.flatten())
        labels.append(batch.labels)
    target = torch.cat(labels).numpy()
    return Figures(
        auroc(torch.cat(images).double().numpy(), target),
        auroc(torch.cat(peaks).double().numpy(), target),
        auroc(torch.cat(pixels).double().numpy(), torch.cat(truth).long().numpy()),
    )
