"""The station's state machine: pure, no Qt, no threads."""

from __future__ import annotations

from enum import Enum

from app.station.faults import FaultLatch
from app.station.status import StationState

IDLE = StationState.IDLE
STARTING = StationState.STARTING
RUNNING = StationState.RUNNING
PAUSED = StationState.PAUSED
STOPPING = StationState.STOPPING


class Request(Enum):
    """What a person asks for."""

    START = "start"
    PAUSE = "pause"
    STOP = "stop"
    SINGLE_SHOT = "single shot"


class Happening(Enum):
    """What the line does by itself."""

    READY = "first frame, to be judged"
    READY_TO_WATCH = "first frame, to be shown only"
    ENDED = "no more frames"
    FAILED = "the line could not be set up"
    CLOSED = "everything is closed"


Step = Request | Happening

NEXT: dict[tuple[StationState, Step], StationState] = {
    (IDLE, Request.START): STARTING,
    (IDLE, Request.SINGLE_SHOT): STARTING,
    (STARTING, Request.START): STARTING,
    (STARTING, Request.PAUSE): STARTING,
    (STARTING, Request.STOP): STOPPING,
    (STARTING, Happening.READY): RUNNING,
    (STARTING, Happening.READY_TO_WATCH): PAUSED,
    (STARTING, Happening.ENDED): STOPPING,
    (STARTING, Happening.FAILED): STOPPING,
    (RUNNING, Request.PAUSE): PAUSED,
    (RUNNING, Request.STOP): STOPPING,
    (RUNNING, Happening.ENDED): STOPPING,
    (PAUSED, Request.START): RUNNING,
    (PAUSED, Request.SINGLE_SHOT): PAUSED,
    (PAUSED, Request.STOP): STOPPING,
    (PAUSED, Happening.ENDED): STOPPING,
    (STOPPING, Happening.CLOSED): IDLE,
}

_REFUSED_IN_FAULT = (Request.START, Request.SINGLE_SHOT)


class Machine:
    """Which phase the line is in, and whether a fault lies over it.

    ::

                start, single shot           first frame
        IDLE ----------------------> STARTING ----------> RUNNING <---+
          ^                             |  |                 |  start |
          |                             |  | single shot:    | pause  |
          |                             |  | first frame     v        |
          |                             |  +-------------> PAUSED ----+
          |  closed, rows stored        |                    |  ^-- single shot
          +------------------ STOPPING <+--- stop, no more --+
                                             frames (also from RUNNING)

    FAULT lies over every phase: frames that come are still judged and kept, for every part
    must end in a record, but nothing new is started until somebody acknowledges. Stop and
    pause always work. When the fault is acknowledged, the phase beneath shows again.

    A request that has no arrow is refused and changes nothing.
    """

    def __init__(self) -> None:
        self.phase = IDLE
        self.faults = FaultLatch()

    @property
    def state(self) -> StationState:
        """The state to show: FAULT while a fault waits for its acknowledgement."""
        return StationState.FAULT if self.faults.latched else self.phase

    def allows(self, step: Step) -> bool:
        """Return whether a step leads anywhere now."""
        if step in _REFUSED_IN_FAULT and self.faults.latched:
            return False
        return (self.phase, step) in NEXT

    def take(self, step: Step) -> bool:
        """Take a step; return False and change nothing if it is not allowed."""
        if not self.allows(step):
            return False
        self.phase = NEXT[self.phase, step]
        return True
