"""When a job has to wait for the line, and when it goes on."""

from __future__ import annotations

from enum import Enum

from app.jobs.slowdown import SlowdownMeter

_TRUSTED_S = 60.0
"""After so long within the limit the next rest is a short one again."""
_ROOM = 0.8
"""The line has room once its model works this part of the time that it did at the pause."""


class Hold(Enum):
    """Why a job is held: not at all, to measure the line without it, or for the line's sake."""

    NONE = ""
    MEASURING = "measuring"
    LINE = "line"


class Throttle:
    """Holds a job while it slows the line beyond a limit.

    It is held at first until the line was measured without it; then each time the limit is
    passed, longer every time: from `rest_s` twice as long up to `longest_s`. It goes on at
    once when the line stands still, and earlier when the line has less to do.

    Args:
        meter: What is measured; somebody else feeds it.
        limit: Largest loss of speed, share above 0 and below 1.
        rest_s: First rest, seconds.
        longest_s: Longest rest, seconds.
    """

    def __init__(
        self, meter: SlowdownMeter, limit: float, rest_s: float = 20.0, longest_s: float = 320.0
    ) -> None:
        self.limit = limit
        self.hold = Hold.NONE
        self._meter = meter
        self._first_s, self._longest_s = rest_s, longest_s
        self._rest_s = rest_s
        self._until_s = 0.0
        self._load = 0.0
        self._good_since_s: float | None = None

    def begin(self) -> None:
        """Forget the job before: another one begins."""
        self.hold = Hold.NONE
        self._rest_s = self._first_s

    def line_stands(self) -> None:
        """Let the job go on: nobody waits for the line."""
        self.hold = Hold.NONE
        self._rest_s = self._first_s

    def decide(self, now_s: float) -> Hold:
        """Return whether the job is to be held now, while the line judges.

        Args:
            now_s: Monotonic clock, seconds.
        """
        before = self._meter.before
        if before is None:
            # A rest for the line goes on; its end waits for the measurement too.
            if self.hold is Hold.NONE:
                self.hold = Hold.MEASURING
        elif self.hold is Hold.MEASURING:
            self.hold = Hold.NONE
        elif self.hold is Hold.LINE:
            if now_s >= self._until_s or before.load < _ROOM * self._load:
                self.hold = Hold.NONE
        else:
            self._judge(now_s)
        return self.hold

    def seconds_left(self, now_s: float) -> float:
        """Return how long a rest for the line lasts at most, seconds."""
        return max(0.0, self._until_s - now_s) if self.hold is Hold.LINE else 0.0

    def _judge(self, now_s: float) -> None:
        slowdown = self._meter.slowdown
        if slowdown is None:
            return
        if slowdown.share <= self.limit:
            if self._good_since_s is None:
                self._good_since_s = now_s
            elif now_s - self._good_since_s >= _TRUSTED_S:
                self._rest_s = self._first_s
            return
        self._good_since_s = None
        self.hold = Hold.LINE
        self._until_s = now_s + self._rest_s
        self._load = slowdown.before.load
        self._rest_s = min(self._longest_s, 2 * self._rest_s)
