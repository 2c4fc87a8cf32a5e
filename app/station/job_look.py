"""The running job at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from app.jobs.slowdown import LineSample, Slowdown
from app.jobs.throttle import Hold
from app.station.status import StationState, StationStatus


@dataclass(frozen=True, slots=True)
class JobLook:
    """How far it is, and what it costs the line.

    Attributes:
        job_id: Which one.
        stage: What it does, as its command calls it.
        done: Steps of the stage.
        total: Steps of the stage in all.
        share: How far the whole job is, 0 to 1.
        seconds_left: How long it will still take; None while that cannot be said.
        hold: Why the program holds it.
        held_by_hand: A person holds it.
        is_stopping: It was asked to stop.
        rest_s: How long a rest for the line lasts at most, seconds.
        slowdown: The line beside it and without it; None while that is not known.
        judging: Whether there is a line that judges parts just now.
    """

    job_id: str
    stage: str = ""
    done: int = 0
    total: int = 0
    share: float = 0.0
    seconds_left: float | None = None
    hold: Hold = Hold.NONE
    held_by_hand: bool = False
    is_stopping: bool = False
    rest_s: float = 0.0
    slowdown: Slowdown | None = None
    judging: bool = False


def judges(status: StationStatus | None) -> bool:
    """Return whether the line judges parts just now."""
    return status is not None and status.phase is StationState.RUNNING and status.judged_fps > 0


def sample_of(status: StationStatus, now_s: float) -> LineSample:
    """Return what is measured of the line at a moment of the monotonic clock."""
    sha = status.checkpoint.sha256 if status.checkpoint else ""
    judged_by = f"{status.recipe.name} {status.recipe.version} {sha}"
    return LineSample(now_s, status.judged_fps, status.model_ms, status.superseded, judged_by)
