"""A part judged region by region: the worst one decides, one map shows them all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from app.inspection.areas import Box, Mask
from app.inspection.cutting import Cutting, Piece
from app.inspection.placement import Matrix
from app.inspection.recipe import Recipe
from app.inspection.record import RegionResult
from app.inspection.verdict import Decision, Limits, Verdict, decide
from model.opencv import cv2
from model.types import Calibration, FloatMap, Prediction, PredictionTimes

_SEVERITY = (Verdict.OK, Verdict.REVIEW, Verdict.NG, Verdict.ERROR)


@dataclass(frozen=True, slots=True, eq=False)
class PartResult:
    """What all regions of a part come to.

    Attributes:
        decision: Verdict of the worst region, with the names of all that share it; its defective
            areas are not listed yet.
        limits: Limits of the worst region; None if it has none.
        prediction: Score and classes of the worst region, and one map that covers the recipe's
            `judged_box`: `map_typical` where nothing is judged, and where regions have map limits
            of their own, on the scale of the worst one.
        results: What each region came to; empty for a recipe without regions.
    """

    decision: Decision
    limits: Limits | None
    prediction: Prediction
    results: tuple[RegionResult, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """One region: its pieces with their predictions, and what follows from them."""

    name: str
    pieces: tuple[tuple[Piece, Prediction], ...]
    worst: Prediction
    limits: Limits | None
    decision: Decision

    def excess(self, typical: float) -> float:
        """Return how bad the score is: 0 like a typical normal, 1 at the limit."""
        if self.limits is None:
            return math.inf
        span = self.limits.ng - typical
        distance = self.worst.score - self.limits.ng
        return 1 + distance / span if math.isfinite(span) and span > 0 else distance


def judge_regions(
    cutting: Cutting,
    predictions: Sequence[Prediction],
    recipe: Recipe,
    calibration: Calibration,
    size: tuple[int, int],
) -> PartResult:
    """Return the judgement of a part.

    Args:
        cutting: Its pieces.
        predictions: One for each piece; scores and maps finite, maps of the pieces' sizes.
        recipe: Limits of the part and of its regions.
        calibration: Of the checkpoint.
        size: Height and width of the frame, pixels.
    """
    judged = _judged(cutting, predictions, recipe, calibration)
    ranked = sorted(
        judged,
        key=lambda one: (
            -_SEVERITY.index(one.decision.verdict),
            -one.excess(calibration.typical),
        ),
    )
    worst = ranked[0]
    anomaly_map = _whole_map(judged, worst.limits, cutting.to_frame, recipe.judged_box, size)
    prediction = Prediction(
        worst.worst.score,
        anomaly_map,
        _added([prediction.times for prediction in predictions]),
        worst.worst.class_probabilities,
        worst.worst.explains,
    )
    return PartResult(_decision(ranked), worst.limits, prediction, _results(judged))


def _judged(
    cutting: Cutting,
    predictions: Sequence[Prediction],
    recipe: Recipe,
    calibration: Calibration,
) -> list[_Judged]:
    found = []
    pairs = zip(cutting.pieces, predictions, strict=True)
    for name, group in groupby(pairs, key=lambda pair: pair[0].region):
        pieces = tuple(group)
        worst = max((prediction for _, prediction in pieces), key=lambda one: one.score)
        limits = recipe.limits_of(name, calibration)
        found.append(_Judged(name, pieces, worst, limits, decide(float(worst.score), limits)))
    return found


def _results(judged: Sequence[_Judged]) -> tuple[RegionResult, ...]:
    return tuple(
        RegionResult(
            one.name,
            one.decision.verdict,
            float(one.worst.score),
            None if one.limits is None else one.limits.ng,
        )
        for one in judged
        if one.name
    )


def _decision(ranked: Sequence[_Judged]) -> Decision:
    """Return the verdict of the worst region with the reasons of every region that is not OK."""
    reasons = (
        f"{reason}: {one.name}" if one.name else reason
        for one in ranked
        for reason in one.decision.reasons
    )
    return Decision(ranked[0].decision.verdict, tuple(reasons))


def _added(times: Sequence[PredictionTimes]) -> PredictionTimes:
    return PredictionTimes(
        sum(one.preprocess_ms for one in times),
        sum(one.model_ms for one in times),
        sum(one.postprocess_ms for one in times),
    )


# --- one map ---


def _whole_map(
    judged: Sequence[_Judged],
    shown: Limits | None,
    to_frame: Matrix | None,
    box: Box | None,
    size: tuple[int, int],
) -> FloatMap:
    """Return the map of all regions, (box height, box width) float32 in the frame, read-only."""
    x, y, width, height = box or (0, 0, size[1], size[0])
    canvas = np.full((height, width), -np.inf, np.float32)
    for one in judged:
        own, mask, corner = _region_map(one.pieces)
        scaled = _on_scale(own, one.limits, shown)
        if to_frame is None:
            _lay(canvas, scaled, mask, corner[0] - x, corner[1] - y)
        else:
            _lay_turned(canvas, scaled, mask, corner, to_frame)
    is_judged = np.isfinite(canvas)
    calm = shown.map_typical if shown is not None else _least(canvas[is_judged])
    canvas[~is_judged] = calm
    canvas.flags.writeable = False
    return canvas


def _least(values: FloatMap) -> float:
    return float(values.min()) if values.size else 0.0


def _region_map(
    pieces: Sequence[tuple[Piece, Prediction]],
) -> tuple[FloatMap, Mask, tuple[int, int]]:
    """Return a region's map, where it is judged, and its corner in the reference picture."""
    boxes = np.array([piece.box for piece, _ in pieces])
    x, y = (int(value) for value in boxes[:, :2].min(0))
    x1, y1 = (int(value) for value in (boxes[:, :2] + boxes[:, 2:]).max(0))
    values = np.zeros((y1 - y, x1 - x), np.float32)
    mask = np.zeros(values.shape, np.bool_)
    for piece, prediction in pieces:
        left, top = piece.box[0] - x, piece.box[1] - y
        window = np.s_[top : top + piece.box[3], left : left + piece.box[2]]
        weights = 1.0 if piece.weights is None else piece.weights
        values[window] += prediction.anomaly_map * weights
        mask[window] |= True if piece.judged is None else piece.judged
    return values, mask, (x, y)


