"""What judging one part yields, before and after it becomes a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from app import VERSION
from app.camera.frame import Frame, Image
from app.inspection.drawing import is_sampled, needs_second_opinion
from app.inspection.naming import name_defect
from app.inspection.recipe import Recipe
from app.inspection.record import (
    Context,
    InspectionRecord,
    Latencies,
    Optics,
    Placement,
    RegionResult,
    new_id,
)
from app.inspection.verdict import Decision, Limits, Verdict
from model.types import Calibration, CheckpointInfo, Prediction


class Predictor(Protocol):
    """What the pipeline needs of a predictor."""

    @property
    def info(self) -> CheckpointInfo:
        """What the checkpoint's header says."""

    @property
    def calibration(self) -> Calibration:
        """Limits that belong to the checkpoint."""

    def predict(self, image: Image) -> Prediction:
        """Judge (H, W, 3) uint8 BGR; the map has the image's size."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A decision with what it stands on.

    Attributes:
        decision: Verdict, reasons, regions.
        limits: Limits in force; None if there were none.
        prediction: What the model said of the recipe's `judged_box`; None if it is not valid.
        model_ms: Time in the model, milliseconds, also of a failed call.
        optics: Camera, light and position; None if they could not be measured.
        results: What each region came to; empty for recipes without regions.
        placement: Where the part lay; None without an anchor and where it was not found.
    """

    decision: Decision
    limits: Limits | None = None
    prediction: Prediction | None = None
    model_ms: float = 0.0
    optics: Optics | None = None
    results: tuple[RegionResult, ...] = ()
    placement: Placement | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """One judged part with its pictures.

    Attributes:
        record: The record; its verdict is the only one.
        prediction: What the model said of the recipe's `judged_box`; None if it is not valid.
        frame: The picture; None if the source could not deliver it.
        recipe: The recipe in force.
    """

    record: InspectionRecord
    prediction: Prediction | None
    frame: Frame | None
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when a part was seen, with or without a picture.

    Attributes:
        number: Trigger number.
        taken: Seconds, monotonic clock.
        taken_utc: The same moment, timezone-aware UTC.
        source: Description of the source.
        width: Pixels, 0 without a picture.
        height: Pixels, 0 without a picture.
        truth: What the source knows.
    """

    number: int
    taken: float
    taken_utc: datetime
    source: str
    width: int = 0
    height: int = 0
    truth: Literal["ok", "ng"] | None = None


def origin_of(frame: Frame) -> Origin:
    """Return where a frame comes from; also for an image of the wrong shape."""
    height, width = (*frame.image.shape[:2], 0, 0)[:2]
    truth = frame.truth.verdict if frame.truth else None
    return Origin(frame.number, frame.taken, frame.taken_utc, frame.source, width, height, truth)


def to_record(
    judged: Judgement,
    origin: Origin,
    info: CheckpointInfo | None,
    recipe: Recipe,
    context: Context,
    latencies: Latencies,
) -> InspectionRecord:
    """Return the record of a judgement, with a new id."""
    record_id, verdict = new_id(), judged.decision.verdict
    sampled = is_sampled(record_id, verdict, recipe)
    is_queued = sampled or verdict is not Verdict.OK
    named = judged.prediction.class_probabilities if judged.prediction else ()
    return InspectionRecord(
        id=record_id,
        context=context,
        recipe=recipe.name,
        recipe_version=recipe.version,
        serial=str(origin.number),
        taken_utc=origin.taken_utc,
        taken_monotonic=origin.taken,
        source=origin.source,
        frame_width=origin.width,
        frame_height=origin.height,
        checkpoint=info.name if info else recipe.checkpoint,
        checkpoint_sha256=info.sha256 if info else "",
        detector=info.detector if info else "",
        limits=judged.limits,
        score=float(judged.prediction.score) if judged.prediction else None,
        decision=judged.decision,
        latencies=latencies,
        software=VERSION,
        truth=origin.truth,
        region_of_interest=recipe.judged_box,
        mm_per_px=recipe.mm_per_px,
        product=recipe.product,
        defect=name_defect(verdict, named, recipe.defect_kinds),
        optics=judged.optics,
        class_probabilities=tuple(named),
        sampled=sampled,
        second_opinion=needs_second_opinion(record_id, is_queued, recipe),
        region_results=judged.results,
        placement=judged.placement,
    )
