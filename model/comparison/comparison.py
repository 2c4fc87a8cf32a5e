"""A finished comparison as one value."""

from __future__ import annotations

from dataclasses import dataclass

from model.comparison.figures import Result
from model.comparison.record import Record
from model.comparison.rule import Choice
from model.comparison.run import Plan
from model.comparison.split import Split


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Everything that a report of it shows.

    Attributes:
        name: Of the data set.
        plan: What decided the figures.
        split: The pictures.
        records: Of all detectors in the order asked for, the failed ones too.
        results: Of those that were judged, in the same order.
        choice: What the rule says.
        min_fps: Pictures a second that the rule asks for; 0 for any speed.
    """

    name: str
    plan: Plan
    split: Split
    records: tuple[Record, ...]
    results: tuple[Result, ...]
    choice: Choice
    min_fps: float = 0.0

    @property
    def busy(self) -> float | None:
        """Largest share of the processor that other programs took while speed was measured."""
        judged = [one.judging for one in self.records if one.judging is not None]
        shares = [
            part.others
            for one in judged
            for part in (one.speed.alone, one.speed.batched)
            if part.others is not None
        ]
        return max(shares, default=None)
