"""Frames at full size for drawing and teaching, without disturbing the line."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QObject, pyqtSignal

from app.camera.frame import Frame
from app.camera.source import FrameSource
from app.camera.uri import source_for
from app.inspection.recipe_parts import CameraSettings
from app.station.station import Station


class FrameFeed(QObject):
    """Brings the newest frame of the running line or of a camera of its own.

    A USB camera can be opened only once: where the wanted address is the one of the running
    line, its frames are taken.

    Args:
        station: The running line; None on an office PC.
        make_source: Makes an unopened source of a camera address.
        parent: Qt owner.

    Signals:
        arrived: There is a newer frame than before; `take` gives it.
        failed: No frames come. arg: Why, one sentence for people. It goes on trying.
        healed: Frames come (again).
    """

    arrived = pyqtSignal()
    failed = pyqtSignal(str)
    healed = pyqtSignal()

    def __init__(
        self,
        station: Station | None = None,
        make_source: Callable[[str], FrameSource] = source_for,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)

    @property
    def address(self) -> str:
        """Where the frames come from; "" while nothing is watched."""
        return ""

    @property
    def uses_line(self) -> bool:
        """Whether the frames are those of the running line."""
        return False

    def watch(self, address: str = "", settings: CameraSettings | None = None) -> None:
        """Bring frames from now on; what was watched before is closed.

        Args:
            address: Camera address; "" for the running line.
            settings: What is set at a camera of its own; the line's camera stays as it is.
        """

    def stop(self) -> None:
        """Bring nothing any more; returns at once, the camera is closed in the background."""

    def take(self) -> Frame | None:
        """Return the newest frame; None if it was taken already."""
        return None
