"""The one path from an image to a verdict: station, headless line, command line and tests."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app import log
from app.camera.frame import BadFrame, Frame, Image
from app.errors import ExpectedError, RecipeError
from app.inspection.areas import Box
from app.inspection.cutting import Cutting, NotPlaced, cut
from app.inspection.judgement import (
    Inspection,
    Judgement,
    Origin,
    Predictor,
    origin_of,
    to_record,
)
from app.inspection.optics import measure
from app.inspection.recipe import Recipe
from app.inspection.record import Context, Latencies, Optics
from app.inspection.verdict import Limits, Verdict, decide
from app.inspection.worst_region import judge_regions
from model.errors import ModelError, OutOfMemory
from model.regions import find_regions
from model.types import CheckpointInfo, Prediction, Region

__all__ = ["Inspection", "Origin", "Predictor", "inspect", "inspect_bad", "inspect_missing"]


class _NoVerdict(Exception):
    """Ends the judging; the message is the reason, a stable code and details."""


def inspect(
    frame: Frame,
    predictor: Predictor | None,
    recipe: Recipe,
    context: Context,
    now: Callable[[], float] = time.monotonic,
    is_live: bool = True,
) -> Inspection:
    """Judge one frame. Never raises: whatever goes wrong is an ERROR record and is logged.

    Args:
        frame: The picture, (H, W, 3) uint8 BGR.
        predictor: The model; None (not loaded) is an ERROR.
        recipe: Limits, region of interest, checkpoint hash.
        context: Station, lot, shift, operator.
        now: Monotonic clock, seconds, the one that `frame.taken` was read from.
        is_live: False for files that are read at our pace: they cannot be stale.
    """
    start = now()
    try:
        judged = _judge(frame, predictor, recipe, start if is_live else None, now)
    except Exception as error:  # noqa: BLE001
        # A fault of one part must not end the line; it must never be an OK either.
        log.inspection.exception("frame %s could not be judged", frame.number)
        judged = Judgement(decide(None, None, fault=_reason("inspection-failed", error)))
    spent = (now() - start) * 1000
    latencies = Latencies(
        grab=frame.grab_ms,
        wait=max(0.0, (start - frame.taken) * 1000),
        model=judged.model_ms,
        decide=max(0.0, spent - judged.model_ms),
    )
    record = to_record(judged, origin_of(frame), _info(predictor), recipe, context, latencies)
    return Inspection(record, judged.prediction, frame, recipe)


def inspect_bad(
    bad: BadFrame, predictor: Predictor | None, recipe: Recipe, context: Context
) -> Inspection:
    """Return the ERROR of a picture that the source could not read. Never raises."""
    origin = Origin(bad.number, bad.taken, bad.taken_utc, bad.source)
    fault = f"frame-unreadable: {bad.message}"
    return inspect_missing(origin, fault, predictor, recipe, context)


def inspect_missing(
    origin: Origin, fault: str, predictor: Predictor | None, recipe: Recipe, context: Context
) -> Inspection:
    """Return the ERROR of a part of which there is no picture (unreadable file, lost trigger).

    Args:
        origin: Where and when the picture should have come from.
        fault: Reason, a stable code with details: "frame-unreadable: a.png", "trigger-lost".
        predictor: The model that would have judged it.
        recipe: The recipe in force.
        context: Station, lot, shift, operator.
    """
    log.inspection.error("frame %s: no verdict: %s", origin.number, fault)
    judged = Judgement(decide(None, None, fault=_one_line(fault) or "frame-unreadable"))
    record = to_record(judged, origin, _info(predictor), recipe, context, Latencies())
    return Inspection(record, None, None, recipe)


def _judge(
    frame: Frame,
    predictor: Predictor | None,
    recipe: Recipe,
    start: float | None,
    now: Callable[[], float],
) -> Judgement:
    limits: Limits | None = None
    optics: Optics | None = None
    cutting: Cutting | None = None
    model_ms = 0.0
    try:
        _check_frame(frame, recipe, start)
        # Before anything that may refuse a picture: such ones say the most of the camera.
        optics = None if recipe.is_plain else _optics(_covered(frame.image, recipe))
        cutting = _cut(frame.image, recipe)
        if recipe.is_plain:
            optics = _optics(cutting.pieces[0].picture)
        if predictor is None:
            raise _NoVerdict("no-predictor")
        limits = _limits(predictor, recipe)
        before = now()
        try:
            predictions = [_predict(predictor, piece.picture) for piece in cutting.pieces]
        finally:
            model_ms = (now() - before) * 1000
        for piece, prediction in zip(cutting.pieces, predictions, strict=True):
            _check(prediction, piece.box)
        part = _part(frame, predictor, recipe, cutting, predictions, limits)
        return replace(part, model_ms=model_ms, optics=optics, placement=cutting.placement)
    except _NoVerdict as reason:
        log.inspection.error("frame %s: no verdict: %s", frame.number, reason)
        judged = decide(None, limits, fault=str(reason))
        placement = cutting.placement if cutting else None
        return Judgement(judged, limits, None, model_ms, optics, placement=placement)


def _part(
    frame: Frame,
    predictor: Predictor,
    recipe: Recipe,
    cutting: Cutting,
    predictions: list[Prediction],
    limits: Limits | None,
) -> Judgement:
    """Return the judgement that the predictions of all pieces come to."""
    if recipe.is_plain:
        (piece,), (prediction,) = cutting.pieces, predictions
        regions = () if limits is None else _regions(prediction, limits, recipe, piece.box)
        return Judgement(decide(float(prediction.score), limits, regions), limits, prediction)
    size = (frame.image.shape[0], frame.image.shape[1])
    part = judge_regions(cutting, predictions, recipe, predictor.calibration, size)
    decision = part.decision
    if part.limits is not None and decision.verdict is not Verdict.ERROR:
        box = recipe.judged_box or (0, 0, size[1], size[0])
        regions = _regions(part.prediction, part.limits, recipe, box)
        decision = replace(decision, regions=regions)
    return Judgement(decision, part.limits, part.prediction, results=part.results)


def _limits(predictor: Predictor, recipe: Recipe) -> Limits | None:
    """Return the limits in force, None if the checkpoint is not calibrated.

    Raises:
        _NoVerdict: The predictor is not the one that the recipe names.
    """
    wanted, found = recipe.checkpoint_sha256, predictor.info.sha256
    if wanted and wanted != found:
        raise _NoVerdict(f"wrong-checkpoint: {found[:12]} instead of {wanted[:12]}")
    return recipe.limits(predictor.calibration)


def _check_frame(frame: Frame, recipe: Recipe, start: float | None) -> None:
    """Refuse a frame that no verdict can stand on.

    Raises:
        _NoVerdict: The frame is stale or not an image.
    """
    # Written so that a NaN age counts as stale.
    if start is not None and not (age := start - frame.taken) <= recipe.stale_after_s:
        raise _NoVerdict(f"frame-stale: {age:.1f} s")
    image = frame.image
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise _NoVerdict(f"frame-invalid: {image.dtype} {image.shape}")


def _cut(image: Image, recipe: Recipe) -> Cutting:
    """Return the pieces to judge.

    Raises:
        _NoVerdict: The frame does not show all of what the recipe wants judged.
    """
    try:
        return cut(image, recipe)
    except NotPlaced as error:
        raise _NoVerdict(error.reason) from error
    except RecipeError as error:
        raise _NoVerdict(_reason("anchor-damaged", error)) from error


def _covered(image: Image, recipe: Recipe) -> Image:
    """Return as much of the recipe's `judged_box` as the frame shows."""
    x, y, width, height = recipe.judged_box or (0, 0, image.shape[1], image.shape[0])
    return np.ascontiguousarray(image[max(0, y) : y + height, max(0, x) : x + width])


