"""Parts that lie elsewhere or are turned, judged where they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.inspection.pipeline import inspect
from app.inspection.placement import Placement, to_frame
from app.inspection.preview import preview
from app.inspection.record import Context
from app.inspection.verdict import Verdict
from tests.app.inspection.judged_parts import (
    CALIBRATION,
    SHIFTED,
    at,
    brightness,
    comparable,
    frame,
    spots_of,
    within,
)
from tests.app.inspection.test_placement import REFERENCE
from tests.rigs.odd_pixels import odd_pixels
from tests.rigs.predictors import StatedPredictor


@settings(deadline=None, max_examples=40)
@given(st.floats(-25, 25), st.floats(-25, 25), st.floats(-4, 4), st.integers(0, 99))
def test_excluded_pixels_of_a_shifted_part_change_nothing(
    dx: float, dy: float, turn: float, seed: int
) -> None:
    # clear of the anchor, which is looked for in the whole picture
    hole = ((138.0, 132.0), (158.0, 131.0), (152.0, 142.0))
    wanted = SHIFTED.model_copy(update={"exclusions": (hole,)})
    assert wanted.anchor is not None
    pose = Placement(dx, dy, turn, 1.0)
    one = at(pose)
    predictor = StatedPredictor(odd_pixels, CALIBRATION)
    first = inspect(frame(one), predictor, wanted, Context(), is_live=False)
    placement = first.record.placement
    assert placement is not None
    # pixels of the frame whose middles the exclusion covers once it lies where the part does
    matrix = to_frame(placement, wanted.anchor)
    corners = (np.array(hole) - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
    height, width = one.shape[:2]
    middles = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), -1)
    excluded = within(corners.tolist(), middles)
    noise = np.random.default_rng(seed).integers(0, 255, (int(excluded.sum()), 3), np.uint8)
    one[excluded] = noise
    second = inspect(frame(one), predictor, wanted, Context(), is_live=False)
    assert comparable(first) == comparable(second)


@settings(deadline=None, max_examples=40)
@given(st.floats(-25, 25), st.floats(-25, 25), st.floats(-4, 4))
def test_a_defect_of_a_shifted_part_lies_where_the_frame_shows_it(
    dx: float, dy: float, turn: float
) -> None:
    spotted = np.minimum(REFERENCE, 120)
    spotted[104:110, 118:124] = 255
    pose = Placement(dx, dy, turn, 1.0)
    assert SHIFTED.anchor is not None
    light = at(pose, spotted)
    moved = np.where(light > 200, light, at(pose))
    record = inspect(
        frame(moved),
        StatedPredictor(spots_of, CALIBRATION),
        SHIFTED,
        Context(),
        is_live=False,
    ).record
    assert record.verdict is Verdict.NG
    x, y = to_frame(pose, SHIFTED.anchor) @ (120.5, 106.5, 1)
    (region,) = record.decision.regions
    x0, y0, x1, y1 = region.box
    assert ((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2) == pytest.approx((x, y), abs=2)
    assert 10 < region.area_px < 60
    assert record.region_of_interest is None
    assert record.placement is not None
    assert record.placement.turn_deg == pytest.approx(turn, abs=1.5)  # the spot disturbs it


@pytest.mark.logs_expected
def test_a_part_that_is_not_found_is_an_error() -> None:
    picture = np.full_like(REFERENCE, 90)
    predictor = StatedPredictor(brightness, CALIBRATION)
    inspection = inspect(frame(picture), predictor, SHIFTED, Context(), is_live=False)
    record = inspection.record
    assert (record.verdict, record.decision.reasons) == (Verdict.ERROR, ("part-not-found",))
    assert (record.placement, record.region_results) == (None, ())
    assert record.optics is not None
    assert predictor.seen == []


@pytest.mark.logs_expected
def test_a_damaged_anchor_is_an_error() -> None:
    assert SHIFTED.anchor is not None
    damaged = SHIFTED.anchor.model_copy(update={"picture": "nothing"})
    wanted = SHIFTED.model_copy(update={"anchor": damaged})
    predictor = StatedPredictor(brightness, CALIBRATION)
    record = inspect(frame(REFERENCE), predictor, wanted, Context(), is_live=False).record
    assert record.verdict is Verdict.ERROR
    assert record.decision.reasons[0].startswith("anchor-damaged: ")


def test_the_preview_shows_what_is_judged_where_the_part_lies() -> None:
    pose = Placement(12.0, -7.0, 2.0, 1.0)
    hole = ((100.0, 70.0), (110.0, 70.0), (110.0, 80.0), (100.0, 80.0))
    wanted = SHIFTED.model_copy(update={"exclusions": (hole,)})
    predictor = StatedPredictor(brightness, CALIBRATION)
    shown = preview(inspect(frame(at(pose)), predictor, wanted, Context(), is_live=False), 120)
    assert shown is not None
    assert (shown.scale, len(shown.judged), len(shown.excluded)) == (0.5, 2, 1)
    assert SHIFTED.anchor is not None
    x, y = to_frame(pose, SHIFTED.anchor) @ (79.5, 59.5, 1)
    assert shown.judged[0][0] == pytest.approx((x / 2, y / 2), abs=1)
    x, y = to_frame(pose, SHIFTED.anchor) @ (109.5, 79.5, 1)
    assert shown.excluded[0][2] == pytest.approx((x / 2, y / 2), abs=1)


@pytest.mark.logs_expected
def test_the_preview_of_a_part_that_was_not_found_shows_no_regions() -> None:
    predictor = StatedPredictor(brightness, CALIBRATION)
    lost = inspect(frame(np.full_like(REFERENCE, 9)), predictor, SHIFTED, Context(), is_live=False)
    shown = preview(lost, 120)
    assert shown is not None
    assert shown.judged == ()
