"""Many points as a few, so that a chart of a month is drawn at once and hides nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Points of equal spans of time, the empty spans left out.

    Attributes:
        times: (B,) middle of each span, epoch seconds.
        low: (B,) smallest value.
        middle: (B,) mean value.
        high: (B,) largest value.
        counts: (B,) points of the span.
    """

    times: Floats
    low: Floats
    middle: Floats
    high: Floats
    counts: npt.NDArray[np.int64]


def thin(times: Floats, values: Floats, spans: int = 300) -> Bins:
    """Return points as the range and mean of each span.

    Args:
        times: (N,) rising, epoch seconds.
        values: (N,) finite.
        spans: At most so many.
    """
    if not len(times):
        none = np.empty(0)
        return Bins(none, none, none, none, np.empty(0, np.int64))
    first, length = float(times[0]), max(float(times[-1] - times[0]), 1e-6)
    place = np.minimum(((times - first) / length * spans).astype(np.int64), spans - 1)
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    counts = np.diff(np.append(starts, len(times)))
    if len(starts) == len(times):
        # One point a span: where it is, not in the middle of the span.
        return Bins(times, values, values, values, counts)
    middles = first + (place[starts] + 0.5) * length / spans
    return Bins(
        times=middles,
        low=np.minimum.reduceat(values, starts),
        middle=np.add.reduceat(values, starts) / counts,
        high=np.maximum.reduceat(values, starts),
        counts=counts,
    )


def with_gaps(times: Floats, values: Floats, longest_s: float) -> tuple[Floats, Floats]:
    """Return a line with NaN where it pauses for longer, so that no stroke crosses a night.

    Args:
        times: (N,) rising, epoch seconds.
        values: (N,) of the line.
        longest_s: Longest step that is drawn, seconds.
    """
    after = np.flatnonzero(np.diff(times) > longest_s) + 1
    return np.insert(times, after, times[after - 1]), np.insert(values, after, np.nan)
