"""How far the making of a checkpoint is, and how long it will still take."""

from __future__ import annotations

import math

STAGES = ("read", "pictures", "compare", "learn", "finish", "judge")
_SHARES = {
    "read": 0.02,
    "pictures": 0.06,
    "compare": 0.02,
    "learn": 0.6,
    "finish": 0.15,
    "judge": 0.15,
}
_ENOUGH = 0.05


class ImproveProgress:
    """Adds up the stages, each with the part of the time that it usually takes.

    Args:
        most_s: Longest time of the learning, seconds; it ends there whatever is left to do.
    """

    def __init__(self, most_s: float = math.inf) -> None:
        self.stage = STAGES[0]
        self.share = 0.0
        self._most_s = most_s
        self._began_s, self._done = 0.0, 0.0

    def take(self, stage: str, done: int, total: int, now_s: float) -> None:
        """Note a report; the share never falls.

        Args:
            stage: One of `STAGES`; others are of no account.
            done: Steps of it.
            total: Steps of it in all.
            now_s: Monotonic clock, seconds.
        """
        if stage not in _SHARES:
            return
        if stage != self.stage:
            self.stage, self._began_s = stage, now_s
        self._done = min(1.0, done / max(1, total))
        if stage == "learn":
            self._done = max(self._done, min(1.0, (now_s - self._began_s) / self._most_s))
        before = sum(_SHARES[one] for one in STAGES[: STAGES.index(stage)])
        self.share = max(self.share, min(1.0, before + _SHARES[stage] * self._done))

    def seconds_left(self, now_s: float) -> float | None:
        """Return how long it will still take; None before the learning has run for a while."""
        if self.stage not in STAGES[STAGES.index("learn") :] or self._done < _ENOUGH:
            return None
        whole = (now_s - self._began_s) / self._done
        after = sum(_SHARES[one] for one in STAGES[STAGES.index(self.stage) + 1 :])
        return whole * (1 - self._done) + whole * after / _SHARES[self.stage]
