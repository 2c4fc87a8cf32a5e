"""Run rules: patterns of points within the limits that chance hardly ever makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Rule = Literal["beyond-limit", "two-of-three", "four-of-five", "eight-on-one-side", "trend-of-six"]

RULES: tuple[Rule, ...] = (
    "beyond-limit",
    "two-of-three",
    "four-of-five",
    "eight-on-one-side",
    "trend-of-six",
)

# Rule -> points looked at, how many of them, beyond how many standard deviations, one side
_ZONES: dict[Rule, tuple[int, int, float]] = {
    "beyond-limit": (1, 1, 3.0),
    "two-of-three": (3, 2, 2.0),
    "four-of-five": (5, 4, 1.0),
    "eight-on-one-side": (8, 8, 0.0),
}
_TREND = 6


def broken_rules(
    scores: Sequence[float] | Floats, rules: Sequence[Rule] = RULES
) -> tuple[tuple[Rule, ...], ...]:
    """Return for each point the rules that it breaks together with the points before it.

    The first four are those of the Western Electric Company (1956), Statistical Quality
    Control Handbook; the trend is rule 3 of Nelson (1984), Journal of Quality Technology
    16(4), 237-239. A pattern is told at the point that completes it, and only if that point
    is part of it.

    Args:
        scores: (N,) distances from the centre, standard deviations, in order; NaN is a gap
            that is passed over.
        rules: Which of `RULES`.
    """
    values = np.asarray(scores, np.float64)
    known = np.flatnonzero(~np.isnan(values))
    series = values[known]
    found: list[list[Rule]] = [[] for _ in range(len(values))]
    for rule in rules:
        hits = _trend(series) if rule == "trend-of-six" else _zone(series, *_ZONES[rule])
        for index in known[hits]:
            found[index].append(rule)
    return tuple(tuple(one) for one in found)


def _zone(series: Floats, window: int, needed: int, beyond: float) -> npt.NDArray[np.bool_]:
    hits = np.zeros(len(series), np.bool_)
    for side in (1.0, -1.0):
        out = side * series > beyond if beyond == 0 else side * series >= beyond
        total = np.concatenate(([0], np.cumsum(out)))
        first = np.maximum(np.arange(1, len(series) + 1) - window, 0)
        hits |= out & (total[1:] - total[first] >= needed)
    return hits


def _trend(series: Floats) -> npt.NDArray[np.bool_]:
    """True where the newest six points rise or fall without a break."""
    hits = np.zeros(len(series), np.bool_)
    if len(series) < _TREND:
        return hits
    steps = np.lib.stride_tricks.sliding_window_view(np.diff(series), _TREND - 1)
    hits[_TREND - 1 :] = (steps > 0).all(axis=1) | (steps < 0).all(axis=1)
    return hits
