"""Cameras, network streams and video files through `cv2.VideoCapture`.

What OpenCV really does, measured with 4.14: without time limits a stalled stream blocks a
read for 30 s; the limits only count when given to the constructor; after the first failed
read the object is dead for ever though `isOpened()` stays true; releasing it while another
thread reads crashes the process. Hence: limits in the constructor, one object per
connection, and open, read and release in one thread.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.camera import controls
from app.camera.frame import Frame, Image
from app.camera.pace import Pace
from app.camera.source import CameraLost, CameraNotFound, EndOfFrames, UnreadableFrame
from app.camera.url import without_secrets
from app.errors import CameraError
from app.i18n import tr
from model.opencv import cv2

OPEN_TIMEOUT_MS = 2000
OPEN_TIMEOUT_RTSP_MS = 4000
READ_TIMEOUT_S = 1.3
"""A stream that is silent for longer is lost."""

_RTSP_OPTIONS = "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay|analyzeduration;300000"
"""TCP: a picture with lost UDP packets looks like a defect. The rest keeps the delay small."""

_MISSING_SHARE = 0.02
"""Containers state the number of frames of a video only roughly."""


class OpenCvSource:
    """One connection to a camera, stream or file. Use the named constructors.

    Args:
        target: Device index, URL or file path.
        name: Description, without passwords.
        backend: OpenCV backend.
        limits: Constructor parameters of `cv2.VideoCapture`, keys and values in turn.
        live: Frames come by themselves.
        fps: Pace of a file, frames per second; 0 = as fast as it is read.
        period_s: Time between two frames that is no fault, seconds.
        silence_s: The read limit among `limits`, seconds; 0 = none.
        settings: What is set at the camera before its first frame, see `app.camera.controls`.
    """

    def __init__(
        self,
        target: int | str,
        name: str,
        backend: int,
        limits: tuple[int, ...] = (),
        *,
        live: bool,
        fps: float = 0.0,
        period_s: float = 0.0,
        silence_s: float = 0.0,
        settings: Mapping[str, float] | None = None,
    ) -> None:
        self._target, self._name, self._backend = target, name, backend
        self._limits, self._live = limits, live
        self._pace = Pace(fps)
        self._period_s = period_s
        self._silence_s = silence_s
        self._capture: cv2.VideoCapture | None = None
        self._owner = 0
        self._next = 0
        self._missing_told = False
        self._settings = dict(settings or {})
        self._refused = ""
        self._answers: dict[str, float] = {}

    @classmethod
    def camera(cls, index: int, settings: Mapping[str, float] | None = None) -> OpenCvSource:
        """Return the camera with that number on this computer."""
        backends = {"win32": cv2.CAP_DSHOW, "linux": cv2.CAP_V4L2}
        backend = backends.get(sys.platform, cv2.CAP_ANY)
        return cls(index, f"camera {index}", backend, live=True, settings=settings)

    @classmethod
    def stream(
        cls,
        url: str,
        timeout_s: float = READ_TIMEOUT_S,
        settings: Mapping[str, float] | None = None,
    ) -> OpenCvSource:
        """Return a network camera (RTSP, or MJPEG over HTTP).

        Args:
            url: Its address, with user and password if it wants them.
            timeout_s: Silence after which it is lost.
            settings: Network cameras take none of them this way; it is checked and told.
        """
        rtsp = url.lower().startswith("rtsp")
        limits = (
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            OPEN_TIMEOUT_RTSP_MS if rtsp else OPEN_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            round(timeout_s * 1000),
        )
        slow = max(0.0, timeout_s - READ_TIMEOUT_S)
        name = without_secrets(url)
        return cls(
            url,
            name,
            cv2.CAP_FFMPEG,
            limits,
            live=True,
            period_s=slow,
            silence_s=timeout_s,
            settings=settings,
        )

    @classmethod
    def video(cls, path: Path, fps: float = 0.0) -> OpenCvSource:
        """Return a video file, every frame of it, in order."""
        return cls(str(path), f"video {path}", cv2.CAP_FFMPEG, live=False, fps=fps)

    @property
    def description(self) -> str:
        """Address without secrets, device number or file."""
        return self._name

    @property
    def is_live(self) -> bool:
        """False for a file."""
        return self._live

    @property
    def period_s(self) -> float:
        """Time between two frames that is no fault, seconds."""
        return max(self._period_s, self._pace.period_s)

    @property
    def refused(self) -> str:
        """What the camera did not take of its settings, one sentence; "" if it took all."""
        return self._refused

    @property
    def answers(self) -> Mapping[str, float]:
        """What a camera of this computer says it has, once open; keys of `controls.CONTROLS`."""
        return self._answers

    def wake(self) -> None:
        """End the pacing of a file; a read that waits for a camera ends by its own limit."""
        self._pace.wake()

    def open(self) -> None:
        """Connect."""
        if not self._live and not Path(str(self._target)).is_file():
            text = tr("There is no video file {name}; check the path.")
            raise CameraNotFound(text.format(name=self._target))
        _prepare_ffmpeg(_RTSP_OPTIONS if str(self._target).lower().startswith("rtsp") else "")
        self._owner = threading.get_ident()
        self._capture = cv2.VideoCapture(self._target, self._backend, self._limits)
        if not self._capture.isOpened():
            self.close()
            raise CameraNotFound(self._not_found())
        if self._settings:
            refused = controls.apply(self._capture, self._settings)
            self._refused = controls.sentence(self._name, refused)
        if isinstance(self._target, int):
            self._answers = controls.read_back(self._capture)

    def read(self) -> Frame:
        """Block for the next frame."""
        capture = self._capture
        if capture is None:
            raise CameraLost(tr("The connection to {name} is closed.").format(name=self._name))
        if not self._pace.wait():
            raise CameraLost(tr("Reading {name} was stopped.").format(name=self._name))
        began = time.perf_counter()
        if not capture.grab() or self._is_leftover(time.perf_counter() - began):
            raise self._end(capture)
        taken, taken_utc = time.monotonic(), datetime.now(UTC)
        began = time.perf_counter() if self._live else began  # waiting for light is no work
        number, self._next = self._next, self._next + 1
        ok, image = capture.retrieve()
        if not ok or image is None or image.size == 0:
            text = tr("A frame of {name} cannot be decoded.")
            raise UnreadableFrame(text.format(name=self._name))
        return Frame(
            image=as_bgr(np.asarray(image)),
            number=number,
            taken=taken,
            taken_utc=taken_utc,
            source=self._name,
            grab_ms=(time.perf_counter() - began) * 1000,
        )

    def close(self) -> None:
        """Release the capture; only the thread that opened it may do so."""
        self._pace.wake()
        capture, self._capture = self._capture, None
        if capture is None:
            return
        if threading.get_ident() != self._owner:
            self._capture = capture
            raise RuntimeError("a capture must be released by the thread that reads it")
        capture.release()

    def _is_leftover(self, waited_s: float) -> bool:
        """Tell whether a frame came only because the read timed out.

        FFMPEG then empties its decoder and reports success for pictures that are old.
        """
        return bool(self._silence_s) and waited_s > 0.95 * self._silence_s

    def _not_found(self) -> str:
        if not self._live:
            return tr("The file {name} is damaged or no video.").format(name=self._target)
        if isinstance(self._target, int):
            text = tr("{name} cannot be opened; check that it is plugged in and not in use.")
        else:
            text = tr("{name} does not answer; check cable, power, address and password.")
        return text.format(name=self._name)

    def _end(self, capture: cv2.VideoCapture) -> CameraError | EndOfFrames:
        """Say why no frame came: a camera is lost, a file ends, perhaps too early."""
        if self._live:
            return CameraLost(tr("{name} has stopped sending pictures.").format(name=self._name))
        stated = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        early = stated - self._next > max(2, _MISSING_SHARE * stated)
        if early and not self._missing_told:
            self._missing_told = True
            text = tr("{name} is cut short: it ends after {seen} of {stated} frames.")
            return UnreadableFrame(text.format(name=self._name, seen=self._next, stated=stated))
        return EndOfFrames()


def as_bgr(image: npt.NDArray[np.generic]) -> Image:
    """Bring what a camera delivers to (H, W, 3) uint8 BGR, C-contiguous, read-only.

    Args:
        image: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), uint8 or uint16.
    """
    if image.dtype == np.uint16:
        image = (np.asarray(image, np.uint16) >> 8).astype(np.uint8)
    plane = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    if plane.ndim == 2:
        plane = np.asarray(cv2.cvtColor(np.asarray(plane, np.uint8), cv2.COLOR_GRAY2BGR))
    whole = np.ascontiguousarray(plane[:, :, :3], np.uint8)
    whole.setflags(write=False)
    return whole


_ffmpeg_lock = threading.Lock()


def _prepare_ffmpeg(options: str) -> None:
    """Set what OpenCV's FFMPEG reads from the environment when it opens something.

    It has no other way in. The variables are touched only when they change, i.e. once in a
    station that has one camera.
    """
    wanted = {"OPENCV_FFMPEG_CAPTURE_OPTIONS": options, "OPENCV_FFMPEG_LOGLEVEL": "-8"}
    with _ffmpeg_lock:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_FATAL)  # we report ourselves
        for name, value in wanted.items():
            if value and os.environ.get(name) != value:
                os.environ[name] = value
            elif not value and name in os.environ:
                del os.environ[name]
