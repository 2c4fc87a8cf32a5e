"""Records and status as text for the screen; numbers always with unit and meaning."""

from __future__ import annotations

import math

from app.camera.status import CameraState
from app.i18n import N_, tr
from app.inspection.reasons import explain
from app.inspection.record import InspectionRecord
from app.inspection.tally import Tally
from app.station.status import StationState, StationStatus
from app.ui.liveness import CAMERA_WORDS
from app.ui.verdict_look import LOOKS
from app.ui.widgets.counters import Counts
from app.ui.widgets.score_gauge import Reading


def reading_of(record: InspectionRecord | None, status: StationStatus) -> Reading | None:
    """Return the gauge's content: the record's limits, else those in force."""
    limits = record.limits if record is not None and record.limits else status.limits
    if limits is None:
        return None
    typical = status.checkpoint.calibration.typical if status.checkpoint else math.nan
    score = record.score if record is not None else None
    return Reading(score, limits.ng, limits.review, typical)


def counts_of(tally: Tally) -> Counts:
    """Return a tally for the counters."""
    return Counts(tally.ok, tally.ng, tally.review, tally.error, tally.yield_percent)


def facts_of(record: InspectionRecord) -> tuple[tuple[str, str], ...]:
    """Return what is known of a judged part, (English name, value)."""
    limits = f"{record.limits.ng:.3f}" if record.limits else "–"
    score = "–" if record.score is None else f"{record.score:.3f}"
    return (
        (N_("Verdict"), tr(LOOKS[record.verdict].word)),
        (N_("Why"), explain(record)),
        (N_("Taken"), record.taken_utc.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        (N_("Score"), score),
        (N_("Limit"), limits),
        (N_("Lot"), record.context.lot or "–"),
        (N_("Part number"), record.serial),
        (N_("Recipe"), f"{record.recipe} v{record.recipe_version}"),
        (N_("Checkpoint"), record.checkpoint),
        (N_("Record"), record.id),
    )


def product_of(status: StationStatus) -> str:
    """Return what is inspected, for the header."""
    return status.recipe.product or status.recipe.name


def status_values(status: StationStatus) -> dict[str, tuple[str, bool]]:
    """Return the status bar's content: key -> (text, whether it is abnormal)."""
    camera = status.camera
    word = tr(CAMERA_WORDS[camera.state])
    if camera.reconnects:
        word = tr("{state}, reconnected {count}×").format(state=word, count=camera.reconnects)
    known = status.model_ms > 0
    name = status.checkpoint.name if status.checkpoint else tr("none")
    # The camera's own count includes the superseded ones; it may be a moment older.
    skipped = max(status.superseded, camera.dropped)
    return {
        "camera": (word, camera.state is CameraState.LOST or bool(camera.picture_fault)),
        "fps": (f"{status.judged_fps:.1f} / {camera.fps:.1f} fps", False),
        "age": (_age(status) if known else "–", False),
        "model": (f"{status.model_ms:.0f} ms" if known else "–", False),
        "lost": (f"{skipped:d}", False),
        "device": (status.device or "–", False),
        "checkpoint": (name, status.checkpoint is None),
    }


def _age(status: StationStatus) -> str:
    """Return the age of the last judged picture, "–" while no camera is open."""
    if status.phase is StationState.IDLE:
        return "–"
    if status.judged_age_ms < 10_000:
        return f"{status.judged_age_ms:.0f} ms"
    return f"{status.judged_age_ms / 1000:.0f} s"


def alarm_of(status: StationStatus) -> tuple[str, bool]:
    """Return the sentence for the top of the screen and whether it needs no acknowledgement."""
    if status.fault:
        return status.fault, status.fault_acknowledged
    if status.camera.state is CameraState.LOST or status.camera.picture_fault:
        return status.camera.message or tr("The camera is lost; check its cable and power."), True
    # pictures of another exposure than the recipe's: judged, but the screen says so
    return status.camera.refused, True