def _on_scale(values: FloatMap, own: Limits | None, shown: Limits | None) -> FloatMap:
    """Return a map as it looks on the scale of other limits; unchanged on the same scale."""
    if own is None or shown is None or not (own.are_valid and shown.are_valid):
        return values
    if (own.map_typical, own.map_limit) == (shown.map_typical, shown.map_limit):
        return values
    factor = (shown.map_limit - shown.map_typical) / (own.map_limit - own.map_typical)
    scaled = (values - np.float32(own.map_typical)) * np.float32(factor)
    return np.asarray(scaled + np.float32(shown.map_typical), np.float32)


def _lay(canvas: FloatMap, values: FloatMap, mask: Mask, x: int, y: int) -> None:
    """Lay a region's map on the canvas; the higher value counts where regions overlap."""
    rows, columns = canvas.shape
    height, width = values.shape
    x0, y0, x1, y1 = max(0, x), max(0, y), min(columns, x + width), min(rows, y + height)
    if x1 <= x0 or y1 <= y0:
        return
    part = np.s_[y0 - y : y1 - y, x0 - x : x1 - x]
    under = canvas[y0:y1, x0:x1]
    np.maximum(under, values[part], out=under, where=mask[part])


def _lay_turned(
    canvas: FloatMap, values: FloatMap, mask: Mask, corner: tuple[int, int], to_frame: Matrix
) -> None:
    """Lay a region's map of the reference picture on the canvas of the frame."""
    height, width = values.shape
    own = to_frame.copy()
    own[:, 2] += to_frame[:, :2] @ corner
    corners = np.array([[-1, -1], [width, -1], [width, height], [-1, height]])
    ends = corners @ own[:, :2].T + own[:, 2]
    x0, y0 = (math.floor(value) for value in np.maximum(ends.min(0), 0))
    x1, y1 = (math.ceil(value) for value in np.minimum(ends.max(0) + 1, canvas.shape[::-1]))
    if x1 <= x0 or y1 <= y0:
        return
    own[:, 2] -= (x0, y0)
    size = (x1 - x0, y1 - y0)
    inside = cv2.warpAffine(mask.astype(np.uint8), own, size, flags=cv2.INTER_NEAREST)
    # nothing that is not judged may colour its neighbours
    calm = np.where(mask, values, _least(values[mask]))
    turned = cv2.warpAffine(
        calm, own, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    _lay(canvas, np.asarray(turned, np.float32), np.asarray(inside) > 0, x0, y0)
