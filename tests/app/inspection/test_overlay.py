"""Overlay and mask pictures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.camera.frame import Frame
from app.inspection.overlay import mask_picture, overlay_picture
from app.inspection.pipeline import Inspection, inspect
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from model.types import Calibration, CheckpointInfo, Prediction, PredictionTimes

H, W = 60, 80
CALIBRATION = Calibration(0.1, 0.5, 0.1, 0.5, 10, 0, "by hand")


class SquareDetector:
    """Says that one square of the picture is anomalous, by a given height."""

    calibration = CALIBRATION
    info = CheckpointInfo(
        Path("x"), "square", "square", "", "", 60, "0" * 64, 0, CALIBRATION, 1, "", "", 0
    )

    def __init__(self, peak: float) -> None:
        self._peak = peak

    def predict(self, image: np.ndarray) -> Prediction:
        anomaly_map = np.full(image.shape[:2], 0.1, np.float32)
        anomaly_map[10:30, 20:50] = self._peak
        return Prediction(self._peak, anomaly_map, PredictionTimes(0, 0, 0))


def judged(peak: float, **recipe: object) -> Inspection:
    image = np.random.default_rng(0).integers(0, 255, (H, W, 3), np.uint8)
    image.setflags(write=False)
    frame = Frame(image, 0, 0.0, datetime.now(UTC), "test")
    settings = Recipe.model_validate({"name": "square"} | recipe)
    return inspect(frame, SquareDetector(peak), settings, Context(), now=lambda: 0.0)


def test_a_normal_part_comes_back_unchanged() -> None:
    inspection = judged(0.1)
    assert inspection.frame is not None
    assert np.array_equal(overlay_picture(inspection), inspection.frame.image)
    assert not mask_picture(inspection).any()


def test_heat_and_mask_lie_on_the_defect() -> None:
    inspection = judged(0.9)
    assert inspection.frame is not None
    changed = (overlay_picture(inspection) != inspection.frame.image).any(axis=2)
    assert changed[12:28, 22:48].mean() > 0.9
    assert not changed[36:, :].any()
    mask = mask_picture(inspection)
    assert mask[10:30, 20:50].all()
    assert mask.sum() == 20 * 30 * 255


def test_mask_of_a_region_of_interest_has_the_size_of_the_frame() -> None:
    inspection = judged(0.9, region_of_interest=(10, 5, 60, 50))
    mask = mask_picture(inspection)
    assert mask.shape == (H, W)
    assert mask[15:35, 30:60].all()
    assert mask.sum() == 20 * 30 * 255


@pytest.mark.parametrize("peak", [0.3, 0.5])
def test_mask_starts_at_the_limit(peak: float) -> None:
    assert mask_picture(judged(peak)).any() == (peak >= 0.5)