def _optics(image: Image) -> Optics | None:
    """Return the optics, None if they cannot be measured: no verdict may hang on them."""
    if image.size == 0:
        return None
    try:
        return measure(image)
    except Exception:  # noqa: BLE001
        log.inspection.exception("the optics of a picture could not be measured")
        return None


def _predict(predictor: Predictor, image: Image) -> Prediction:
    try:
        return predictor.predict(image)
    except (OutOfMemory, MemoryError) as error:
        raise _NoVerdict(_reason("out-of-memory", error)) from error
    except (ModelError, ExpectedError) as error:
        raise _NoVerdict(_reason("model-refused", error)) from error
    except Exception as error:
        log.inspection.exception("the model failed")
        raise _NoVerdict(_reason("model-failed", error)) from error


def _check(prediction: Prediction, box: Box) -> None:
    """Refuse a prediction that a verdict cannot stand on.

    Raises:
        _NoVerdict: Score or map is not finite, or the map has not the image's size.
    """
    if not math.isfinite(prediction.score):
        raise _NoVerdict("score-not-finite")
    anomaly_map = prediction.anomaly_map
    if anomaly_map.shape != (box[3], box[2]):
        raise _NoVerdict(f"map-wrong-size: {anomaly_map.shape}")
    if not np.isfinite(anomaly_map).all():
        raise _NoVerdict("map-not-finite")


def _regions(
    prediction: Prediction, limits: Limits, recipe: Recipe, box: Box
) -> tuple[Region, ...]:
    if prediction.explains:
        # Such a map has no areas: where an explanation ends says nothing of where a defect ends.
        return ()
    found = find_regions(prediction.anomaly_map, limits.map_limit, recipe.min_area_px)
    return tuple(_shifted(region, box[0], box[1]) for region in found)


def _shifted(region: Region, x: int, y: int) -> Region:
    """Return the region in pixels of the whole frame."""
    x0, y0, x1, y1 = region.box
    return replace(
        region,
        polygon=tuple((px + x, py + y) for px, py in region.polygon),
        box=(x0 + x, y0 + y, x1 + x, y1 + y),
    )


def _info(predictor: Predictor | None) -> CheckpointInfo | None:
    if predictor is None:
        return None
    try:
        return predictor.info
    except Exception:  # noqa: BLE001
        log.inspection.exception("the predictor does not say what it is")
        return None


def _reason(code: str, error: BaseException) -> str:
    return _one_line(f"{code}: {str(error) or type(error).__name__}")


def _one_line(text: str) -> str:
    """Return a reason short enough for a record and a screen."""
    return " ".join(text.split())[:300]
