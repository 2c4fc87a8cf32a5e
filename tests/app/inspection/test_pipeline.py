from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import VERSION
from app.camera.frame import BadFrame, Frame, Image, Truth
from app.errors import ExpectedError
from app.inspection.judgement import Origin
from app.inspection.pipeline import inspect, inspect_bad, inspect_missing
from app.inspection.recipe import Recipe
from app.inspection.record import Context, Optics
from app.inspection.verdict import Verdict
from model.errors import ModelError, OutOfMemory
from model.types import Calibration, Prediction, PredictionTimes
from tests.rigs.predictors import SHA256, NamelessPredictor, StatedPredictor, flat

HEIGHT, WIDTH = 40, 60
CONTEXT = Context("station-7", "lot 3", "late", "lee")
TAKEN = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
RECIPE = Recipe(name="bolt", version=4, min_area_px=0, mm_per_px=0.5)


def frame(image: Image | None = None, taken: float = 0.0, truth: Truth | None = None) -> Frame:
    if image is None:
        image = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    image.setflags(write=False)
    return Frame(image, 12, taken, TAKEN, "test camera", 3.5, truth)


def at_zero() -> float:
    return 0.0


def verdict_of(
    predictor: StatedPredictor | None, recipe: Recipe = RECIPE, picture: Frame | None = None
) -> tuple[Verdict, str]:
    record = inspect(picture or frame(), predictor, recipe, CONTEXT, at_zero).record
    return record.verdict, record.decision.reasons[0] if record.decision.reasons else ""


def test_the_record_says_everything() -> None:
    ticks = count(10.0, 0.25)
    predictor = StatedPredictor(flat(0.2))
    picture = frame(taken=9.5, truth=Truth("ng", "scratch"))
    inspection = inspect(picture, predictor, RECIPE, CONTEXT, lambda: next(ticks))
    record = inspection.record
    assert record.context == CONTEXT
    assert (record.recipe, record.recipe_version, record.serial) == ("bolt", 4, "12")
    assert (record.taken_utc, record.taken_monotonic) == (TAKEN, 9.5)
    assert (record.source, record.frame_width, record.frame_height) == ("test camera", 60, 40)
    assert (record.checkpoint, record.checkpoint_sha256) == ("line a", SHA256)
    assert (record.detector, record.software) == ("stated", VERSION)
    assert record.limits == RECIPE.limits(predictor.calibration)
    assert (record.score, record.verdict, record.truth) == (0.2, Verdict.OK, "ng")
    assert (record.mm_per_px, record.region_of_interest) == (0.5, None)
    spent = record.latencies
    assert (spent.grab, spent.wait, spent.model, spent.decide) == (3.5, 500.0, 250.0, 500.0)
    assert inspection.frame is picture
    assert inspection.prediction is not None
    assert np.array_equal(predictor.seen[0], picture.image)


@pytest.mark.parametrize(
    ("score", "verdict"), [(0.2, Verdict.OK), (0.5, Verdict.NG), (-3.0, Verdict.OK)]
)
def test_the_score_decides(score: float, verdict: Verdict) -> None:
    assert verdict_of(StatedPredictor(flat(score)))[0] is verdict


def test_regions_of_the_crop_lie_in_the_frame() -> None:
    def judge(image: Image) -> Prediction:
        assert image.shape == (20, 30, 3)
        assert image.flags.c_contiguous
        anomaly_map = np.zeros(image.shape[:2], np.float32)
        anomaly_map[4:9, 10:16] = 0.8
        return Prediction(0.9, anomaly_map, PredictionTimes(0.0, 0.0, 0.0))

    recipe = RECIPE.model_copy(update={"region_of_interest": (25, 15, 30, 20)})
    predictor = StatedPredictor(judge)
    picture = frame()
    record = inspect(picture, predictor, recipe, CONTEXT, at_zero).record
    (region,) = record.decision.regions
    assert region.box == (35, 19, 41, 24)
    assert region.area_px == 30
    assert set(region.polygon) == {(35, 19), (40, 19), (40, 23), (35, 23)}
    assert record.region_of_interest == (25, 15, 30, 20)
    assert np.array_equal(predictor.seen[0], picture.image[15:35, 25:55])


def raising(error: BaseException) -> Callable[[Image], Prediction]:
    def judge(image: Image) -> Prediction:
        raise error

    return judge


def with_map(anomaly_map: np.ndarray) -> Callable[[Image], Prediction]:
    return lambda _: Prediction(0.2, anomaly_map, PredictionTimes(0.0, 0.0, 0.0))


hot = np.full((HEIGHT, WIDTH), 0.1, np.float32)
hot[3, 4] = np.inf
broken = np.full((HEIGHT, WIDTH), 0.1, np.float32)
broken[3, 4] = np.nan
small = Calibration(0.1, 0.5, 0.5, 0.5, 3, 0, "no span")


