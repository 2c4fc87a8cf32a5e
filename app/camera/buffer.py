"""Hands frames from the grabbing thread to one consuming thread."""

from __future__ import annotations

import threading
from collections import deque

from app.camera.frame import BadFrame, Frame


class BufferFull(Exception):
    """A frame that must be inspected arrived while the buffer was full."""


class FrameBuffer:
    """Holds frames until the consumer takes them. What happens when it is full is stated.

    | overwrite | wait | a frame for a full buffer |
    |---|---|---|
    | True | - | newest wins: the oldest frame is dropped and counted |
    | False | False | `BufferFull`: a triggered part was missed, which is a fault |
    | False | True | the producer waits: files and folders, where nothing is late |

    A `BadFrame` is never dropped and needs no room: it holds no picture.

    Args:
        size: Frames held at most.
        overwrite: Newest wins.
        wait: The producer waits for room.
    """

    def __init__(self, size: int = 1, overwrite: bool = True, *, wait: bool = False) -> None:
        if size < 1:
            raise ValueError(f"a frame buffer of size {size} holds nothing")
        self._items: deque[Frame | BadFrame] = deque()
        self._size = size
        self._overwrite = overwrite and not wait
        self._wait = wait
        self._closed = False
        self._dropped = 0
        self._newest: Frame | None = None
        self._changed = threading.Condition()

    @property
    def dropped(self) -> int:
        """Frames that were superseded or refused so far."""
        return self._dropped

    @property
    def newest(self) -> Frame | None:
        """The newest frame that was handed over, taken or not; looking takes nothing."""
        return self._newest

    @property
    def is_empty(self) -> bool:
        """True while nothing waits to be taken."""
        return not self._items

    @property
    def closed(self) -> bool:
        """True once no more frames are taken."""
        return self._closed

    @property
    def ended(self) -> bool:
        """True once the buffer is closed and everything was taken."""
        with self._changed:
            return self._closed and not self._items

    def put(self, item: Frame | BadFrame, timeout: float | None = None) -> bool:
        """Hand over one frame.

        Args:
            item: The frame.
            timeout: Seconds that a waiting buffer waits for room; None = for ever.

        Returns:
            False if there was no room in time or the buffer is closed.

        Raises:
            BufferFull: It is full and neither overwrites nor waits.
        """
        with self._changed:
            if isinstance(item, Frame):
                self._newest = item
            if self._wait and isinstance(item, Frame):
                self._changed.wait_for(lambda: self._closed or self._has_room(), timeout)
                if not self._has_room():
                    return False
            if self._closed:
                return False
            if isinstance(item, Frame) and not self._has_room():
                self._dropped += 1
                if not self._overwrite:
                    raise BufferFull(f"{self._size} frames are waiting")
                self._drop_oldest()
            self._items.append(item)
            self._changed.notify_all()
            return True

    def get(self, timeout: float | None = None) -> Frame | BadFrame | None:
        """Return the next frame in order; None after `timeout` seconds or when `ended`."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._items) or self._closed, timeout)
            if not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Take no more frames; those inside can still be taken. May be called twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return sum(isinstance(item, Frame) for item in self._items) < self._size

    def _drop_oldest(self) -> None:
        oldest = next(item for item in self._items if isinstance(item, Frame))
        self._items.remove(oldest)
