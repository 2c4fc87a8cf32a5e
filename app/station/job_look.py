"""The running job at one moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.inspection.tally import Tally
from app.jobs.slowdown import LineSample, Slowdown
from app.jobs.throttle import Hold
from app.station.status import StationState, StationStatus

_QUIET_S = 30.0
"""Without a part for so long the line stands, whatever it waits for."""


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
        turn: Which training of how many, from 1; (0, 0) where there is one.
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
    turn: tuple[int, int] = (0, 0)


class LineWatch:
    """Counts the parts of the line and tells whether it judges, also where parts come slowly."""

    def __init__(self) -> None:
        self._tally: Tally | None = None
        self._parts, self._part_s = 0, -math.inf
        self.judges = False

    def take(self, status: StationStatus, now_s: float) -> LineSample | None:
        """Note a look at the line; return what is measured, None while it judges nothing.

        Args:
            status: It.
            now_s: Monotonic clock, seconds.
        """
        before, self._tally = self._tally, status.tally
        if before is not None and status.tally != before:
            # Another lot begins with other counters.
            self._parts += max(1, _total(status.tally) - _total(before))
            self._part_s = now_s
        running = status.phase is StationState.RUNNING
        self.judges = running and now_s - self._part_s < _QUIET_S
        if not self.judges:
            return None
        sha = status.checkpoint.sha256 if status.checkpoint else ""
        judged_by = f"{status.recipe.name} {status.recipe.version} {sha}"
        return LineSample(now_s, self._parts, status.model_ms, status.superseded, judged_by)


def _total(tally: Tally) -> int:
    return tally.ok + tally.ng + tally.review + tally.error
