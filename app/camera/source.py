"""What a frame source is, and how it can fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from app.camera.frame import Frame
from app.errors import CameraError


class CameraLost(CameraError):
    """The camera stalled, closed or was unplugged; opening a new source may heal it."""

    code = "camera-lost"


class CameraNotFound(CameraError):
    """The camera, file or folder cannot be opened."""

    code = "camera-not-found"


class UnreadableFrame(CameraError):
    """One picture cannot be read, e.g. a corrupt file; the next `read` goes on after it."""

    code = "unreadable-frame"


class EndOfFrames(Exception):
    """A finite source (file, folder, counted demo line) has no more frames. Not an error."""


@runtime_checkable
class FrameSource(Protocol):
    """A camera or a stand-in. All methods are called from one thread, the grabber's.

    A source is used once: after a failure or `close` a new object is made, since OpenCV
    objects that stalled never recover.
    """

    @property
    def description(self) -> str:
        """Where the frames come from, for people; no passwords."""

    @property
    def is_live(self) -> bool:
        """True if frames come by themselves (camera, demo line); False if read at our pace."""

    def open(self) -> None:
        """Connect. Blocks at most a few seconds.

        Raises:
            CameraNotFound: It cannot be opened; the sentence says what to check.
        """

    def read(self) -> Frame:
        """Block for the next frame, at most the source's own read timeout.

        Raises:
            CameraLost: No frame came in time or the connection ended.
            UnreadableFrame: This picture is damaged; it takes a number like any other.
            EndOfFrames: A finite source is finished.
        """

    def close(self) -> None:
        """Release everything; may be called twice and after a failure."""


@runtime_checkable
class PacedSource(Protocol):
    """What a source may say besides, if a `read` can take longer than a moment by design."""

    @property
    def period_s(self) -> float:
        """Longest time between two frames that is no fault, seconds; 0 = unknown."""

    def wake(self) -> None:
        """Make a `read` that waits for its turn raise soon; called from any thread."""


@runtime_checkable
class SettableSource(Protocol):
    """What a source may say besides, if it sets something at the camera."""

    @property
    def refused(self) -> str:
        """What the camera did not take, one sentence, known once it is open; "" if it took all."""


@runtime_checkable
class AnsweringSource(Protocol):
    """What a source may say besides, if the camera tells what it is set to."""

    @property
    def answers(self) -> Mapping[str, float]:
        """What the camera says it has, known once it is open; keys of `controls.CONTROLS`."""
