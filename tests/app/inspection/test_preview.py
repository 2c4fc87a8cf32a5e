from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.camera.frame import Frame, Image
from app.inspection.judgement import Inspection
from app.inspection.pipeline import inspect
from app.inspection.preview import heat_of, preview
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.inspection.verdict import Limits
from model.types import Calibration, Prediction, PredictionTimes
from tests.rigs.predictors import StatedPredictor, flat
from tests.rigs.records import LIMITS, an_inspection

SIZE = (100, 160)


def judged(predictor: StatedPredictor, **recipe: Any) -> Inspection:
    image = np.random.default_rng(1).integers(0, 255, (*SIZE, 3), np.uint8)
    frame = Frame(image, 0, 0.0, datetime.now(UTC), "test")
    settings = Recipe(name="a", min_area_px=0, **recipe)
    return inspect(frame, predictor, settings, Context(), lambda: 0.0)


def square(height: float) -> StatedPredictor:
    def judge(image: Image) -> Prediction:
        anomaly_map = np.full(image.shape[:2], 0.1, np.float32)
        anomaly_map[20:40, 30:70] = height
        return Prediction(height, anomaly_map, PredictionTimes(0.0, 0.0, 0.0))

    return StatedPredictor(judge)


@pytest.mark.parametrize("value", [-5.0, 0.0, 0.1])
def test_a_normal_part_has_no_heat_at_all(value: float) -> None:
    shown = preview(judged(StatedPredictor(flat(0.2, value))), 80)
    assert shown is not None
    assert not shown.heat.any()
    assert shown.contours == ()


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=20))
def test_one_value_has_one_colour(values: list[float]) -> None:
    anomaly_map = np.array([values], np.float32)
    heat = heat_of(anomaly_map, LIMITS)
    for value, level in zip(values, heat[0], strict=True):
        alone = heat_of(np.full((3, 3), value, np.float32), LIMITS)
        assert (alone == level).all()
        assert level == 0 or value > LIMITS.map_typical
        assert (level == 255) == (np.float32(value) >= np.float32(LIMITS.map_limit)) or (
            abs(value - LIMITS.map_limit) < 1e-5
        )


def test_the_scale_is_absolute() -> None:
    heat = heat_of(np.array([[0.0, 0.1, 0.3001, 0.5, 9.0]], np.float32), LIMITS)
    assert heat.tolist() == [[0, 0, 127, 255, 255]]


def test_a_defect_changes_no_colour_elsewhere() -> None:
    calm, hot = preview(judged(square(0.3)), 80), preview(judged(square(50.0)), 80)
    assert calm is not None
    assert hot is not None
    assert hot.heat[12:18, 18:32].min() == 255
    outside = np.ones(hot.heat.shape, bool)
    outside[9:21, 14:36] = False
    assert np.array_equal(calm.heat[outside], hot.heat[outside])


def test_sizes_and_contours_follow_the_scale() -> None:
    inspection = judged(square(0.9))
    shown = preview(inspection, 80)
    assert shown is not None
    assert shown.scale == 0.5
    assert shown.image.shape == (50, 80, 3)
    assert shown.heat.shape == (50, 80)
    assert shown.record is inspection.record
    (contour,) = shown.contours
    assert contour.dtype == np.int32
    assert contour.min(axis=0).tolist() == pytest.approx([15, 10], abs=1)
    assert contour.max(axis=0).tolist() == pytest.approx([34, 19], abs=1)
    for array in (shown.image, shown.heat, contour):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_small_picture_is_not_blown_up() -> None:
    inspection = judged(square(0.9))
    shown = preview(inspection, 4000)
    assert shown is not None
    assert inspection.frame is not None
    assert shown.scale == 1.0
    assert shown.image is inspection.frame.image
    assert set(shown.heat[20:40, 30:70].ravel()) == {255}
    assert not shown.heat[:20].any()


def test_heat_of_a_region_of_interest_lies_in_its_place() -> None:
    shown = preview(judged(square(0.9), region_of_interest=(60, 40, 100, 60)), 160)
    assert shown is not None
    expected = np.zeros(SIZE, np.uint8)
    expected[60:80, 90:130] = 255
    assert np.array_equal(shown.heat, expected)
    assert shown.contours[0].min(axis=0).tolist() == [90, 60]


@given(
    st.integers(1, 200),
    st.tuples(st.integers(0, 150), st.integers(0, 90), st.integers(1, 160), st.integers(1, 100)),
)
def test_any_region_and_size(max_side: int, box: tuple[int, int, int, int]) -> None:
    x, y = box[:2]
    region = (x, y, min(box[2], 160 - x), min(box[3], 100 - y))
    shown = preview(judged(StatedPredictor(flat(0.2, 0.9)), region_of_interest=region), max_side)
    assert shown is not None
    assert max(shown.image.shape) <= max(max_side, 3)
    assert shown.heat.shape == shown.image.shape[:2]


@pytest.mark.logs_expected
def test_without_limits_there_is_no_heat() -> None:
    shown = preview(judged(StatedPredictor(flat(0.9, 0.9), Calibration())), 80)
    assert shown is not None
    assert not shown.heat.any()


def test_limits_without_a_span_give_no_heat() -> None:
    inspection = judged(square(0.9))
    record = replace(inspection.record, limits=Limits(0.5, None, 0.1, 0.1))
    shown = preview(replace(inspection, record=record), 80)
    assert shown is not None
    assert not shown.heat.any()


def test_without_a_picture_there_is_no_preview() -> None:
    inspection = an_inspection()
    assert preview(replace(inspection, frame=None), 80) is None
    assert inspection.frame is not None
    grey = replace(inspection.frame, image=np.zeros((4, 4), np.uint8))
    assert preview(replace(inspection, frame=grey), 80) is None
