"""One look at the station, put together from its parts."""

from __future__ import annotations

from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.inspection.tally import Tally
from app.station.golden_status import GoldenStatus
from app.station.inference import Predictor
from app.station.line_slot import Look
from app.station.machine import Machine
from app.station.status import StationStatus


def overview(
    machine: Machine,
    recipe: Recipe,
    context: Context,
    look: Look,
    tally: Tally,
    predictor: Predictor | None,
    golden: GoldenStatus,
) -> StationStatus:
    """Return what the station says of itself."""
    faults = machine.faults
    return StationStatus(
        state=machine.state,
        phase=machine.phase,
        recipe=recipe,
        context=context,
        camera=look.camera,
        tally=tally,
        checkpoint=predictor.info if predictor else None,
        device=predictor.device_name if predictor else "",
        model_ms=look.progress.model_ms,
        judged_fps=look.judged_fps,
        judged_age_ms=look.age_ms,
        superseded=look.superseded,
        limits=recipe.limits(predictor.calibration) if predictor else None,
        fault=faults.sentence,
        fault_acknowledged=faults.acknowledged,
        golden=golden,
    )
