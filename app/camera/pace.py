"""Hands out frames at a steady rate."""

from __future__ import annotations

import threading
import time


class Pace:
    """Waits until the next frame is due; a late reader is not punished with a burst.

    Args:
        fps: Frames per second; 0 = no waiting.
    """

    def __init__(self, fps: float) -> None:
        self.period_s = 1 / fps if fps > 0 else 0.0
        self._due: float | None = None
        self._woken = threading.Event()

    def wait(self) -> bool:
        """Block until the next frame is due; return False if `wake` ended the wait."""
        now = time.monotonic()
        self._due = now if self._due is None else max(now, self._due + self.period_s)
        return not self._woken.wait(self._due - now) if self._due > now else True

    def wake(self) -> None:
        """End this and all later waits; may be called from any thread."""
        self._woken.set()
