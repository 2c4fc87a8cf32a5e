"""Finds the cameras of this computer by opening each one for a moment."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from app.camera.source import FrameSource, UnreadableFrame
from app.camera.uri import source_for
from app.errors import CameraError

LIMIT_S = 6.0
"""A camera that has sent nothing by then is not offered; USB cameras answer within three."""

_MOST = 8
_LINUX_NAMES = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that has sent a picture.

    Attributes:
        index: Its number on this computer, as in the address `index:0`.
        name: What the system calls it; "" if it does not say.
        width: Of its pictures, pixels.
        height: Of its pictures, pixels.
    """

    index: int
    name: str
    width: int
    height: int

    @property
    def address(self) -> str:
        """Camera address as a recipe keeps it."""
        return f"index:{self.index}"


class _Attempt(threading.Thread):
    """Opens one camera; a driver that hangs keeps this thread and nothing else."""

    def __init__(self, index: int, make_source: Callable[[str], FrameSource]) -> None:
        super().__init__(name=f"camera-probe-{index}", daemon=True)
        self._index, self._make_source = index, make_source
        self.found: FoundCamera | None = None

    def run(self) -> None:
        """Read one picture and release the camera."""
        try:
            source = self._make_source(f"index:{self._index}")
            try:
                source.open()
                height, width = source.read().image.shape[:2]
            finally:
                source.close()
        except (CameraError, UnreadableFrame):
            # Most numbers have no camera; that is what we came to learn.
            return
        self.found = FoundCamera(self._index, name_of(self._index), width, height)


def find_cameras(
    skip: Collection[int] = (),
    make_source: Callable[[str], FrameSource] = source_for,
    limit_s: float = LIMIT_S,
) -> tuple[FoundCamera, ...]:
    """Return the cameras that send pictures. Blocks up to `limit_s`, so not on the GUI thread.

    Args:
        skip: Numbers that are in use and must not be opened.
        make_source: Makes an unopened source of a camera address.
        limit_s: What has not answered by then is left out, seconds.
    """
    attempts = [_Attempt(index, make_source) for index in candidates() if index not in skip]
    until = time.monotonic() + limit_s
    for attempt in attempts:
        attempt.start()
    for attempt in attempts:
        attempt.join(max(0.0, until - time.monotonic()))
    return tuple(attempt.found for attempt in attempts if attempt.found is not None)


def candidates() -> tuple[int, ...]:
    """Return the numbers that a camera may have here."""
    if sys.platform != "linux":
        return tuple(range(_MOST))
    numbers = (path.name.removeprefix("video") for path in Path("/dev").glob("video*"))
    return tuple(sorted(int(number) for number in numbers if number.isdecimal()))


def name_of(index: int) -> str:
    """Return what the system calls a camera; "" where it does not say."""
    try:
        return (_LINUX_NAMES / f"video{index}" / "name").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
