"""A live source that sends exactly the frames it is told to send; the same ones every time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from app.camera.frame import Frame
from app.camera.source import FrameSource
from tests.rigs.grey_camera import GreyCamera


class BatchCamera(GreyCamera):
    """Sends frames one by one, `gap_s` apart, as many as `send` has asked for.

    Args:
        greys: Grey value of each frame, over and over.
        gap_s: Between two frames, seconds.
    """

    def __init__(self, greys: Sequence[int], gap_s: float = 0.01) -> None:
        super().__init__(greys)
        self.gap_s = gap_s
        self.sent = 0
        self._closing = threading.Event()
        self._asked = threading.Semaphore(0)

    def send(self, count: int) -> None:
        """Let so many more frames come."""
        for _ in range(count):
            self._asked.release()

    def release(self) -> None:
        """Let a read that waits end, for the exit."""
        self._closing.set()
        super().release()

    def source(self, uri: str) -> FrameSource:
        """Return a fresh source, whatever the address."""
        return _BatchSource(self, super().source(uri))

    def wait(self) -> None:
        """Block until a frame was asked for, or the test ends."""
        while not self._asked.acquire(timeout=0.05):
            if self._closing.is_set():
                return
        time.sleep(self.gap_s)
        self.sent += 1


class _BatchSource:
    # Between two batches no frame comes; that is no reason to look for another camera.
    period_s = 60.0

    def __init__(self, camera: BatchCamera, grey: FrameSource) -> None:
        self._camera, self._grey = camera, grey
        self.description, self.is_live = grey.description, True

    def open(self) -> None:
        self._grey.open()

    def read(self) -> Frame:
        self._camera.wait()
        return self._grey.read()

    def wake(self) -> None:
        self._camera.release()

    def close(self) -> None:
        self._grey.close()
