"""The time that a job really runs, without what it is held."""

from __future__ import annotations


class ActiveClock:
    """A stop watch; all times are of the monotonic clock, seconds."""

    def __init__(self) -> None:
        self._banked_s = 0.0
        self._since_s: float | None = None

    def run(self, now_s: float) -> None:
        """Count from now on."""
        if self._since_s is None:
            self._since_s = now_s

    def hold(self, now_s: float) -> None:
        """Count no longer."""
        self._banked_s = self.seconds(now_s)
        self._since_s = None

    def seconds(self, now_s: float) -> float:
        """Return what was counted."""
        return self._banked_s + (0.0 if self._since_s is None else now_s - self._since_s)
