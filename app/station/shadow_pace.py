"""When the next frame of a line is due, by the frames that have come: no Qt, no threads."""

from __future__ import annotations

from collections import deque

_REMEMBERED = 12
_FEWEST = 4
_MARGIN = 1.25


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
    """Predicts how long a candidate takes for a frame: the longest lately, and some more.

    Args:
        at_first: What to expect before it was measured, seconds.
    """

    def __init__(self, at_first: float = 0.0) -> None:
        self._at_first = at_first
        self._taken: deque[float] = deque(maxlen=_REMEMBERED)

    def took(self, seconds: float) -> None:
        """Note how long a frame took."""
        self._taken.append(seconds)

    def expected(self, judge_s: float) -> float:
        """Return what the next frame will take at most, seconds.

        Args:
            judge_s: How long the checkpoint in force took for the same frame; before anything
                is known of the candidate it counts as twice as slow.
        """
        if not self._taken:
            return _MARGIN * max(self._at_first, 2 * judge_s)
        return _MARGIN * max(self._taken)

    @property
    def median_ms(self) -> float:
        """Median of what frames took lately, milliseconds; 0 before the first."""
        ordered = sorted(self._taken)
        return 1000 * ordered[len(ordered) // 2] if ordered else 0.0