@pytest.mark.logs_expected
@pytest.mark.parametrize(
    ("predictor", "reason"),
    [
        (None, "no-predictor"),
        (StatedPredictor(flat(math.nan)), "score-not-finite"),
        (StatedPredictor(flat(-math.inf)), "score-not-finite"),
        (StatedPredictor(flat(None)), "inspection-failed: must be real number, not NoneType"),
        (StatedPredictor(with_map(hot)), "map-not-finite"),
        (StatedPredictor(with_map(broken)), "map-not-finite"),
        (StatedPredictor(with_map(hot[:-1])), "map-wrong-size: (39, 60)"),
        (StatedPredictor(flat(0.2), Calibration()), "not-calibrated"),
        (StatedPredictor(flat(0.2), small), "limits-invalid"),
        (StatedPredictor(raising(RuntimeError("CUDA\n error"))), "model-failed: CUDA error"),
        (StatedPredictor(raising(ZeroDivisionError())), "model-failed: ZeroDivisionError"),
        (StatedPredictor(raising(ModelError("too small."))), "model-refused: too small."),
        (StatedPredictor(raising(ExpectedError("no."))), "model-refused: no."),
        (StatedPredictor(raising(OutOfMemory("too big."))), "out-of-memory: too big."),
        (StatedPredictor(raising(MemoryError())), "out-of-memory: MemoryError"),
        (NamelessPredictor(), "inspection-failed: no header"),
    ],
)
def test_whatever_fails_is_an_error(predictor: StatedPredictor | None, reason: str) -> None:
    assert verdict_of(predictor) == (Verdict.ERROR, reason)


@pytest.mark.logs_expected
def test_a_missing_calibration_still_shows_the_score() -> None:
    inspection = inspect(
        frame(), StatedPredictor(flat(0.2), Calibration()), RECIPE, CONTEXT, at_zero
    )
    assert inspection.record.score == 0.2
    assert inspection.record.limits is None
    assert inspection.record.decision.regions == ()


@pytest.mark.logs_expected
@pytest.mark.parametrize(
    ("taken", "is_live", "verdict"),
    [
        (0.0, True, Verdict.OK),
        (-2.0, True, Verdict.OK),
        (-2.01, True, Verdict.ERROR),
        (math.nan, True, Verdict.ERROR),
        (-50.0, False, Verdict.OK),
        (5.0, True, Verdict.OK),
    ],
)
def test_a_stale_frame_is_not_judged(taken: float, is_live: bool, verdict: Verdict) -> None:
    predictor = StatedPredictor()
    record = inspect(frame(taken=taken), predictor, RECIPE, CONTEXT, at_zero, is_live).record
    assert record.verdict is verdict
    assert bool(predictor.seen) == (verdict is Verdict.OK)
    if verdict is Verdict.ERROR:
        assert record.decision.reasons[0].startswith("frame-stale: ")


@pytest.mark.logs_expected
@pytest.mark.parametrize(
    "image",
    [
        np.zeros((40, 60), np.uint8),
        np.zeros((40, 60, 4), np.uint8),
        np.zeros((40, 60, 3), np.float32),
        np.zeros((0, 60, 3), np.uint8),
        np.zeros((), np.uint8),
        np.zeros(7, np.uint8),
    ],
)
def test_what_is_no_picture_is_not_judged(image: Any) -> None:
    predictor = StatedPredictor()
    verdict, reason = verdict_of(predictor, picture=frame(image))
    assert verdict is Verdict.ERROR
    assert reason.startswith("frame-invalid: ")
    assert predictor.seen == []


@pytest.mark.logs_expected
@pytest.mark.parametrize("box", [(1, 0, 60, 40), (0, 1, 60, 40), (100, 100, 5, 5)])
def test_a_region_outside_the_frame_is_not_judged(box: tuple[int, int, int, int]) -> None:
    recipe = RECIPE.model_copy(update={"region_of_interest": box})
    predictor = StatedPredictor()
    assert verdict_of(predictor, recipe) == (Verdict.ERROR, "region-outside-frame: 60x40")
    assert predictor.seen == []


@pytest.mark.logs_expected
def test_the_recipe_may_insist_on_a_checkpoint() -> None:
    right = RECIPE.model_copy(update={"checkpoint_sha256": SHA256})
    wrong = RECIPE.model_copy(update={"checkpoint_sha256": "d" * 64})
    predictor = StatedPredictor()
    assert verdict_of(predictor, right)[0] is Verdict.OK
    assert verdict_of(predictor, wrong) == (
        Verdict.ERROR,
        "wrong-checkpoint: cccccccccccc instead of dddddddddddd",
    )
    assert len(predictor.seen) == 1


def test_the_recipes_limits_come_before_the_checkpoints() -> None:
    recipe = RECIPE.model_copy(update={"ng_limit": 0.15, "review_limit": 0.05, "map_limit": 0.2})
    record = inspect(frame(), StatedPredictor(flat(0.1)), recipe, CONTEXT, at_zero).record
    assert record.verdict is Verdict.REVIEW
    assert record.limits is not None
    assert (record.limits.ng, record.limits.map_limit) == (0.15, 0.2)


