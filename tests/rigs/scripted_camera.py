"""A frame source that does what a test tells it: hang, fail, break, end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np

from app.camera.frame import Frame
from app.camera.source import EndOfFrames

Act = Callable[["ScriptedSource"], None]


class ScriptedSource:
    """Plays its acts, one per `read`; an act returns (a frame follows), blocks or raises.

    Attributes:
        opened_by: The thread that opened it.
        closed_by: The threads that closed it.
    """

    def __init__(self, acts: Iterator[Act], *, live: bool = True, opening: Act | None = None):
        self._acts, self._live, self._opening = acts, live, opening
        self._number = 0
        self.opened_by: int | None = None
        self.closed_by: list[int] = []

    @property
    def description(self) -> str:
        return "scripted camera"

    @property
    def is_live(self) -> bool:
        return self._live

    def open(self) -> None:
        self.opened_by = threading.get_ident()
        if self._opening is not None:
            self._opening(self)

    def read(self) -> Frame:
        try:
            act = next(self._acts)
        except StopIteration:
            raise EndOfFrames from None
        act(self)
        image = np.random.default_rng(self._number).integers(60, 200, (48, 64, 3), np.uint8)
        image.setflags(write=False)
        number, self._number = self._number, self._number + 1
        return Frame(image, number, time.monotonic(), datetime.now(UTC), self.description)

    def close(self) -> None:
        self.closed_by.append(threading.get_ident())


def go(_: ScriptedSource) -> None:
    """A frame comes."""


def every(seconds: float) -> Act:
    """A frame comes after a while."""
    return lambda _: time.sleep(seconds)


def fail(error: Exception) -> Act:
    """The call raises."""

    def act(_: ScriptedSource) -> None:
        raise error

    return act


def block(until: threading.Event) -> Act:
    """The call hangs in the driver until the event is set."""

    def act(_: ScriptedSource) -> None:
        until.wait(30)

    return act
