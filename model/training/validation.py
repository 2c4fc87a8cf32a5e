"""How good a trainee is on pictures that it does not train on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
import torch.nn.functional as F

from model.errors import ModelError
from model.metrics import auroc, average_precision, f1_max
from model.training.example import Batch
from model.training.interrupt import Cancelled
from model.training.trainee import Trainee

_MOST_PIXELS = 4_000_000


@torch.no_grad()
def validate(
    trainee: Trainee, batches: Iterable[Batch], pixels: int, cancelled: Callable[[], bool]
) -> dict[str, float]:
    """Return the figures that are defined, by name, "quality" if there are any, and "loss".

    "image_auroc", "image_ap", "f1_max" need good and defective pictures; "pixel_auroc" needs
    known places. "quality" is the image AUROC, or the pixel AUROC where that is not defined: the
    image's verdict is what is shipped, and the map of a sharp branch ranks the background of a
    missed defect at random. "loss" is
    the weighted total, a mean over the pictures: it tells epochs apart whose few pictures are
    all in the right order.

    Args:
        trainee: As it is to be judged; ends in evaluation mode.
        batches: With features.
        pixels: Of all pictures with known places; where these are more than 4 million, every
            n-th counts.
        cancelled: Asked between batches.

    Raises:
        Cancelled: It was asked for.
        ModelError: A score is not finite.
    """
    stride = max(1, math.ceil(pixels / _MOST_PIXELS))
    scores, labels, values, truth = [], [], [], []
    loss, count = 0.0, 0
    for batch in batches:
        if cancelled():
            raise Cancelled
        trainee.eval()
        found = trainee.scores(batch)
        maps = found.anomaly_map.float()
        if maps.shape[-2:] != batch.masks.shape[-2:]:
            maps = F.interpolate(maps, batch.masks.shape[-2:], mode="bilinear")
        if not (found.image_score.isfinite().all() and maps.isfinite().all()):
            raise ModelError(
                "The detector's scores are not finite numbers in the validation; take a lower "
                "learning rate. The state of the last good epoch is kept."
            )
        number = len(batch.labels)
        loss, count = loss + float(trainee.total(trainee(batch))) * number, count + number
        scores.append(found.image_score.float().cpu().numpy())
        labels.append(batch.labels.cpu().numpy())
        # (B, 1, S, S) and (B, S, S) -> (B' * S * S)
        values.append(maps[batch.has_mask, 0].flatten()[::stride].cpu().numpy())
        truth.append(batch.masks[batch.has_mask].flatten()[::stride].cpu().numpy() > 0)
    if not scores:
        return {}
    image = (np.concatenate(labels), np.concatenate(scores))
    figures = {
        "image_auroc": auroc(*image),
        "image_ap": average_precision(*image),
        "f1_max": f1_max(*image)[0],
        "pixel_auroc": auroc(np.concatenate(truth), np.concatenate(values)),
    }
    defined = {name: value for name, value in figures.items() if not math.isnan(value)}
    areas = [defined[name] for name in ("image_auroc", "pixel_auroc") if name in defined]
    quality = {"quality": areas[0]} if areas else {}
    return defined | quality | {"loss": loss / count}
