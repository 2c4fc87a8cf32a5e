"""A true frame source of plain grey pictures that can stall, die and fail to close, on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from app.camera.frame import Frame
from app.camera.source import CameraLost, CameraNotFound, EndOfFrames, FrameSource
from tests.rigs.grey_detector import GOOD


class GreyCamera:
    """Settings and faults of all sources that it makes; `source` is what a station needs.

    Args:
        greys: Grey value of each frame, over and over if `endless`.
        live: Frames come by themselves, `fps` a second.
        endless: Begin again after the last grey value.
        fps: Frames per second; 0 = as fast as they are read.
    """

    def __init__(
        self,
        greys: Sequence[int] = (GOOD,),
        *,
        live: bool = True,
        endless: bool = True,
        fps: float = 50.0,
    ) -> None:
        self.greys = tuple(greys)
        self.live = live
        self.endless = endless
        self.fps = fps
        self.is_missing = False
        self.is_lost = False
        self.close_fails = False
        self.opened = 0
        self.hanging = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def hang(self) -> None:
        """Let every later read block until `release`."""
        self.go_on.clear()

    def release(self) -> None:
        """End the blocking."""
        self.go_on.set()

    def source(self, uri: str) -> FrameSource:
        """Return a fresh source, whatever the address."""
        return _GreySource(self, uri)


class _GreySource:
    def __init__(self, camera: GreyCamera, uri: str) -> None:
        self._camera = camera
        self._uri = uri
        self._next = 0

    @property
    def description(self) -> str:
        return f"grey {self._uri}"

    @property
    def is_live(self) -> bool:
        return self._camera.live

    def open(self) -> None:
        if self._camera.is_missing:
            raise CameraNotFound("There is no grey camera; plug it in.")
        self._camera.opened += 1

    def read(self) -> Frame:
        camera = self._camera
        if not camera.go_on.is_set():
            camera.hanging.set()
            camera.go_on.wait()
        if camera.is_lost:
            raise CameraLost("The grey camera is gone; check its cable.")
        if camera.fps:
            time.sleep(1 / camera.fps)
        number = self._next
        if number >= len(camera.greys) and not camera.endless:
            raise EndOfFrames
        self._next += 1
        image = np.full((48, 64, 3), camera.greys[number % len(camera.greys)], np.uint8)
        # A moving mark: the grabber takes pictures that never change for a frozen camera.
        image[40, number % 64] = (image[40, number % 64].astype(int) + 8).clip(0, 255)
        image.setflags(write=False)
        return Frame(image, number, time.monotonic(), datetime.now(UTC), self.description, 0.1)

    def close(self) -> None:
        if self._camera.close_fails:
            raise RuntimeError("the driver does not close")
