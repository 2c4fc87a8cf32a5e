"""Counters of a lot: OK, NG, REVIEW, ERROR and the yield."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Tally:
    """How many parts had which verdict; immutable, `add` returns the next one.

    Attributes:
        ok: Parts judged OK.
        ng: Parts judged NG.
        review: Parts that a person has to look at.
        error: Parts without a judgement.
    """

    ok: int = 0
    ng: int = 0
    review: int = 0
    error: int = 0

    def add(self, record: InspectionRecord) -> Tally:
        """Return the tally with one more record."""
        match record.verdict:
            case Verdict.OK:
                return replace(self, ok=self.ok + 1)
            case Verdict.NG:
                return replace(self, ng=self.ng + 1)
            case Verdict.REVIEW:
                return replace(self, review=self.review + 1)
            case Verdict.ERROR:
                return replace(self, error=self.error + 1)
            case never:
                assert_never(never)

    @property
    def total(self) -> int:
        """All parts."""
        return self.ok + self.ng + self.review + self.error

    @property
    def yield_percent(self) -> float | None:
        """OK parts per 100 parts; None before the first. REVIEW and ERROR are not OK."""
        return 100 * self.ok / self.total if self.total else None

    @classmethod
    def of(cls, counts: dict[Verdict, int]) -> Tally:
        """Return the tally of counts per verdict, as a store gives them."""
        return cls(
            ok=counts.get(Verdict.OK, 0),
            ng=counts.get(Verdict.NG, 0),
            review=counts.get(Verdict.REVIEW, 0),
            error=counts.get(Verdict.ERROR, 0),
        )
