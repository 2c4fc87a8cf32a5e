"""Everything that a report says, as values; how it looks is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from app.golden.check import GoldenCheck
from app.inspection.event import Event
from app.inspection.record import InspectionRecord
from app.inspection.review import Review
from app.quality.control_charts import PChart
from app.quality.pareto import Bar
from app.quality.rates import Rates
from app.quality.uptime import Uptime
from app.report.scope import Scope

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tally:
    """Parts by verdict."""

    ok: int = 0
    ng: int = 0
    review: int = 0
    error: int = 0

    @property
    def parts(self) -> int:
        """All parts."""
        return self.ok + self.ng + self.review + self.error

    @property
    def good_share(self) -> float | None:
        """First-pass yield: OK parts among all parts, 0 to 1; None without parts."""
        return self.ok / self.parts if self.parts else None

    @property
    def ng_share(self) -> float | None:
        """NG parts among all parts, 0 to 1; None without parts."""
        return self.ng / self.parts if self.parts else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.ok + other.ok,
            self.ng + other.ng,
            self.review + other.review,
            self.error + other.error,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of one lot, shift or product.

    Attributes:
        name: Its name, "" where none was given.
        tally: Its parts.
    """

    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class InForce:
    """A recipe version with checkpoint and limits, as the records name them.

    Attributes:
        recipe: Name of the recipe.
        version: Its version.
        checkpoint: Name of the checkpoint.
        checkpoint_sha256: Its hash.
        limit_ng: NG limit, raw unit; None if there was none.
        limit_review: Start of the REVIEW band; None if there was none.
        tally: Parts judged under it.
        author: Who saved the version, "" if unknown.
        reason: Why.
    """

    recipe: str
    version: int
    checkpoint: str
    checkpoint_sha256: str
    limit_ng: float | None
    limit_review: float | None
    tally: Tally
    author: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NgTrend:
    """NG parts over time.

    Attributes:
        unit: What one point is.
        begins: Begin of each point.
        ng: NG parts of each point.
        totals: Parts of each point.
        chart: Its p-chart.
    """

    unit: str
    begins: tuple[datetime, ...]
    ng: tuple[int, ...]
    totals: tuple[int, ...]
    chart: PChart


@dataclass(frozen=True, slots=True, eq=False)
class ScoreHistogram:
    """Scores under one checkpoint of one recipe.

    Attributes:
        recipe: Name of the recipe.
        checkpoint: Name of the checkpoint.
        edges: (N + 1,) borders, raw unit.
        everything: (N,) all parts with a score.
        good: (N,) parts that people found good.
        defective: (N,) parts that people found defective.
        limits_ng: NG limits that were in force, the oldest version first.
        limits_review: Review limits that were in force.
    """

    recipe: str
    checkpoint: str
    edges: Floats
    everything: Counts
    good: Counts
    defective: Counts
    limits_ng: tuple[float, ...]
    limits_review: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """One measurement of the OK parts of one recipe and checkpoint over time.

    Attributes:
        measure: One of `app.quality.baseline.FIGURES`.
        recipe: Name of the recipe.
        checkpoint: Name of the checkpoint.
        times: (N,) middle of each span of parts, seconds since 1970.
        levels: (N,) mean of the span.
        target: Level of the baseline; without one the median of these parts.
        spread: Standard deviation of one part in the baseline, else of these parts.
        has_baseline: Whether there is a baseline.
    """

    measure: str
    recipe: str
    checkpoint: str
    times: Floats
    levels: Floats
    target: float
    spread: float
    has_baseline: bool


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part that the report shows.

    Attributes:
        record: Its record.
        said: The reviews that hold, oldest first.
    """

    record: InspectionRecord
    said: tuple[Review, ...] = ()


@dataclass(frozen=True, slots=True)
class PartList:
    """Parts of one kind, not more than a report can show.

    Attributes:
        parts: Those shown, the newest first.
        count: All of the kind.
    """

    parts: tuple[ListedPart, ...] = ()
    count: int = 0

    @property
    def left_out(self) -> int:
        """How many are not shown."""
        return self.count - len(self.parts)


@dataclass(frozen=True, slots=True)
class RecipeRates:
    """What is known of the mistakes under one recipe.

    Attributes:
        recipe: Name of the recipe; "" for all together.
        rates: Estimates with intervals.
    """

    recipe: str
    rates: Rates


@dataclass(frozen=True, slots=True)
class Golden:
    """One check of golden samples.

    Attributes:
        check: What it found.
        by: Who asked for it, "" if nobody.
        overridden_by: Who let production go on although it had failed, "" if nobody.
    """

    check: GoldenCheck
    by: str = ""
    overridden_by: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What a report says.

    Attributes:
        scope: What it covers.
        made_at: When it was made, timezone-aware UTC.
        made_by: Who made it, "" if nobody gave a name.
        software: Version of the program.
        stations: Names of the stations that judged the parts.
        first: Capture time of the first part; None without parts.
        last: Capture time of the last part.
        tally: Parts by verdict.
        queued: Parts for review.
        reviewed: Those of them with a standing review.
        in_force: Recipe versions, checkpoints and limits, in order of recipe and version.
        recipes: Parts by recipe.
        lots: Parts by lot.
        shifts: Parts by shift.
        rates: Estimates of false calls and escapes: of everything, then of each recipe if
            there are several.
        pareto: Kinds of the defective parts.
        trend: NG parts over time.
        histograms: Scores, of the most used checkpoints first.
        drift: Measurements over time, of the same.
        golden: Checks of golden samples, oldest first.
        uptime: Running and standing, with the faults; None without parts and time.
        happenings: Changes of recipe, checkpoint and limits, alarms and overrides, oldest first.
        ng: NG parts.
        escapes: Parts that the machine called OK and people found defective.
        errors: Parts without verdict.
    """

    scope: Scope
    made_at: datetime
    made_by: str
    software: str
    stations: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    tally: Tally
    queued: int
    reviewed: int
    in_force: tuple[InForce, ...]
    recipes: tuple[Group, ...]
    lots: tuple[Group, ...]
    shifts: tuple[Group, ...]
    rates: tuple[RecipeRates, ...]
    pareto: tuple[Bar, ...]
    trend: NgTrend | None
    histograms: tuple[ScoreHistogram, ...]
    drift: tuple[Drift, ...]
    golden: tuple[Golden, ...]
    uptime: Uptime | None
    happenings: tuple[Event, ...]
    ng: PartList
    escapes: PartList
    errors: PartList

    @property
    def is_empty(self) -> bool:
        """True if no part is covered."""
        return self.tally.parts == 0
