"""Limits for a checkpoint that has none, from good parts that the station has stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app import checkpoints, log
from app.camera.frame import Image
from app.candidates.errors import CandidateError, CheckCancelled
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.cutting import NotPlaced, cut
from app.inspection.recipe import Recipe
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.paths import Home
from app.store.base import Query
from app.store.database import Database
from app.store.evidence import EvidenceStore
from model import checkpoint
from model.calibration import Sighting, calibrate
from model.errors import ModelError
from model.types import CheckpointInfo

LEAST = 10
"""So many good parts are needed: with fewer a limit is a guess."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class GoodParts:
    """Stored good parts of a recipe.

    Attributes:
        records: The parts; their pictures are kept.
        reviewed: So many of them a person called good; the others are OK by the verdict alone.
    """

    records: tuple[InspectionRecord, ...]
    reviewed: int


def good_parts(store: Database, recipe: str, most: int) -> GoodParts:
    """Return the newest good parts with pictures, those that a person called good first.

    Args:
        store: The records.
        recipe: Name of the recipe.
        most: At most so many.

    Raises:
        StoreError: The database fails.
    """
    called = _kept(store, Query(recipe=recipe, part="good", limit=4 * most))[:most]
    known = {record.id for record in called}
    passed = _kept(
        store, Query(recipe=recipe, verdicts=(Verdict.OK,), reviewed=False, limit=4 * most)
    )
    more = [record for record in passed if record.id not in known]
    return GoodParts(tuple([*called, *more][:most]), len(called))


def with_limits(
    file: Path,
    out: Path,
    recipe: Recipe,
    parts: GoodParts,
    evidence: EvidenceStore,
    home: Home,
    name: str = "",
    device: str = "auto",
    progress: Progress = lambda stage, done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> CheckpointInfo:
    """Write a checkpoint again, with limits that good parts give it.

    Each part is cut as its recipe says and seen by the model as the line would show it. The
    limits are those of `model.calibration.calibrate`: about two false calls in a hundred.

    Args:
        file: The checkpoint without limits.
        out: The new file, ending in .safetensors.
        recipe: How parts are cut.
        parts: What to judge.
        evidence: Their pictures.
        home: Where backbone weights are looked for.
        name: Of the new checkpoint, for people; that of the file if left out.
        device: "auto", "cpu" or "cuda".
        progress: Told (stage, done, total); the stage is "judge".
        cancelled: Asked between two parts.

    Raises:
        CandidateError: There are too few parts.
        CheckCancelled: `cancelled` said so; nothing was written.
        ModelError: The checkpoint cannot be used or written.
    """
    _check_number(len(parts.records))
    predictor = checkpoints.load_predictor(str(file), home, device)
    sightings: list[Sighting] = []
    for number, record in enumerate(parts.records):
        if cancelled():
            raise CheckCancelled(tr("Setting the limits was stopped; nothing has changed."))
        for picture in _pictures(record, recipe, evidence):
            seen = predictor.predict(picture)
            sightings.append(Sighting.of(seen.score, seen.anomaly_map))
        progress("judge", number + 1, len(parts.records))
    _check_number(len(sightings))
    method = f"{len(parts.records)} stored parts of {recipe.name}, {parts.reviewed} reviewed"
    info = predictor.info
    return checkpoint.save(
        out,
        predictor.detector,
        calibrate(sightings, method=method),
        name=name or info.name,
        backbone_name=info.backbone,
        backbone_sha256=info.backbone_sha256,
        extra=info.extra,
    )


def _check_number(found: int) -> None:
    if found < LEAST:
        raise CandidateError(
            tr(
                "Limits need {least} good parts with pictures, there are {found}: let the line "
                "judge more or review some as good."
            ).format(least=LEAST, found=found)
        )


def _kept(store: Database, query: Query) -> list[InspectionRecord]:
    return [record for record in store.find(query) if record.evidence is not None]


def _pictures(record: InspectionRecord, recipe: Recipe, evidence: EvidenceStore) -> list[Image]:
    """Return the pieces of a part, (H, W, 3) uint8 BGR each; none if it cannot be read."""
    if record.evidence is None:
        return []
    try:
        image = evidence.load_image(record.evidence)
        return [piece.picture for piece in cut(image, recipe).pieces]
    except (ExpectedError, ModelError, NotPlaced) as error:
        log.station.info("part %s is left out of the limits: %s", record.id, error)
        return []
