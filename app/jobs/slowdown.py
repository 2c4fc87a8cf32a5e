"""How much slower the line is while a job runs beside it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(frozen=True, slots=True)
class LineSample:
    """One look at the line.

    Attributes:
        at_s: Monotonic clock, seconds.
        parts: Parts judged since somebody began to count.
        model_ms: Time of the last prediction, milliseconds.
        dropped: Frames that were not judged because a newer one came, since the start.
        judged_by: What judges: figures of two checkpoints or recipes cannot be compared.
    """

    at_s: float
    parts: int
    model_ms: float
    dropped: int
    judged_by: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the line was over a while.

    Attributes:
        parts_per_s: Parts judged per second.
        model_ms: Median of the prediction times, milliseconds.
        dropped: Frames that came but were not judged in this while.
    """

    parts_per_s: float
    model_ms: float
    dropped: int

    @property
    def load(self) -> float:
        """Part of the time in which the model worked, 0 to about 1."""
        return self.parts_per_s * self.model_ms / 1000.0


@dataclass(frozen=True, slots=True)
class Slowdown:
    """The line beside a job, and without it.

    Attributes:
        before: Without.
        during: With.
    """

    before: Pace
    during: Pace

    @property
    def share(self) -> float:
        """Loss of speed, 0 to 1: the larger one of the model's and of the line's.

        Fewer frames count only where frames came and were dropped: else fewer parts came.
        """
        losses = [0.0]
        if self.during.model_ms > 0 and self.before.model_ms > 0:
            losses.append(1.0 - self.before.model_ms / self.during.model_ms)
        if self.during.dropped > 0 and self.before.parts_per_s > 0:
            losses.append(1.0 - self.during.parts_per_s / self.before.parts_per_s)
        return max(losses)


class _Window:
    """The samples of the last seconds, of more where parts come slowly."""

    def __init__(self, seconds: float, parts: int) -> None:
        self._seconds, self._parts = seconds, parts
        self._samples: deque[LineSample] = deque()

    def add(self, sample: LineSample) -> None:
        self._samples.append(sample)
        while len(self._samples) > 2 and self._is_full(self._samples[1]):
            self._samples.popleft()

    def pace(self) -> Pace | None:
        """Return its figures once it is full."""
        if len(self._samples) < 2 or not self._is_full(self._samples[0]):
            return None
        first, last = self._samples[0], self._samples[-1]
        return Pace(
            (last.parts - first.parts) / (last.at_s - first.at_s),
            median(now.model_ms for was, now in pairwise(self._samples) if now.parts > was.parts),
            max(0, last.dropped - first.dropped),
        )

    def clear(self) -> None:
        self._samples.clear()

    def _is_full(self, first: LineSample) -> bool:
        last = self._samples[-1]
        return last.at_s - first.at_s >= self._seconds and last.parts - first.parts >= self._parts


class SlowdownMeter:
    """Compares the last seconds beside the job with the last ones without it.

    Args:
        window_s: Seconds that a figure is taken over at least.
        settle_s: Seconds after a change that count for neither; the part after them neither,
            since it may have been begun before.
        parts: Parts that a figure is taken over at least.
    """

    def __init__(self, window_s: float = 8.0, settle_s: float = 1.0, parts: int = 5) -> None:
        self._without, self._with = _Window(window_s, parts), _Window(window_s, parts)
        self._settle_s = settle_s
        self._judged_by = ""
        self._loaded: bool | None = None
        self._since_s = 0.0
        self._from_part: int | None = None

    @property
    def before(self) -> Pace | None:
        """The line without a job; None while that is not known."""
        return self._without.pace()

    @property
    def slowdown(self) -> Slowdown | None:
        """The comparison; None while one of the two is not known."""
        before, during = self._without.pace(), self._with.pace()
        return Slowdown(before, during) if before is not None and during is not None else None

    def take(self, sample: LineSample, *, loaded: bool) -> None:
        """Note a look at the line while it judges.

        Args:
            sample: It.
            loaded: The job is running, and is not held.
        """
        if sample.judged_by != self._judged_by:
            self.forget()
            self._judged_by = sample.judged_by
        if loaded != self._loaded:
            self._loaded, self._since_s = loaded, sample.at_s
            self._from_part = None
            (self._with if loaded else self._without).clear()
        if sample.at_s - self._since_s < self._settle_s:
            return
        if self._from_part is None:
            self._from_part = sample.parts
        if sample.parts > self._from_part:
            (self._with if loaded else self._without).add(sample)

    def forget(self) -> None:
        """Measure everything anew: the line has changed or stands still."""
        self._without.clear()
        self._with.clear()
        self._loaded = None
