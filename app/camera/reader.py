"""One thread that opens one source, reads it to its end and releases it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.camera.frame import BadFrame, Frame
from app.camera.source import EndOfFrames, FrameSource, PacedSource, UnreadableFrame
from app.errors import CameraError


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reader ended.

    Attributes:
        ended: The source was finite and is used up.
        message: What went wrong, one sentence; "" if nothing did.
        bug: The exception, if it was none of the expected ones.
    """

    ended: bool = False
    message: str = ""
    bug: Exception | None = None


STEADY_AFTER_S = 3.0
"""A connection that held for less does not count as healed: a flapping camera is not hurried."""

Deliver = Callable[["Reader", Frame | BadFrame], None]


class Reader(threading.Thread):
    """Reads one source in its own thread, where a hanging call hurts nobody.

    The thread is never killed and its source never touched from outside: when a call hangs,
    `cancel` it and start another one. It releases the source when the call returns at last.

    Args:
        source: A fresh source.
        deliver: Takes each frame; called in this thread.

    Attributes:
        news: Set when there is something to look at: the first frame, or the end.
        outcome: How it ended; None while it runs.
    """

    def __init__(self, source: FrameSource, deliver: Deliver) -> None:
        super().__init__(name="camera-reader", daemon=True)
        self.source = source
        self.news = threading.Event()
        self.outcome: Outcome | None = None
        self._deliver = deliver
        self._cancelled = threading.Event()
        self._busy_since: float | None = time.monotonic()
        self._opened = False
        self._first_frame_at: float | None = None
        self._last_frame_at = 0.0

    @property
    def is_opening(self) -> bool:
        """True until `open` has returned."""
        return not self._opened

    @property
    def started_streaming(self) -> bool:
        """True once a frame has been delivered."""
        return self._first_frame_at is not None

    @property
    def was_steady(self) -> bool:
        """True if frames came for long enough to call the connection healthy."""
        first = self._first_frame_at
        return first is not None and self._last_frame_at - first >= STEADY_AFTER_S

    @property
    def cancelled(self) -> bool:
        """True once nobody wants its frames any more."""
        return self._cancelled.is_set()

    def stuck_for(self, now: float) -> float:
        """Return for how long the present call into the source has lasted, seconds."""
        since = self._busy_since
        return 0.0 if since is None else now - since

    def cancel(self) -> None:
        """Ask it to end after the present call; from any thread."""
        self._cancelled.set()
        if isinstance(self.source, PacedSource):
            self.source.wake()

    def run(self) -> None:
        """Open, read until told otherwise, release."""
        try:
            self.source.open()
            self._busy_since = time.monotonic()
            self._opened = True
            while not self.cancelled:
                self._step()
            outcome = Outcome()
        except EndOfFrames:
            outcome = Outcome(ended=True)
        except CameraError as error:
            outcome = Outcome(message=str(error))
        except Exception as error:  # noqa: BLE001 - the grabber logs it, once per outage
            outcome = Outcome(message=f"{type(error).__name__}: {error}", bug=error)
        self.outcome = self._release(outcome)
        self.news.set()

    def _step(self) -> None:
        """Read and deliver one frame; time is only counted against the source."""
        self._busy_since = time.monotonic()
        item: Frame | BadFrame
        try:
            item = self.source.read()
        except UnreadableFrame as error:
            now, source = time.monotonic(), self.source.description
            item = BadFrame(0, now, datetime.now(UTC), source, str(error))
        self._busy_since = None
        self._deliver(self, item)
        self._last_frame_at = time.monotonic()
        if self._first_frame_at is None:
            self._first_frame_at = self._last_frame_at
            self.news.set()

    def _release(self, outcome: Outcome) -> Outcome:
        try:
            self.source.close()
        except Exception as error:  # noqa: BLE001 - handed on with the outcome
            return Outcome(outcome.ended, outcome.message or str(error), outcome.bug or error)
        return outcome
