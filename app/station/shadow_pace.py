"""When the next frame of a line is due, by the frames that have come: no Qt, no threads."""

from __future__ import annotations

from collections import deque

_REMEMBERED = 12
_FEWEST = 4
_MARGIN = 1.25
_LONGEST_PATIENCE = 4096

PATIENCE = 32
"""So many parts may go by in a row before a candidate tries whether it has become faster."""


class Pace:
    """Predicts the gap until the next frame, carefully: the shortest gap seen lately.

    A line that varies may send its next frame after the shortest gap again. Frames that were
    dropped on the way are counted by their numbers.
    """

    def __init__(self) -> None:
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED)
        self._last: tuple[int, float] | None = None

    def arrived(self, number: int, taken: float) -> None:
        """Note a frame.

        Args:
            number: Counts the frames of the source, also those dropped.
            taken: When it was taken, seconds, monotonic.
        """
        if self._last is not None:
            frames, gap = number - self._last[0], taken - self._last[1]
            if frames > 0 and gap > 0:
                self._gaps.append(gap / frames)
            elif frames <= 0:
                # Another source counts from zero.
                self._gaps.clear()
        self._last = (number, taken)

    def next_due(self) -> float:
        """Return when the next frame may come, seconds, monotonic; 0 if that is not known yet."""
        if self._last is None or len(self._gaps) < _FEWEST:
            return 0.0
        return self._last[1] + min(self._gaps)


class OwnTime:
    """Predicts how long a candidate takes for a part: the longest lately, and some more.

    One slow moment may not end it for good, nor may a first guess: after `PATIENCE` parts in a
    row that it had no time for, the shortest time lately is believed once. If that was wrong,
    it takes twice as many parts until the next such trial.

    Args:
        at_first: What to expect before it was measured, seconds; 0 if nothing is known.
    """

    def __init__(self, at_first: float = 0.0) -> None:
        self._at_first = at_first
        self._taken: deque[float] = deque(maxlen=_REMEMBERED)
        self._gone_by = 0
        self._patience = PATIENCE

    @property
    def median_ms(self) -> float:
        """Median of what parts took lately, milliseconds; 0 before the first."""
        ordered = sorted(self._taken)
        return 1000 * ordered[len(ordered) // 2] if ordered else 0.0

    def fits(self, left: float, judge_s: float) -> bool:
        """Return whether a part can be judged in the time left; asked once for every part.

        Args:
            left: Seconds until the line needs the processor.
            judge_s: How long the checkpoint in force took for the same part.
        """
        is_trial = self._gone_by >= self._patience
        begins = left > _MARGIN * self._expected(judge_s, is_trial)
        self._gone_by = 0 if begins else self._gone_by + 1
        return begins

    def took(self, seconds: float, left: float) -> None:
        """Note how long a part took, and how much time there was, seconds."""
        if seconds > left:
            self._patience = min(2 * self._patience, _LONGEST_PATIENCE)
        elif self._taken and _MARGIN * max(self._taken) > left:
            # A trial that went well: the slow moment is over.
            self._taken.clear()
            self._patience = PATIENCE
        self._taken.append(seconds)

    def _expected(self, judge_s: float, is_trial: bool) -> float:
        if self._taken:
            return min(self._taken) if is_trial else max(self._taken)
        if self._at_first > 0:
            return max(self._at_first, judge_s)
        # Nothing is known: it may be twice as slow, but need not be.
        return judge_s if is_trial else 2 * judge_s
