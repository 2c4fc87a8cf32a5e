"""Limits of flows, and what they call normal, from pictures that they have not learned from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from model.calibration import Sighting, calibrate
from model.detector import Scores
from model.detectors.msflow import MSFlow, signs_of
from model.images import Picture
from model.learning.material import Material
from model.learning.watch import Watch
from model.predictor import predict_with
from model.types import Calibration
from model.variation import changed

_COPIES = 4


def judge_normals(detector: MSFlow, held_out: Material, pictures: int, watch: Watch) -> Calibration:
    """Teach a detector what is normal and return its limits, from pictures held out.

    Args:
        detector: With its flows; its `normality` is set.
        held_out: Good pictures that the flows have not seen.
        pictures: Good pictures in all, for the words.
        watch: Told of each picture, as stage "limits".
    """
    copies = 0 if len(held_out) > 4 * _COPIES else _COPIES
    views = _Views(held_out, copies)
    plain, signs = list[Sighting](), list[list[float]]()

    def score(images: Tensor) -> Scores:
        logs = detector.log_likelihoods(detector.features(images))
        signs.extend(signs_of(logs).tolist())
        return detector.plain_scores(logs)

    for view in views.watched(watch, "normality"):
        seen = predict_with(score, detector.preprocess, detector.device, view)
        plain.append(Sighting.of(seen.score, seen.anomaly_map))
    detector.normality.learn(plain, signs)
    judged = list[Sighting]()
    for view in views.watched(watch, "limits"):
        found = predict_with(detector, detector.preprocess, detector.device, view)
        judged.append(Sighting.of(found.score, found.anomaly_map))
    words = f"{pictures} normal images; {len(held_out)} held out"
    words = f"{words}, {copies} changed copies of each" if copies else words
    return replace(calibrate(judged, method=words), n_normal=len(held_out))


@dataclass(frozen=True, slots=True)
class _Views:
    """Pictures, each with changed copies where there are few.

    Attributes:
        material: The pictures.
        copies: Of each.
    """

    material: Material
    copies: int

    def watched(self, watch: Watch, stage: str) -> Iterator[Picture]:
        """Yield all views, the same ones each time."""
        rng = np.random.default_rng((self.material.seed, 8))
        count = len(self.material)
        for number, picture in enumerate(self.material.checked()):
            watch.step(stage, number, count)
            yield picture
            for _ in range(self.copies):
                yield changed(picture, rng)
        watch.step(stage, count, count)
