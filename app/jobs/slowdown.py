"""How much slower the line is while a job runs beside it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import fmean, median


@dataclass(frozen=True, slots=True)
class LineSample:
    """One look at the line.

    Attributes:
        at_s: Monotonic clock, seconds.
        frames_per_s: Frames judged per second.
        model_ms: Time of the last prediction, milliseconds.
        dropped: Frames that were not judged because a newer one came, since the start.
        judged_by: What judges: figures of two checkpoints or recipes cannot be compared.
    """

    at_s: float
    frames_per_s: float
    model_ms: float
    dropped: int
    judged_by: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the line was over a while.

    Attributes:
        frames_per_s: Mean of the frames judged per second.
        model_ms: Median of the prediction times, milliseconds.
        dropped: Frames that came but were not judged in this while.
    """

    frames_per_s: float
    model_ms: float
    dropped: int

    @property
    def load(self) -> float:
        """Part of the time in which the model worked, 0 to about 1."""
        return self.frames_per_s * self.model_ms / 1000.0


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
        if self.during.dropped > 0 and self.before.frames_per_s > 0:
            losses.append(1.0 - self.during.frames_per_s / self.before.frames_per_s)
        return max(losses)


class _Window:
    """The samples of the last seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._samples: deque[LineSample] = deque()

    def add(self, sample: LineSample) -> None:
        self._samples.append(sample)
        # One sample older than the window stays, so that a full one spans it.
        while len(self._samples) > 2 and sample.at_s - self._samples[1].at_s >= self._seconds:
            self._samples.popleft()

    def pace(self) -> Pace | None:
        """Return its figures once it is full."""
        samples = self._samples
        if len(samples) < 3 or samples[-1].at_s - samples[0].at_s < self._seconds:
            return None
        return Pace(
            fmean(one.frames_per_s for one in samples),
            median(one.model_ms for one in samples),
            max(0, samples[-1].dropped - samples[0].dropped),
        )

    def clear(self) -> None:
        self._samples.clear()


class SlowdownMeter:
    """Compares the last seconds beside the job with the last ones without it.

    Args:
        window_s: Seconds that a figure is taken over.
        settle_s: Seconds after a change that count for neither: a prediction under way and
            the line's own mean reach into them.
    """

    def __init__(self, window_s: float = 8.0, settle_s: float = 2.0) -> None:
        self._without, self._with = _Window(window_s), _Window(window_s)
        self._settle_s = settle_s
        self._judged_by = ""
        self._loaded: bool | None = None
        self._since_s = 0.0

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
            (self._with if loaded else self._without).clear()
        if sample.at_s - self._since_s >= self._settle_s:
            (self._with if loaded else self._without).add(sample)

    def forget(self) -> None:
        """Measure everything anew: the line has changed or stands still."""
        self._without.clear()
        self._with.clear()
        self._loaded = None
