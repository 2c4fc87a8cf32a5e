from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from model.errors import DatasetError, ModelError
from model.teach import TeachingCancelled
from model.training.config import TrainingProgress
from model.training.paint_lesson import teach_painted
from tests.model.tiny_clip import picture, predictor


def goods(count: int) -> list[np.ndarray]:
    return [picture(seed) for seed in range(count)]


def test_good_pictures_alone_make_a_detector_with_limits() -> None:
    stages: list[TrainingProgress] = []
    judge = predictor("anomaly_clip")
    detector, limits = teach_painted(judge, goods(5), seed=1, progress=stages.append, steps=40)
    assert detector.blend.mirrored
    assert detector.n_shots == 3
    assert limits.is_usable
    assert limits.n_normal == 2
    assert "painted" in limits.method
    assert {"features", "training", "bank"} <= {one.stage for one in stages}
    spoilt = picture(1).copy()
    spoilt[20:40, 30:50] = 255 - spoilt[20:40, 30:50]
    with torch.inference_mode():
        normal = detector(detector.preprocess(picture(1))).image_score
        odd = detector(detector.preprocess(spoilt)).image_score
    assert float(odd) > float(normal)


@pytest.mark.parametrize("count", [0, 3, 201])
def test_too_few_or_too_many_pictures_are_refused(count: int) -> None:
    with pytest.raises(DatasetError, match=f"here are {count}"):
        teach_painted(predictor("anomaly_clip"), goods(1) * count)


def test_it_can_be_stopped_and_needs_the_right_start() -> None:
    asked = threading.Event()
    asked.set()
    with pytest.raises(TeachingCancelled):
        teach_painted(predictor("anomaly_clip"), goods(4), cancelled=asked.is_set)
    with pytest.raises(ModelError, match="kind sowa"):
        teach_painted(predictor("sowa"), goods(4))
