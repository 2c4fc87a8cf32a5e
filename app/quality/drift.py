"""Drift of a recipe's figures from its baseline: EWMA charts that seldom cry wolf."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from app.quality.baseline import FIGURES, Baseline, FigureBaseline
from app.quality.control_charts import Ewma
from app.quality.run_length import ewma_limit

Floats = npt.NDArray[np.float64]
Direction = Literal["up", "down"]

WEIGHT = 0.02
"""Of the newest part (lambda): slow enough for drifts of half a spread, and a jump of several
spreads is still called within ten parts."""

FALSE_ALARMS = 1e-4
"""A part, all charts together: one in 10,000 parts at most."""

# A third of what is allowed: what the calculation does not know (spread, distribution and
# autocorrelation are estimated too) must fit into the rest.
_RATE = FALSE_ALARMS / len(FIGURES) / 3


@dataclass(frozen=True, slots=True)
class Alarm:
    """A figure that has left its baseline.

    Attributes:
        figure: One of `FIGURES`.
        direction: Where it went.
        since: When the average last was on its baseline, epoch seconds: the drift began then
            or later (Nishina, 1992).
        at: When the limit was crossed, epoch seconds.
        value: Level of the figure then, its own unit.
        baseline: Level of the baseline.
        low: Lower limit of the level.
        high: Upper limit of the level.
    """

    figure: str
    direction: Direction
    since: float
    at: float
    value: float
    baseline: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class DriftChart:
    """The chart of one figure.

    Attributes:
        figure: One of `FIGURES`.
        index: (M,) which of the given parts were measured, rising.
        levels: (M,) the average after each, unit of the figure.
        centre: Level of the baseline, unit of the figure.
        low: Lower limit of the level.
        high: Upper limit of the level.
        alarms: Alarms in order.
        ends: For each alarm the number of measurements after which it was over; M if it stands.
    """

    figure: str
    index: npt.NDArray[np.int64]
    levels: Floats
    centre: float
    low: float
    high: float
    alarms: tuple[Alarm, ...]
    ends: tuple[int, ...]


def ewma_of(figure: FigureBaseline) -> Ewma:
    """Return the chart of a figure, in its normal scores.

    Neighbouring parts that are alike make the average wander more: for an autoregressive
    series of the first order its variance grows by (1 + phi (1 - w)) / (1 - phi (1 - w))
    (Schmid, 1997), and so do the limits. The estimate is taken one standard error too high.
    """
    held = min(0.95, figure.autocorrelation + 1 / math.sqrt(figure.parts)) * (1 - WEIGHT)
    wander = math.sqrt((1 + held) / (1 - held))
    limit = wander * ewma_limit(WEIGHT, figure.parts, _RATE)
    return Ewma(0.0, 1.0, WEIGHT, limit / math.sqrt(WEIGHT / (2 - WEIGHT)))


class FigureWatch:
    """The chart of one figure while parts come; `drift_chart` is the same for many at once.

    An alarm ends when the average crosses its baseline: one that only falls below the limit
    would come back at once.
    """

    def __init__(self, name: str, figure: FigureBaseline) -> None:
        self.name = name
        self._figure = figure
        self._ewma = ewma_of(figure)
        self._limit = self._ewma.reach
        self._level = 0.0
        self._shown = 0.0
        self._since: float | None = None
        self.alarm: Alarm | None = None

    def add(self, value: float, at: float) -> Alarm | None:
        """Take one measurement; return the alarm that it begins.

        Args:
            value: Of the figure; what is not finite is passed over.
            at: When, epoch seconds.
        """
        if not math.isfinite(value):
            return None
        one = np.array([value])
        score, far = self._figure.normal_scores(one)[0], self._figure.far_scores(one)[0]
        before, self._level = self._level, self._ewma.step(self._level, float(score))
        self._shown = self._ewma.step(self._shown, float(far))
        if self._since is None or before * self._level <= 0:
            # Back on the baseline: whatever stood is over.
            self._since, self.alarm = at, None
        if self.alarm is not None or abs(self._level) <= self._limit:
            return None
        self.alarm = _alarm(self.name, self._figure, self._limit, self._shown, self._since, at)
        return self.alarm


class Drift:
    """All charts of a baseline while parts come.

    Args:
        baseline: What the figures are measured by.
    """

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        self._watches = [FigureWatch(name, one) for name, one in baseline.figures.items()]

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Those that stand."""
        return tuple(watch.alarm for watch in self._watches if watch.alarm is not None)

    def add(self, figures: Mapping[str, float], at: float) -> list[Alarm]:
        """Take one part; return the alarms that it begins.

        Args:
            figures: What was measured, by name; the score only of OK parts.
            at: When it was taken, epoch seconds.
        """
        begun = (
            watch.add(figures[watch.name], at) for watch in self._watches if watch.name in figures
        )
        return [alarm for alarm in begun if alarm is not None]


def drift_chart(name: str, figure: FigureBaseline, values: Floats, taken: Floats) -> DriftChart:
    """Return the chart of many parts at once.

    Args:
        name: One of `FIGURES`.
        figure: Its baseline.
        values: (N,) of parts in order, NaN where it was not measured.
        taken: (N,) when, epoch seconds.
    """
    ewma = ewma_of(figure)
    index = np.flatnonzero(np.isfinite(values))
    scores = ewma.run(figure.normal_scores(values[index]))
    # The line shows how far it really went, the alarm hears of odd pictures only so much.
    shown = ewma.run(figure.far_scores(values[index]))
    times = taken[index]
    alarms, ends = [], []
    for start, end, turned in _episodes(scores, ewma.reach):
        since, at = float(times[turned]), float(times[start])
        alarms.append(_alarm(name, figure, ewma.reach, float(shown[start]), since, at))
        ends.append(end)
    low, centre, high = figure.value_at(np.array([-ewma.reach, 0.0, ewma.reach]))
    return DriftChart(
        figure=name,
        index=index,
        levels=figure.value_at(shown),
        centre=float(centre),
        low=float(low),
        high=float(high),
        alarms=tuple(alarms),
        ends=tuple(ends),
    )


def _episodes(scores: Floats, limit: float) -> list[tuple[int, int, int]]:
    """Return (first beyond the limit, first on the baseline again, last there before)."""
    beyond = np.flatnonzero(np.abs(scores) > limit)
    before = np.concatenate(([0.0], scores[:-1]))
    turns = np.flatnonzero(before * scores <= 0)
    found, at = [], 0
    while (place := int(np.searchsorted(beyond, at))) < len(beyond):
        start = int(beyond[place])
        over = int(np.searchsorted(turns, start, side="right"))
        end = int(turns[over]) if over < len(turns) else len(scores)
        found.append((start, end, int(turns[over - 1])))
        at = end
    return found


def _alarm(
    name: str, figure: FigureBaseline, limit: float, level: float, since: float, at: float
) -> Alarm:
    low, centre, high, value = figure.value_at(np.array([-limit, 0.0, limit, level]))
    direction: Direction = "up" if level > 0 else "down"
    return Alarm(name, direction, since, at, float(value), float(centre), float(low), float(high))
