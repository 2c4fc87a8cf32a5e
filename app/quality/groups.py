"""NG parts and all judged parts by lot or by shift, in order of time, for the p-chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Column = Sequence[Any] | npt.NDArray[Any]

_LONGEST_SHIFT_S = 14 * 3600.0
_LONGEST_PAUSE_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Group:
    """The judged parts of one lot or shift. Parts without a verdict (ERROR) are not in it.

    Attributes:
        name: Of the lot, or of the shift with its day.
        begin: First part, epoch seconds.
        end: Last part, epoch seconds.
        ng: Parts called NG.
        total: Parts called OK, REVIEW or NG.
    """

    name: str
    begin: float
    end: float
    ng: int
    total: int


def by_lot(lots: Column, verdicts: Column, taken: Floats) -> tuple[Group, ...]:
    """Return the lots in the order of their first part.

    Args:
        lots: (N,) name of each part's lot, "" for none.
        verdicts: (N,) "OK", "NG", "REVIEW" or "ERROR".
        taken: (N,) rising, epoch seconds.
    """
    names = np.asarray(lots, object)
    known: dict[Any, int] = {}
    number = np.array([known.setdefault(name, len(known)) for name in names], np.int64)
    return _groups(list(map(str, known)), number, verdicts, taken)


def by_shift(shifts: Column, verdicts: Column, taken: Floats) -> tuple[Group, ...]:
    """Return the shifts in order; one begins where the name changes or after a long pause.

    A shift may pass midnight, so its day is that of its first part by the computer's clock.
    """
    names = np.asarray(shifts, object)
    if not len(names):
        return ()
    other = np.append(True, names[1:] != names[:-1]) | (
        np.diff(taken, prepend=taken[0]) > _LONGEST_PAUSE_S
    )
    starts = _split_long(np.flatnonzero(other), taken)
    number = np.zeros(len(names), np.int64)
    number[starts[1:]] = 1
    titles = [f"{_day(taken[start])} {names[start]}".strip() for start in starts]
    return _groups(titles, np.cumsum(number), verdicts, taken)


def _split_long(starts: npt.NDArray[np.int64], taken: Floats) -> npt.NDArray[np.int64]:
    """Cut runs that no shift can be: where nobody enters shifts, every half day is one."""
    found: list[int] = []
    ends = np.append(starts[1:], len(taken))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        found.append(start)
        while taken[end - 1] - taken[found[-1]] > _LONGEST_SHIFT_S:
            cut = int(np.searchsorted(taken, taken[found[-1]] + _LONGEST_SHIFT_S / 14 * 12))
            if cut <= found[-1] or cut >= end:
                break
            found.append(cut)
    return np.array(found, np.int64)


def _day(epoch: float) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC).astimezone():%m-%d}"


def _groups(
    names: Sequence[str],
    number: npt.NDArray[np.int64],
    verdicts: Column,
    taken: Floats,
) -> tuple[Group, ...]:
    called = np.asarray(verdicts, object)
    ng = np.bincount(number[called == "NG"], minlength=len(names))
    total = np.bincount(number[called != "ERROR"], minlength=len(names))
    begin, end = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(begin, number, taken)
    np.maximum.at(end, number, taken)
    return tuple(
        Group(name, float(begin[i]), float(end[i]), int(ng[i]), int(total[i]))
        for i, name in enumerate(names)
        if total[i]
    )
