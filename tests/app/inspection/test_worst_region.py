"""Parts judged region by region."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.camera.frame import Frame, Image
from app.inspection.judgement import Inspection
from app.inspection.overlay import mask_picture, overlay_picture
from app.inspection.pipeline import inspect
from app.inspection.placement import Placement, anchor_from, to_frame
from app.inspection.preview import preview
from app.inspection.recipe import Recipe
from app.inspection.recipe_parts import RegionOfInterest
from app.inspection.record import Context, InspectionRecord, Latencies
from app.inspection.verdict import Verdict
from model.opencv import cv2
from model.types import Calibration, Prediction, PredictionTimes
from tests.app.inspection.test_cutting import HEIGHT, INNER, LEFT, RIGHT, WIDTH, inside
from tests.app.inspection.test_placement import REFERENCE
from tests.rigs.odd_pixels import odd_pixels
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


def comparable(inspection: Inspection) -> tuple[InspectionRecord, bytes | None]:
    record = replace(inspection.record, id="", latencies=Latencies(), optics=None)
    record = replace(record, sampled=False, second_opinion=False)  # drawn by the id
    prediction = inspection.prediction
    return record, None if prediction is None else prediction.anomaly_map.tobytes()


corners = st.tuples(
    st.integers(0, 4 * WIDTH).map(lambda quarters: quarters / 4),
    st.integers(0, 4 * HEIGHT).map(lambda quarters: quarters / 4),
)
polygons = st.lists(corners, min_size=3, max_size=5).map(tuple)
MIDDLES = np.stack(np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5), -1)


def within(polygon: Any, points: Any) -> Any:
    """Return which points lie in a polygon, by crossings of a ray (Shimrat, 1962)."""
    x, y = points[..., 0], points[..., 1]
    found = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        crosses = (y0 > y) != (y1 > y)
        if y0 != y1:
            found ^= crosses & (x < np.round(x0 + (x1 - x0) * ((y - y0) / (y1 - y0)), 9))
    return found


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


def spots_of(image: Image) -> Prediction:
    anomaly_map = (image.min(2).astype(np.float32) > 230).astype(np.float32)
    return Prediction(float(anomaly_map.max()), anomaly_map, PredictionTimes(0.0, 0.0, 0.0))


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
