"""What the station says of itself: one frozen value for the window, the log and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.camera.status import CameraStatus
from app.inspection.recipe import Recipe
from app.inspection.record import Context
from app.inspection.tally import Tally
from app.inspection.verdict import Limits
from app.station.golden_status import NOT_JUDGED, GoldenStatus
from model.types import CheckpointInfo


class StationState(Enum):
    """What the station is doing; `app.station.machine` draws how one leads to another.

    IDLE: no camera is open. STARTING: the model is being loaded or no frame has come yet.
    RUNNING: frames are judged; stays so when the camera is lost. PAUSED: the camera is open,
    nothing is judged. STOPPING: the camera is being closed, the last records are being stored.
    FAULT: somebody has to read and acknowledge a fault; see `StationStatus.fault`.
    """

    IDLE = "idle"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class StationStatus:
    """One look at the station.

    Attributes:
        state: What it is doing.
        recipe: Recipe in force.
        context: Station, lot, shift, operator.
        camera: What the capture thread says; CLOSED while no camera is open.
        tally: Counters of the lot.
        checkpoint: Checkpoint in force; None while none is loaded.
        device: Where the model runs, e.g. "cpu"; "" while none is loaded.
        model_ms: Time of the last prediction, milliseconds.
        judged_fps: Frames judged per second, lately; 0 when none came for two seconds.
        judged_age_ms: How long ago the last judged frame was taken, milliseconds.
        superseded: Frames dropped since the start because a newer one came, not judged.
        limits: Limits in force; None if the checkpoint is not calibrated.
        fault: What is wrong and what to do, one sentence; "" if nothing is.
        fault_acknowledged: True if somebody has seen the fault and its cause is still there.
        golden: How it stands with the golden samples.
        phase: What goes on beneath a FAULT; equal to `state` otherwise.
    """

    state: StationState
    recipe: Recipe
    context: Context
    camera: CameraStatus
    tally: Tally
    checkpoint: CheckpointInfo | None = None
    device: str = ""
    model_ms: float = 0.0
    judged_fps: float = 0.0
    judged_age_ms: float = 0.0
    superseded: int = 0
    limits: Limits | None = None
    fault: str = ""
    fault_acknowledged: bool = False
    golden: GoldenStatus = NOT_JUDGED
    phase: StationState = StationState.IDLE
