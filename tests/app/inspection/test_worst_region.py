"""Parts judged region by region."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.camera.frame import Image
from app.inspection.overlay import mask_picture, overlay_picture
from app.inspection.pipeline import inspect
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.inspection.record import Context
from app.inspection.verdict import Verdict
from model.types import Prediction, PredictionTimes
from tests.app.inspection.judged_parts import (
    CALIBRATION,
    LIMITS,
    brightness,
    comparable,
    frame,
    judged,
    own,
    part,
    results,
    within,
)
from tests.app.inspection.test_cutting import HEIGHT, LEFT, RIGHT, WIDTH, inside
from tests.rigs.odd_pixels import odd_pixels
from tests.rigs.predictors import StatedPredictor


def test_the_worst_region_is_the_part() -> None:
    spots = (30, 40, 4, 4, 203), (118, 50, 5, 6, 193)
    inspection = judged(part(*spots), regions=(LEFT, RIGHT))
    record = inspection.record
    assert record.decision.reasons == ("score-above-limit: left", "score-above-limit: right")
    assert results(record) == [("left", Verdict.NG, 0.8), ("right", Verdict.NG, 0.7)]
    assert record.verdict is Verdict.NG
    assert record.score == pytest.approx(0.8)
    assert [region.box for region in record.decision.regions] == [
        (118, 50, 123, 56),
        (30, 40, 34, 44),
    ]
    assert record.region_of_interest == (10, 8, 140, 92)
    assert record.class_probabilities == (("scratch", 0.75), ("good", 0.25))
    assert inspection.prediction is not None
    assert inspection.prediction.times == PredictionTimes(2.0, 4.0, 6.0)


def test_each_region_has_limits_of_its_own() -> None:
    spots = (30, 40, 4, 4, 203), (118, 50, 5, 6, 153)
    strict = own(RIGHT, ng_limit=0.25, map_limit=0.2)
    record = judged(part(*spots), regions=(own(LEFT, ng_limit=0.9), strict)).record
    assert results(record) == [("left", Verdict.OK, 0.8), ("right", Verdict.NG, 0.3)]
    assert record.verdict is Verdict.NG
    assert record.score == pytest.approx(0.3)
    assert record.limits is not None
    assert (record.limits.ng, record.limits.map_limit) == (0.25, 0.2)
    assert record.decision.reasons == ("score-above-limit: right",)
    assert [one.ng_limit for one in record.region_results] == [0.9, 0.25]


def test_of_two_regions_of_one_verdict_the_one_nearer_its_limit_counts() -> None:
    spots = (30, 40, 4, 4, 163), (118, 50, 5, 6, 153)
    regions = (own(LEFT, ng_limit=0.9), own(RIGHT, ng_limit=0.4))
    record = judged(part(*spots), regions=regions).record
    assert record.verdict is Verdict.OK
    assert record.score == pytest.approx(0.3)
    assert record.limits is not None
    assert record.limits.ng == 0.4


def test_a_region_in_the_review_band_makes_the_part_a_review() -> None:
    spots = (30, 40, 4, 4, 163), (118, 50, 5, 6, 133)
    record = judged(part(*spots), regions=(LEFT, RIGHT), review_limit=0.3).record
    assert record.verdict is Verdict.REVIEW
    assert record.decision.reasons == ("score-in-review-band: left",)


def test_an_inherited_band_never_contradicts_a_stricter_limit() -> None:
    record = judged(
        part((118, 50, 5, 6, 153)),
        regions=(LEFT, own(RIGHT, ng_limit=0.2)),
        review_limit=0.45,
    ).record
    assert results(record) == [("left", Verdict.OK, 0.0), ("right", Verdict.NG, 0.3)]


@pytest.mark.parametrize("limit", [{"map_limit": 0.01}, {"review_limit": 0.7}])
def test_a_region_with_impossible_limits_is_an_error(limit: dict[str, float]) -> None:
    record = judged(part((30, 40, 4, 4, 250)), regions=(LEFT, own(RIGHT, **limit))).record
    assert record.verdict is Verdict.ERROR
    assert record.decision.reasons == ("limits-invalid: right", "score-above-limit: left")
    assert record.decision.regions == ()


@pytest.mark.logs_expected
def test_a_failing_region_leaves_no_verdict() -> None:
    def judge(image: Image) -> Prediction:
        if image.shape[1] == 60:
            raise RuntimeError("lost its way")
        return brightness(image)

    wanted = Recipe(name="bolt", regions=(LEFT, RIGHT), **LIMITS)
    predictor = StatedPredictor(judge, CALIBRATION)
    record = inspect(frame(part()), predictor, wanted, Context(), is_live=False).record
    assert record.verdict is Verdict.ERROR
    assert record.decision.reasons == ("model-failed: lost its way",)


@pytest.mark.logs_expected
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_piece_without_a_score_leaves_no_verdict(value: float) -> None:
    def judge(image: Image) -> Prediction:
        found = brightness(image)
        return replace(found, score=value) if image.shape[1] == 60 else found

    wanted = Recipe(name="bolt", regions=(LEFT, RIGHT), **LIMITS)
    predictor = StatedPredictor(judge, CALIBRATION)
    record = inspect(frame(part()), predictor, wanted, Context(), is_live=False).record
    assert record.decision.reasons == ("score-not-finite",)
    assert record.verdict is Verdict.ERROR


def test_the_map_is_calm_where_nothing_is_judged() -> None:
    """Everything is as bright as can be: only what is judged may show it."""
    hole = ((30.0, 30.0), (50.0, 30.0), (50.0, 60.0), (30.0, 60.0))
    inspection = judged(part((0, 0, 999, 999, 255)), regions=(LEFT, RIGHT), exclusions=(hole,))
    prediction = inspection.prediction
    assert prediction is not None
    assert prediction.anomaly_map.shape == (92, 140)
    assert not prediction.anomaly_map.flags.writeable
    for y in range(8, 100, 7):
        for x in range(10, 150, 7):
            at = x + 0.5, y + 0.5
            is_in = inside(LEFT.polygon, *at) or inside(RIGHT.polygon, *at)
            is_judged = is_in and not inside(hole, *at)
            value = prediction.anomaly_map[y - 8, x - 10]
            assert value == pytest.approx(1.0 if is_judged else CALIBRATION.map_typical)
    mask = mask_picture(inspection)
    assert not mask[:8].any()
    assert not mask[30:60, 30:50].any()
    assert mask[70:80, 20:50].all()
    assert overlay_picture(inspection).shape == (HEIGHT, WIDTH, 3)


def test_regions_of_other_limits_are_shown_on_the_scale_of_the_worst() -> None:
    """A pixel reaches the shown limit exactly where it reaches that of its own region."""
    spots = (30, 40, 4, 4, 160), (118, 50, 5, 6, 160)
    regions = (own(LEFT, map_limit=0.5), own(RIGHT, ng_limit=0.3, map_limit=0.3))
    inspection = judged(part(*spots), regions=regions)
    record = inspection.record
    assert record.limits is not None
    assert record.limits.map_limit == 0.3
    assert [region.box for region in record.decision.regions] == [(118, 50, 123, 56)]
    assert inspection.prediction is not None
    shown = inspection.prediction.anomaly_map[40 - 8, 30 - 10]
    assert shown == pytest.approx(0.05 + (0.37 - 0.05) * (0.3 - 0.05) / (0.5 - 0.05))


def test_overlapping_regions_show_the_higher_value() -> None:
    blind = RegionOfInterest(name="b", polygon=((10, 8), (99, 8), (99, 90), (10, 90)))

    def judge(image: Image) -> Prediction:
        found = brightness(image)
        return replace(found, anomaly_map=found.anomaly_map * np.float32(image.shape[1] == 50))

    wanted = Recipe(name="bolt", regions=(LEFT, blind), min_area_px=0, **LIMITS)
    predictor = StatedPredictor(judge, CALIBRATION)
    image = frame(part((30, 40, 4, 4, 203)))
    record = inspect(image, predictor, wanted, Context(), is_live=False).record
    assert [region.box for region in record.decision.regions] == [(30, 40, 34, 44)]


def test_a_web_is_judged_by_its_worst_tile() -> None:
    """A hole has the same size in every tile, and is found once though two tiles show it."""
    web = part((300, 50, 6, 6, 203), (70, 10, 5, 5, 173), size=(120, 700))
    settings = {"mm_per_px": 0.1, "tile_mm": 10.0}
    inspection = judged(web, **settings)
    record = inspection.record
    assert record.verdict is Verdict.NG
    assert record.score == pytest.approx(0.8)
    assert [region.box for region in record.decision.regions] == [
        (300, 50, 306, 56),
        (70, 10, 75, 15),
    ]
    assert (record.region_of_interest, record.region_results) == (None, ())
    assert inspection.prediction is not None
    assert inspection.prediction.anomaly_map.shape == (120, 700)
    assert inspection.prediction.anomaly_map[52, 302] == pytest.approx(0.8)


corners = st.tuples(
    st.integers(0, 4 * WIDTH).map(lambda quarters: quarters / 4),
    st.integers(0, 4 * HEIGHT).map(lambda quarters: quarters / 4),
)
polygons = st.lists(corners, min_size=3, max_size=5).map(tuple)
MIDDLES = np.stack(np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5), -1)


@settings(deadline=None, max_examples=60)
@given(
    exclusions=st.lists(polygons, min_size=1, max_size=2).map(tuple),
    regions=st.sampled_from([(), (LEFT, RIGHT)]),
    tile_mm=st.sampled_from([None, 40.0]),
    seed=st.integers(0, 99),
)
def test_excluded_pixels_change_nothing(
    exclusions: Any, regions: Any, tile_mm: float | None, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    excluded = np.any([within(polygon, MIDDLES) for polygon in exclusions], 0)
    other = one.copy()
    other[excluded] = rng.integers(0, 255, (int(excluded.sum()), 3), np.uint8)
    wanted = Recipe(
        name="bolt", regions=regions, exclusions=exclusions, mm_per_px=1, tile_mm=tile_mm, **LIMITS
    )
    predictor = StatedPredictor(odd_pixels, CALIBRATION)
    found = [
        inspect(frame(image), predictor, wanted, Context(), is_live=False) for image in (one, other)
    ]
    assert comparable(found[0]) == comparable(found[1])
    # the predictor sees everything that it is shown: what is not excluded does change something
    if found[0].record.score is not None:
        one[~excluded] //= 3
        changed = inspect(frame(one), predictor, wanted, Context(), is_live=False)
        assert comparable(changed) != comparable(found[0])
