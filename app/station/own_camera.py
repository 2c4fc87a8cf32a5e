"""A camera that is opened beside the line, to look at what it sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from app.camera.buffer import FrameBuffer
from app.camera.frame import BadFrame, Frame
from app.camera.grabber import Grabber
from app.camera.source import AnsweringSource, FrameSource
from app.camera.status import CameraState, CameraStatus

_CLOSE_S = 2.0
_FILE_PERIOD_S = 0.5


class OwnCamera:
    """Grabs the newest frame of one address; files come one by one and begin again at the end.

    Not a Qt object: whoever wants frames asks for them.

    Args:
        make_source: Returns a fresh source; called for each connection.

    Raises:
        UsageError: The address means nothing.
    """

    def __init__(self, make_source: Callable[[], FrameSource]) -> None:
        self._make_source = make_source
        self._source = make_source()
        self._is_live = self._source.is_live
        self._status = CameraStatus()
        self._unreadable = ""
        self._taken_at = 0.0
        self._buffer, self._grabber = self._made()

    @property
    def problem(self) -> str:
        """Why no good frames come, one sentence; "" if nothing is wrong."""
        status = self._status
        if status.state is CameraState.LOST:
            return status.message
        return self._unreadable or (status.message if status.picture_fault else "")

    @property
    def refused(self) -> str:
        """What the camera did not take of its settings, one sentence; "" if it took all."""
        return self._status.refused

    @property
    def answers(self) -> Mapping[str, float]:
        """What the camera says it is set to, by the fields of `CameraSettings`."""
        return self._source.answers if isinstance(self._source, AnsweringSource) else {}

    def start(self) -> None:
        """Open the camera on threads of its own."""
        self._grabber.start()

    def newest(self) -> Frame | None:
        """Return a frame that came since the last call, the newest of a live camera."""
        now = time.monotonic()
        if not self._is_live and now - self._taken_at < _FILE_PERIOD_S:
            return None
        item = self._buffer.get(timeout=0)
        if item is None and self._buffer.ended and self._status.state is CameraState.ENDED:
            # All its threads have ended: a file or folder begins anew.
            self._buffer, self._grabber = self._made()
            self._grabber.start()
        if item is None:
            return None
        self._taken_at = now
        self._unreadable = item.message if isinstance(item, BadFrame) else ""
        return item if isinstance(item, Frame) else None

    def close(self) -> bool:
        """Close the camera; blocks up to two seconds. False if its driver hangs."""
        return self._grabber.stop(_CLOSE_S)

    def _made(self) -> tuple[FrameBuffer, Grabber]:
        buffer = FrameBuffer(1, overwrite=self._is_live, wait=not self._is_live)
        return buffer, Grabber(self._fresh, [buffer], self._on_status)

    def _fresh(self) -> FrameSource:
        """Return a source for the grabber; only what it says of itself is read from here."""
        self._source = self._make_source()
        return self._source

    def _on_status(self, status: CameraStatus) -> None:
        # Called on the grabber's thread; one assignment needs no lock.
        self._status = status