@pytest.mark.logs_expected
def test_a_picture_that_was_never_read_is_an_error() -> None:
    bad = BadFrame(3, 1.5, TAKEN, "folder", "The file a.png\nis damaged.")
    inspection = inspect_bad(bad, StatedPredictor(), RECIPE, CONTEXT)
    record = inspection.record
    assert record.verdict is Verdict.ERROR
    assert record.decision.reasons == ("frame-unreadable: The file a.png is damaged.",)
    assert (record.serial, record.source, record.checkpoint) == ("3", "folder", "line a")
    assert (record.frame_width, record.frame_height, record.score) == (0, 0, None)
    assert inspection.frame is None
    lost = inspect_missing(Origin(4, 1.5, TAKEN, "plc"), "", None, RECIPE, CONTEXT)
    assert lost.record.decision.reasons == ("frame-unreadable",)


@pytest.mark.logs_expected
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    score=st.floats(allow_nan=True, allow_infinity=True) | st.none() | st.text(max_size=2),
    value=st.floats(width=32),
    calibration=st.builds(Calibration, st.floats(), st.floats(), st.floats(), st.floats()),
    ng_limit=st.none() | st.floats(-1e6, 1e6),
    taken=st.floats(-10, 10) | st.just(math.nan),
)
def test_no_input_gives_ok_without_a_score_below_the_limit(
    score: Any, value: float, calibration: Calibration, ng_limit: float | None, taken: float
) -> None:
    recipe = replace_limit(ng_limit)
    picture = frame(np.zeros((8, 8, 3), np.uint8), taken)
    predictor = StatedPredictor(flat(score, value), calibration)
    with np.errstate(all="ignore"):
        record = inspect(picture, predictor, recipe, CONTEXT, at_zero).record
    if record.verdict is Verdict.OK:
        assert math.isfinite(score)
        assert math.isfinite(value)
        assert record.limits is not None
        assert score < record.limits.ng
        assert -taken <= recipe.stale_after_s


def replace_limit(ng_limit: float | None) -> Recipe:
    return RECIPE.model_copy(update={"ng_limit": ng_limit})


def test_records_have_ids_of_their_own() -> None:
    made = [inspect(frame(), StatedPredictor(), RECIPE, CONTEXT, at_zero) for _ in range(50)]
    assert len({inspection.record.id for inspection in made}) == 50
    assert replace(made[0].record, id="x") == replace(made[1].record, id="x")


def test_the_optics_are_those_of_the_region_of_interest() -> None:
    image = np.full((HEIGHT, WIDTH, 3), 10, np.uint8)
    image[15:35, 25:55] = 90
    recipe = RECIPE.model_copy(update={"region_of_interest": (25, 15, 30, 20)})
    record = inspect(frame(image), StatedPredictor(), recipe, CONTEXT, at_zero).record
    assert record.optics == Optics(90.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.logs_expected
def test_optics_that_fail_do_not_touch_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(image: Image) -> Optics:
        raise ZeroDivisionError

    monkeypatch.setattr("app.inspection.pipeline.measure", fail)
    record = inspect(frame(), StatedPredictor(flat(0.9)), RECIPE, CONTEXT, at_zero).record
    assert (record.verdict, record.optics) == (Verdict.NG, None)


@pytest.mark.logs_expected
def test_a_part_that_the_model_refuses_still_has_optics() -> None:
    predictor = StatedPredictor(raising(ModelError("too dark.")))
    record = inspect(frame(), predictor, RECIPE, CONTEXT, at_zero).record
    assert record.verdict is Verdict.ERROR
    assert record.optics is not None
    assert inspect(frame(taken=-9.0), predictor, RECIPE, CONTEXT, at_zero).record.optics is None


def test_classes_name_the_defect_of_what_is_not_ok() -> None:
    classes = (("good", 0.7), ("dent", 0.2), ("hole", 0.1))

    def judge(image: Image) -> Prediction:
        return replace(flat(float(image[0, 0, 0]) / 100)(image), class_probabilities=classes)

    for grey, defect in ((20, ""), (90, "dent")):
        picture = frame(np.full((HEIGHT, WIDTH, 3), grey, np.uint8))
        record = inspect(picture, StatedPredictor(judge), RECIPE, CONTEXT, at_zero).record
        assert record.class_probabilities == classes
        assert record.defect == defect


def test_ok_parts_are_drawn_and_second_opinions_asked_for() -> None:
    everyone = RECIPE.model_copy(update={"review_ok_share": 1.0, "second_opinion_share": 1.0})
    nobody = RECIPE.model_copy(update={"review_ok_share": 0.0, "second_opinion_share": 1.0})
    for score, recipe, flags in (
        (0.2, everyone, (True, True)),
        (0.2, nobody, (False, False)),
        (0.9, nobody, (False, True)),
    ):
        record = inspect(frame(), StatedPredictor(flat(score)), recipe, CONTEXT, at_zero).record
        assert (record.sampled, record.second_opinion) == flags
