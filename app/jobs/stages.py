"""How far a job is, and how long it will still take."""

from __future__ import annotations

import re

# In the order in which they come, each with the part of the time that it usually takes.
_SHARES = {
    "read": 0.01,
    "pictures": 0.04,
    "start": 0.01,
    "features": 0.1,
    "training": 0.68,
    "bank": 0.1,
    "calibration": 0.02,
    "test": 0.04,
}
_TAUGHT_SHARES = {
    "read": 0.01,
    "pictures": 0.04,
    "start": 0.01,
    "features": 0.14,
    "coreset": 0.1,
    "training": 0.45,
    "bank": 0.1,
    "limits": 0.15,
}
_ENOUGH = 0.03
_TURN = re.compile(r"(fold|member) (\d+)/(\d+): (.*)")


class JobProgress:
    """Adds up the stages of a job; what is not one of them counts as all there is.

    In a lesson it is a part of one of them, and passed over.

    Args:
        kind: Of the job, see `app.jobs.job.Job`.

    Attributes:
        stage: What the job does.
        turn: Which training of how many, from 1; (0, 0) where there is one.
    """

    def __init__(self, kind: str = "train") -> None:
        self._is_taught = kind == "teach"
        self._shares = _TAUGHT_SHARES if self._is_taught else _SHARES
        self.stage = ""
        self.turn = (0, 0)
        self.done, self.total = 0, 0
        self.share = 0.0
        self._key = ""
        self._began_s, self._began_done = 0.0, 0.0
        self._part, self._scale, self._width = 0.0, 1.0, 1.0

    def take(self, stage: str, done: int, total: int, active_s: float) -> None:
        """Note a report; the share never falls.

        Args:
            stage: Its name, with "fold 1/5: " before it in a cross-validation and "member 1/4: "
                where several detectors are trained.
            done: Steps of it.
            total: Steps of it in all.
            active_s: Time that the job has run, without what it was held, seconds.
        """
        inner_stage = self._is_taught and stage not in self._shares
        if stage.endswith("validation") or inner_stage:
            return
        part = min(1.0, max(0.0, done / max(1, total)))
        if stage != self._key:
            # Of a training that goes on, a part was done by an earlier process.
            self._key, self._began_s, self._began_done = stage, active_s, part
        self._part = part
        turn = _TURN.fullmatch(stage)
        first, turns = (int(turn[2]) - 1, int(turn[3])) if turn else (0, 1)
        self.turn = (first + 1, turns) if turn else (0, 0)
        if turn and turn[1] == "fold":
            # the training itself comes after the folds
            turns += 1
        self.stage, self.done, self.total = (turn[4] if turn else stage), done, total
        before, self._width = _place(self.stage, self._shares)
        inner = before + self._width * part
        self._scale = 1.0 / turns
        self.share = max(self.share, min(1.0, self._scale * (first + inner)))

    def seconds_left(self, active_s: float) -> float | None:
        """Return how long it will still take, seconds; None before that can be said."""
        gained = self._part - self._began_done
        if self.stage in ("read", "pictures", "start", "features", "") or gained < _ENOUGH:
            return None
        whole_stage = (active_s - self._began_s) / gained
        whole_job = whole_stage / (self._width * self._scale)
        return max(0.0, whole_job * (1.0 - self.share))


def _place(stage: str, shares: dict[str, float]) -> tuple[float, float]:
    if stage not in shares:
        return 0.0, 1.0
    names = list(shares)
    return sum(shares[name] for name in names[: names.index(stage)]), shares[stage]
