"""Parts, recipes and stated predictions for tests of the judging."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from app.camera.frame import Frame, Image
from app.inspection.judgement import Inspection
from app.inspection.pipeline import inspect
from app.inspection.placement import Placement, anchor_from, to_frame
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.inspection.record import Context, InspectionRecord, Latencies
from app.inspection.verdict import Verdict
from model.opencv import cv2
from model.types import Calibration, Prediction, PredictionTimes
from tests.app.inspection.test_cutting import HEIGHT, INNER, WIDTH
from tests.app.inspection.test_placement import REFERENCE
from tests.rigs.predictors import StatedPredictor

GREY = 100
LIMITS = {"ng_limit": 0.5, "map_limit": 0.4}
CALIBRATION = Calibration(0.1, 0.5, 0.05, 0.4, 10, 0, "made up")


def brightness(image: Image) -> Prediction:
    """Return how much brighter each pixel is than grey, and the most."""
    red = image[:, :, 2].astype(np.float32)
    anomaly_map = np.clip((red - 123) / 100, 0, 1).astype(np.float32)
    names = (("scratch", 0.75), ("good", 0.25))
    times = PredictionTimes(1.0, 2.0, 3.0)
    return Prediction(float(anomaly_map.max()), anomaly_map, times, names)


def frame(image: Image) -> Frame:
    image = image.copy()
    image.setflags(write=False)
    return Frame(image, 3, 0.0, datetime(2026, 5, 1, tzinfo=UTC), "test camera")


def part(*spots: tuple[int, int, int, int, int], size: tuple[int, int] = (HEIGHT, WIDTH)) -> Image:
    """Return a grey picture with bright spots (x, y, width, height, value)."""
    image = np.full((*size, 3), GREY, np.uint8)
    for x, y, width, height, value in spots:
        image[y : y + height, x : x + width] = value
    return image


def judged(image: Image, **settings: Any) -> Inspection:
    wanted = Recipe(name="bolt", min_area_px=0, **{**LIMITS, **settings})
    predictor = StatedPredictor(brightness, CALIBRATION)
    return inspect(frame(image), predictor, wanted, Context(), is_live=False)


def own(region: RegionOfInterest, **limits: float) -> RegionOfInterest:
    return region.model_copy(update=limits)


def results(record: InspectionRecord) -> list[tuple[str, Verdict, float]]:
    return [(one.name, one.verdict, round(one.score, 2)) for one in record.region_results]


def comparable(inspection: Inspection) -> tuple[InspectionRecord, bytes | None]:
    record = replace(inspection.record, id="", latencies=Latencies(), optics=None)
    record = replace(record, sampled=False, second_opinion=False)  # drawn by the id
    prediction = inspection.prediction
    return record, None if prediction is None else prediction.anomaly_map.tobytes()


def within(polygon: Any, points: Any) -> Any:
    """Return which points lie in a polygon, by crossings of a ray (Shimrat, 1962)."""
    x, y = points[..., 0], points[..., 1]
    found = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        crosses = (y0 > y) != (y1 > y)
        if y0 != y1:
            found ^= crosses & (x < np.round(x0 + (x1 - x0) * ((y - y0) / (y1 - y0)), 9))
    return found


def spots_of(image: Image) -> Prediction:
    anomaly_map = (image.min(2).astype(np.float32) > 230).astype(np.float32)
    return Prediction(float(anomaly_map.max()), anomaly_map, PredictionTimes(0.0, 0.0, 0.0))


SHIFTED = Recipe(
    name="bolt",
    anchor=anchor_from(REFERENCE, (70, 50, 90, 70)),
    regions=(INNER, RegionOfInterest(name="b", polygon=((60, 45), (170, 60), (150, 140)))),
    min_area_px=0,
    **LIMITS,
)


def at(pose: Placement, image: Image = REFERENCE) -> Image:
    assert SHIFTED.anchor is not None
    size = (REFERENCE.shape[1], REFERENCE.shape[0])
    moved = cv2.warpAffine(
        image,
        to_frame(pose, SHIFTED.anchor),
        size,
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.uint8)
