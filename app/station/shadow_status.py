"""How a candidate stands beside the checkpoint in force: frozen values, no Qt, no threads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from app.inspection.verdict import Verdict
from app.quality.intervals import Interval, clopper_pearson
from model.types import CheckpointInfo


class ShadowState(Enum):
    """What the shadow does.

    OFF: no candidate. PREPARING: it is being checked, loaded and warmed up. WATCHING: it judges
    frames that the line leaves time for. PROMOTING: it is about to take over. ENDED: it judges
    no longer; `ShadowStatus.sentence` says why, the figures are those of its end.
    """

    OFF = "off"
    PREPARING = "preparing"
    WATCHING = "watching"
    PROMOTING = "promoting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ShadowPair:
    """One part as the checkpoint in force and the candidate judged it.

    Attributes:
        record_id: Record of the part.
        taken_utc: When it was taken, timezone-aware UTC.
        verdict: Verdict in force, the one that counted.
        score: Its image score, raw unit of the checkpoint in force.
        candidate_verdict: What the candidate would have said.
        candidate_score: Its image score, raw unit of the candidate.
        candidate_ms: How long the candidate took for it, milliseconds.
    """

    record_id: str
    taken_utc: datetime
    verdict: Verdict
    score: float | None
    candidate_verdict: Verdict
    candidate_score: float | None
    candidate_ms: float

    @property
    def agrees(self) -> bool:
        """True if both say the same."""
        return self.verdict is self.candidate_verdict


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A part on which the candidate found otherwise.

    Attributes:
        record_id: Record of the part; opens in Review.
        taken_utc: When it was taken, timezone-aware UTC.
        verdict: Verdict in force, the one that counted.
        score: Its image score, raw unit of the checkpoint in force; None if there was none.
        candidate_verdict: What the candidate would have said.
        candidate_score: Its image score, raw unit of the candidate.
        recipe: Recipe in force.
        checkpoint: Name of the checkpoint in force.
        checkpoint_sha256: Its hash.
        candidate: Name of the candidate.
        candidate_sha256: Its hash.
    """

    record_id: str
    taken_utc: datetime
    verdict: Verdict
    score: float | None
    candidate_verdict: Verdict
    candidate_score: float | None
    recipe: str
    checkpoint: str
    checkpoint_sha256: str
    candidate: str
    candidate_sha256: str


@dataclass(frozen=True, slots=True)
class ShadowStatus:
    """One look at the shadow.

    Attributes:
        state: What it does.
        candidate: What the candidate's header says; None before it is loaded.
        judged: Parts that both have judged.
        skipped: Parts that the candidate let go by, since the line left no time.
        agreed: Of those judged, how many got the same verdict.
        disagreements: The newest ones, the newest first; at most `shadow.REMEMBERED`.
        model_ms: Median time of the candidate for a part, milliseconds; 0 before the first.
        sentence: What it does or why it ended, for people; "" if there is nothing to say.
        recipe: Recipe whose parts are compared, "" while off.
        since: When the candidate began to judge, timezone-aware UTC; None before.
    """

    state: ShadowState = ShadowState.OFF
    candidate: CheckpointInfo | None = None
    judged: int = 0
    skipped: int = 0
    agreed: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    model_ms: float = 0.0
    sentence: str = ""
    recipe: str = ""
    since: datetime | None = None

    @property
    def disagreed(self) -> int:
        """Parts on which the two differ, also those no longer in the list."""
        return self.judged - self.agreed

    @property
    def interval(self) -> Interval:
        """Range of the share of agreement, 95 % confidence, exact (Clopper and Pearson, 1934)."""
        return clopper_pearson(self.agreed, self.judged)

    @property
    def is_on(self) -> bool:
        """True while a candidate is being prepared or judges."""
        return self.state not in (ShadowState.OFF, ShadowState.ENDED)
