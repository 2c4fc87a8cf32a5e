"""How far the making of a checkpoint is, and how long it will still take."""

from __future__ import annotations

STAGES = ("read", "pictures", "compare", "learn", "judge")
_SHARES = {"read": 0.03, "pictures": 0.1, "compare": 0.02, "learn": 0.65, "judge": 0.2}
_ENOUGH = 0.03


class ImproveProgress:
    """Adds up the stages, each with the part of the time that it usually takes."""

    def __init__(self) -> None:
        self.stage = STAGES[0]
        self.share = 0.0

    def take(self, stage: str, done: int, total: int) -> None:
        """Note a report; the share never falls."""
        if stage not in _SHARES:
            return
        before = sum(_SHARES[one] for one in STAGES[: STAGES.index(stage)])
        share = before + _SHARES[stage] * min(1.0, done / max(1, total))
        self.stage, self.share = stage, max(self.share, min(1.0, share))

    def seconds_left(self, spent_s: float) -> float | None:
        """Return how long it will still take, seconds; None while that cannot be said."""
        if self.share < _ENOUGH:
            return None
        return spent_s * (1 - self.share) / self.share
