"""Whether what is on the screen is true now, and what the banner may say. Pure, no widgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.camera.status import CameraState
from app.i18n import N_, tr
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.station.status import StationState, StationStatus
from app.ui import verdict_look
from app.ui.verdict_look import LOOKS, Look

# A single shot's verdict stays this long before the live picture returns, seconds.
HOLD_S = 5.0

CAMERA_WORDS: dict[CameraState, str] = {
    CameraState.CLOSED: N_("closed"),
    CameraState.CONNECTING: N_("connecting"),
    CameraState.STREAMING: N_("running"),
    CameraState.LOST: N_("LOST"),
    CameraState.ENDED: N_("finished"),
}
STATE_WORDS: dict[StationState, str] = {
    StationState.IDLE: N_("Stopped"),
    StationState.STARTING: N_("Starting"),
    StationState.RUNNING: N_("Inspecting"),
    StationState.PAUSED: N_("Paused"),
    StationState.STOPPING: N_("Stopping"),
    StationState.FAULT: N_("Fault"),
}
_FAULTY_PICTURES = {
    "black": N_("The picture is black"),
    "frozen": N_("The picture does not change"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen shows.

    Attributes:
        record: Record of the picture; None for a live picture that was not judged.
        at: When the picture was taken.
        age_s: How long ago it came to the window.
    """

    record: InspectionRecord | None
    at: datetime
    age_s: float


def is_blind(status: StationStatus, shown: Shown | None) -> bool:
    """Return whether parts pass that nobody sees: the camera is lost, stuck or silent."""
    if status.phase not in (StationState.RUNNING, StationState.PAUSED):
        return False
    if status.camera.state is CameraState.LOST or status.camera.picture_fault:
        return True
    if shown is None:
        return False
    if status.camera.state is CameraState.CONNECTING:
        return True
    return status.phase is StationState.RUNNING and _is_silent(status, shown)


def _is_silent(status: StationStatus, shown: Shown) -> bool:
    """Return whether a free-running line has shown nothing new for too long.

    A triggered line may be without parts for hours; there only the camera's state counts.
    """
    if status.recipe.trigger != "free" or status.camera.state is CameraState.ENDED:
        return False
    return shown.age_s > max(status.recipe.stale_after_s, 3 * status.model_ms / 1000 + 1)


def stale_text(status: StationStatus, shown: Shown | None) -> str:
    """Return why the picture is not what is before the camera now, "" if it is."""
    if shown is None:
        return ""
    since = tr("Picture of {time}").format(time=shown.at.astimezone().strftime("%H:%M:%S"))
    reason = _stale_reason(status, shown)
    return f"{reason}\n{since}" if reason else ""


def _stale_reason(status: StationStatus, shown: Shown) -> str:
    if is_blind(status, shown):
        fault = _FAULTY_PICTURES.get(status.camera.picture_fault, "")
        lost = status.camera.state in (CameraState.LOST, CameraState.CONNECTING)
        return tr("Camera lost") if lost else tr(fault or N_("No new picture"))
    if status.phase is StationState.PAUSED and shown.record is not None:
        return "" if shown.age_s <= HOLD_S else tr("Paused")
    if status.phase in (StationState.IDLE, StationState.STOPPING):
        return tr("Finished") if status.camera.state is CameraState.ENDED else tr("Stopped")
    if status.phase is StationState.STARTING:
        return tr("Starting")
    return ""


def look_of(status: StationStatus, shown: Shown | None) -> Look:
    """Return what the banner says: a verdict only for the part that is shown now.

    Nothing is called good over a fault that nobody has read.
    """
    record = shown.record if shown is not None else None
    if is_blind(status, shown):
        return verdict_look.BLIND
    running = status.phase is StationState.RUNNING
    if status.state is StationState.FAULT:
        is_bad = running and record is not None and record.verdict is not Verdict.OK
        return LOOKS[record.verdict] if record is not None and is_bad else verdict_look.FAULT
    if running:
        return verdict_look.EXPECTING if record is None else LOOKS[record.verdict]
    if status.phase is StationState.STARTING:
        return verdict_look.STARTING
    if status.golden.can_be_overridden:
        return verdict_look.BLOCKED
    if status.phase is StationState.PAUSED:
        if shown is not None and record is not None and shown.age_s <= HOLD_S:
            return LOOKS[record.verdict]
        return verdict_look.PAUSED
    if status.phase is StationState.IDLE and shown is None:
        return verdict_look.WAITING
    return verdict_look.STOPPED
