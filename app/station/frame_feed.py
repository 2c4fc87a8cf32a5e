"""Frames at full size for drawing and teaching, without disturbing the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PyQt5.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from app import log
from app.camera.frame import Frame
from app.camera.source import FrameSource
from app.camera.uri import source_for
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.recipe_parts import CameraSettings, with_settings
from app.station import tasks
from app.station.own_camera import OwnCamera
from app.station.station import Station
from app.station.status import StationState

_PERIOD_MS = 40
_NETWORK = ("rtsp", "rtsps", "http", "https")
_OPEN = (StationState.STARTING, StationState.RUNNING, StationState.PAUSED)


class FrameFeed(QObject):
    """Brings the newest frame of the running line or of a camera of its own.

    A USB camera can be opened only once: where the wanted address is the one of the running
    line, its frames are taken; and a camera of our own is given up as soon as the line wants it.

    Args:
        station: The running line; None on an office PC.
        make_source: Makes an unopened source of a camera address.
        parent: Qt owner.

    Signals:
        arrived: There is a newer frame than before; `take` gives it.
        failed: No frames come. arg: Why, one sentence for people. It goes on trying.
        healed: Frames come, or come again.
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
        self._station = station
        self._make_source = make_source
        self._address: str | None = None
        self._settings = CameraSettings()
        self._own: OwnCamera | None = None
        self._newest: Frame | None = None
        self._seen: Frame | None = None
        self._problem: str | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(_PERIOD_MS)
        self._clock.timeout.connect(self._look)

    @property
    def address(self) -> str:
        """Where the frames come from; "" for the running line, or while nothing is watched."""
        return self._address or ""

    @property
    def is_watching(self) -> bool:
        """Whether frames are wanted."""
        return self._address is not None

    @property
    def watched(self) -> tuple[str, CameraSettings]:
        """What `watch` was asked for last."""
        return self.address, self._settings

    @property
    def has_line(self) -> bool:
        """Whether there is a line whose frames could be taken."""
        return self._station is not None

    @property
    def line_address(self) -> str:
        """Address of the line's camera; "" without a line."""
        return self._station.status().recipe.camera if self._station is not None else ""

    @property
    def line_settings(self) -> CameraSettings:
        """What the line sets at its camera; nothing without a line."""
        if self._station is None:
            return CameraSettings()
        return self._station.status().recipe.camera_settings

    @property
    def uses_line(self) -> bool:
        """Whether the frames are those of the line."""
        if self._address is None or self._station is None:
            return False
        if not self._address:
            return True
        status = self._station.status()
        return status.phase in _OPEN and same_camera(self._address, status.recipe.camera)

    @property
    def problem(self) -> str:
        """Why no frames come, one sentence; "" if they do."""
        return self._problem or ""

    @property
    def refused(self) -> str:
        """What the camera did not take of its settings, one sentence; "" if it took all."""
        if self.uses_line and self._station is not None:
            return self._station.status().camera.refused
        return self._own.refused if self._own is not None else ""

    @property
    def answers(self) -> Mapping[str, float]:
        """What a camera of its own says it is set to, by the fields of `CameraSettings`."""
        return self._own.answers if self._own is not None else {}

    def watch(self, address: str = "", settings: CameraSettings | None = None) -> None:
        """Bring frames from now on; what was watched before is closed.

        Args:
            address: Camera address; "" for the running line.
            settings: What is set at a camera of its own; the line's camera stays as it is.
        """
        settings = settings or CameraSettings()
        if (address, settings) == (self._address, self._settings):
            return
        self.stop()
        self._address, self._settings = address, settings
        self._clock.start()

    @pyqtSlot()
    def stop(self) -> None:
        """Bring nothing any more; returns at once, the camera is closed in the background."""
        self._clock.stop()
        self._address, self._problem = None, None
        self._newest = self._seen = None
        self._release()

    def take(self) -> Frame | None:
        """Return the newest frame; None if it was taken already."""
        newest, self._newest = self._newest, None
        return newest

    @pyqtSlot()
    def _look(self) -> None:
        """Take what has come, and change between the line and a camera of our own."""
        if self.uses_line and self._station is not None:
            self._release()
            self._bring(self._station.latest_frame())
            self._look_at_line(self._station)
        elif not self._address:
            self._fail(tr("There is no line in this program; choose a camera."))
        else:
            self._look_at_own(self._address)

    def _look_at_line(self, station: Station) -> None:
        status = station.status()
        if status.phase not in _OPEN:
            self._fail(tr("The line is stopped; start it, or choose a camera."))
        elif status.camera.message:
            self._fail(status.camera.message)
        elif self._seen is not None:
            self._heal()

    def _look_at_own(self, address: str) -> None:
        if self._own is None:
            try:
                self._own = self._opened(address)
            except ExpectedError as error:
                self._fail(str(error))
                self._clock.stop()
                return
        self._bring(self._own.newest())
        if self._own.problem:
            self._fail(self._own.problem)
        elif self._seen is not None:
            self._heal()

    def _opened(self, address: str) -> OwnCamera:
        full = with_settings(address, self._settings)
        own = OwnCamera(lambda: self._make_source(full))
        own.start()
        return own

    def _bring(self, frame: Frame | None) -> None:
        if frame is not None and frame is not self._seen:
            self._newest = self._seen = frame
            self.arrived.emit()

    def _fail(self, sentence: str) -> None:
        if sentence != self._problem:
            self._problem = sentence
            self.failed.emit(sentence)

    def _heal(self) -> None:
        if self._problem != "":
            self._problem = ""
            self.healed.emit()

    def _release(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            tasks.run(own.close, _on_closed, _on_close_failed)


def same_camera(one: str, other: str) -> bool:
    """Tell whether two addresses mean the same camera, file or folder, whatever its options."""
    return _plain(one) == _plain(other)


def _plain(address: str) -> tuple[str, str]:
    scheme, _, rest = address.strip().partition(":")
    scheme = scheme.lower()
    if scheme == "index":
        number = rest.partition("?")[0].strip()
        return scheme, str(int(number)) if number.isdecimal() else number
    return scheme, rest.partition("#")[0] if scheme in _NETWORK else rest


def _on_closed(complete: bool) -> None:
    if not complete:
        log.station.info("a camera that was looked at does not answer; it ends by itself")


def _on_close_failed(error: Exception) -> None:
    log.station.error("a camera that was looked at could not be closed", exc_info=error)
