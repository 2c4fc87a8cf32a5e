"""Limits of a classifier, from pictures judged by a network that has not learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from model.calibration import Sighting, calibrate
from model.detectors.classifier import Classifier
from model.errors import DatasetError
from model.learning.classifier_folds import Fold
from model.learning.material import Material
from model.learning.watch import Watch
from model.predictor import predict_with
from model.types import Calibration

EVEN = 0.5
"""A part that is as likely defective as good is never OK."""

_GOOD_AT_MOST, _BAD_AT_MOST = 200, 400
_LEAST_SPAN = 1e-3
_FULL_COLOUR = 1.5


def limits_of(
    classifier: Classifier,
    material: Material,
    folds: Sequence[Fold],
    device: torch.device,
    watch: Watch,
) -> Calibration:
    """Return the limits: best F1 on the held-out pictures, and never above an even chance.

    Args:
        classifier: On its device; member k has not learned from the pictures of fold k.
        material: All pictures.
        folds: One for each member.
        device: Where it is.
        watch: Told of each picture; may stop it.

    Raises:
        DatasetError: No good picture was held out.
        ModelError: A picture cannot be judged.
    """
    numbers = _drawn(material, folds)
    total = sum(map(len, numbers))
    normal: list[Sighting] = []
    defective: list[float] = []
    done = 0
    for member, held in enumerate(numbers):
        judge = classifier.of_member(member)
        for number in held:
            seen = predict_with(judge, judge.preprocess, device, material.pictures[number])
            if material.labels[number].is_good:
                normal.append(Sighting.of(seen.score, seen.anomaly_map))
            else:
                defective.append(seen.score)
            done += 1
            watch.step("limits", done, total)
    if not normal:
        raise DatasetError("No good picture was held out to find the limits; give more good ones.")
    who = _who(folds)
    found = calibrate(normal, defective, f"each picture judged by {who}")
    highest = max(EVEN, found.typical + _LEAST_SPAN)
    if found.limit > highest:
        method = f"{found.method}; lowered to an even chance of a defect"
        found = replace(found, limit=highest, method=method)
    # The map's highest place is as high as the score: that of a part at the limit is well seen,
    # and one that is surely defective does not light up as a whole.
    full = max(_FULL_COLOUR * found.limit, found.map_typical + _LEAST_SPAN)
    return replace(found, map_limit=full)


def _who(folds: Sequence[Fold]) -> str:
    networks = "a network" if len(folds) > 1 else "the network"
    return f"{networks} that has not learned from it"


def _drawn(material: Material, folds: Sequence[Fold]) -> list[list[int]]:
    """Return the held-out pictures that are judged: all, or a fair share of many."""
    order = np.random.default_rng((material.seed, 23)).permutation(len(material)).tolist()
    held = {number for fold in folds for number in fold.held}
    good = [i for i in order if i in held and material.labels[i].is_good][:_GOOD_AT_MOST]
    bad = [i for i in order if i in held and not material.labels[i].is_good][:_BAD_AT_MOST]
    wanted = {*good, *bad}
    return [[number for number in fold.held if number in wanted] for fold in folds]
