"""Judges the same pictures with two checkpoints, by the path that parts take."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app import checkpoints, log
from app.candidates.comparison import Comparison, Pair, Seen, Side, in_order
from app.candidates.errors import CandidateError, CheckCancelled
from app.candidates.sources import Source
from app.candidates.weighing import weight_bytes
from app.errors import ExpectedError
from app.golden.check import judge
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.paths import Home
from model.errors import ModelError
from model.predictor import Predictor
from model.quick_build import quick_backbones

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Contender:
    """A loaded checkpoint with the recipe as it would hold for it.

    Attributes:
        predictor: The model, warm.
        recipe: Its limits are those that would be in force.
        load_s: Time to load it, seconds.
    """

    predictor: Predictor
    recipe: Recipe
    load_s: float


def load(file: Path, recipe: Recipe, home: Home, device: str = "auto") -> Contender:
    """Load and warm up a checkpoint.

    Args:
        file: The checkpoint.
        recipe: As it would hold for it, see `Recipe.with_checkpoint`.
        home: Where backbone weights are looked for.
        device: "auto", "cpu" or "cuda".

    Raises:
        ModelError: It cannot be used.
    """
    start = time.perf_counter()
    with quick_backbones():
        predictor = checkpoints.load_predictor(str(file), home, device)
    load_s = time.perf_counter() - start
    predictor.warm_up()
    return Contender(predictor, recipe, load_s)


def compare(
    current: Contender,
    candidate: Contender,
    sources: Sequence[Source],
    progress: Progress = lambda stage, done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Judge every picture with both and return what came of it; nothing is stored or counted.

    A picture goes through both before the next is read, so that what else the machine does
    slows both alike.

    Args:
        current: In force.
        candidate: The other one.
        sources: The pictures.
        progress: Told (stage, done, total); the stage is "judge".
        cancelled: Asked between two pictures.

    Raises:
        CandidateError: No picture could be read.
        CheckCancelled: `cancelled` said so.
    """
    pairs: list[Pair] = []
    progress("judge", 0, len(sources))
    for number, source in enumerate(sources):
        if cancelled():
            raise CheckCancelled(tr("The comparison was stopped; nothing has changed."))
        pair = _pair(source, current, candidate)
        if pair is not None:
            pairs.append(pair)
        progress("judge", number + 1, len(sources))
    if not pairs:
        raise CandidateError(
            tr("There are no pictures to compare on: no part of this recipe was kept yet.")
        )
    return Comparison(
        recipe=current.recipe.name,
        recipe_version=current.recipe.version,
        current=_side(current, [pair.current for pair in pairs]),
        candidate=_side(candidate, [pair.candidate for pair in pairs]),
        pairs=in_order(pairs),
        skipped=len(sources) - len(pairs),
        device=current.predictor.device_name,
        made_utc=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _pair(source: Source, current: Contender, candidate: Contender) -> Pair | None:
    try:
        image = source.load()
    except (ExpectedError, ModelError) as error:
        log.station.info("%s is left out of the comparison: %s", source.name, error)
        return None
    return Pair(
        kind=source.kind,
        id=source.id,
        name=source.name,
        picture=str(source.file.absolute()),
        expected=source.expected,
        current=_seen(judge(image, current.predictor, current.recipe).record, current),
        candidate=_seen(judge(image, candidate.predictor, candidate.recipe).record, candidate),
        taken_utc=source.taken_utc,
    )


def _seen(record: InspectionRecord, by: Contender) -> Seen:
    return Seen(
        verdict=record.verdict,
        score=record.score,
        share=_share(record, by.predictor.calibration.typical),
        model_ms=record.latencies.model,
        reasons=record.decision.reasons,
    )


def _share(record: InspectionRecord, typical: float) -> float | None:
    """Return where the score lies between a typical normal part (0) and the NG limit (1)."""
    if record.score is None or record.limits is None or not record.limits.ng > typical:
        return None
    return (record.score - typical) / (record.limits.ng - typical)


def _side(one: Contender, seen: Sequence[Seen]) -> Side:
    info, calibration = one.predictor.info, one.predictor.calibration
    limits = one.recipe.limits(calibration)
    return Side(
        name=info.name,
        file=str(info.path),
        sha256=info.sha256,
        detector=info.detector,
        ng_limit=None if limits is None else limits.ng,
        # NaN is not equal to itself
        typical=calibration.typical if calibration.typical == calibration.typical else None,
        load_s=one.load_s,
        model_ms=statistics.median(each.model_ms for each in seen),
        memory_mb=weight_bytes(one.predictor) / 1e6,
    )
