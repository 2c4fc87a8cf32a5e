"""The promises of the grabber against a real process that dies, hangs and lies.

The bounds are the product's own and are measured between the fault and the announcement.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.camera.buffer import FrameBuffer
from app.camera.frame import Frame
from app.camera.grabber import CameraState, CameraStatus, Grabber
from app.camera.uri import source_for
from tests.rigs.mjpeg_server import number_of, patches_of
from tests.rigs.network_camera import NetworkCamera, RtspCamera

ANNOUNCED_WITHIN_S = 2.0
BACK_WITHIN_S = 3.0
PATIENCE_S = 20.0

needs_posix = pytest.mark.skipif(os.name != "posix", reason="needs SIGSTOP")
pytestmark = pytest.mark.logs_expected


class Line:
    """A grabber on the stand-in camera; every status is kept with its time."""

    def __init__(self, camera: NetworkCamera) -> None:
        self.camera = camera
        self.buffer = FrameBuffer(1)
        self.events: list[tuple[float, CameraStatus]] = []
        self._changed = threading.Condition()
        self.grabber = Grabber(lambda: source_for(camera.url), [self.buffer], self._on_status)
        self.grabber.start()

    def _on_status(self, status: CameraStatus) -> None:
        with self._changed:
            self.events.append((time.monotonic(), status))
            self._changed.notify_all()

    def wait_for(self, wanted: Callable[[CameraStatus], bool], since: float) -> float:
        """Seconds from `since` until the first such status."""

        def found() -> float | None:
            hits = (at - since for at, s in list(self.events) if at >= since and wanted(s))
            return next(hits, None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, PATIENCE_S), self.events
            after = found()
            assert after is not None
            return after

    def state(self, state: CameraState, since: float) -> float:
        return self.wait_for(lambda status: status.state is state, since)

    def newest(self) -> Frame:
        frame = self.buffer.get(timeout=PATIENCE_S)
        assert isinstance(frame, Frame)
        return frame


@pytest.fixture
def line() -> Iterator[Line]:
    camera = NetworkCamera()
    camera.start()
    line = Line(camera)
    try:
        line.state(CameraState.STREAMING, 0.0)
        yield line
    finally:
        line.grabber.stop(timeout_s=5)
        camera.kill()


def _assert_right_colours(frame: Frame) -> None:
    red, blue = patches_of(frame.image)
    assert red[2] > 180
    assert red[0] < 90
    assert blue[0] > 180
    assert blue[2] < 90


def test_frames_are_new_and_have_the_right_colours(line: Line) -> None:
    numbers = []
    for _ in range(5):
        frame = line.newest()
        numbers.append(number_of(frame.image))
        _assert_right_colours(frame)
    assert numbers == sorted(set(numbers))


def test_a_killed_camera_is_announced_and_comes_back(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    killed = time.monotonic()
    line.camera.kill()
    lost = line.state(CameraState.LOST, killed)
    assert lost < ANNOUNCED_WITHIN_S
    time.sleep(2.5)  # long enough for the longest pause between attempts
    line.camera.start()
    started = time.monotonic()
    back = line.state(CameraState.STREAMING, started)
    assert back < BACK_WITHIN_S
    while line.buffer.get(timeout=0) is not None:
        pass
    _assert_right_colours(line.newest())
    assert line.grabber.status.reconnects == 1
    lines = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert len(lines) == 1, lines  # not one per attempt
    print(f"killed: announced after {lost:.2f} s, recovered after {back:.2f} s")


@needs_posix
def test_a_hanging_camera_is_announced_and_comes_back(line: Line) -> None:
    before = number_of(line.newest().image)
    hung = time.monotonic()
    line.camera.hang()
    lost = line.state(CameraState.LOST, hung)
    assert lost < ANNOUNCED_WITHIN_S
    time.sleep(3)
    resumed = time.monotonic()
    line.camera.resume()
    back = line.state(CameraState.STREAMING, resumed)
    assert back < BACK_WITHIN_S
    line.newest()
    fresh = line.newest()
    _assert_right_colours(fresh)
    assert number_of(fresh.image) > before
    print(f"hung: announced after {lost:.2f} s, recovered after {back:.2f} s")


def test_a_camera_that_goes_silent_is_announced(line: Line) -> None:
    line.camera.mode("hang")
    assert line.state(CameraState.LOST, time.monotonic()) < ANNOUNCED_WITHIN_S
    line.camera.mode("normal")
    assert line.state(CameraState.STREAMING, time.monotonic()) < BACK_WITHIN_S


def test_a_camera_without_an_answer_is_told_and_found_when_it_speaks() -> None:
    camera = NetworkCamera("--mode", "mute")
    camera.start()
    line = Line(camera)
    try:
        line.state(CameraState.LOST, 0.0)
        assert "does not answer" in line.grabber.status.message
        camera.mode("normal")
        assert line.state(CameraState.STREAMING, time.monotonic()) < BACK_WITHIN_S
    finally:
        line.grabber.stop(timeout_s=5)
        camera.kill()


def test_a_flapping_camera_is_not_hurried(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    line.camera.mode("drop")
    began = time.monotonic()
    time.sleep(5)
    lines_per_s = len(caplog.records) / (time.monotonic() - began)
    assert lines_per_s < 3.5
    line.camera.mode("normal")
    time.sleep(1.5)
    line.wait_for(lambda s: s.state is CameraState.STREAMING, time.monotonic())
    assert line.grabber.status.reconnects >= 2


def test_black_pictures_are_noticed_and_cleared(line: Line) -> None:
    line.camera.mode("black")
    black = line.wait_for(lambda s: s.picture_fault == "black", time.monotonic())
    assert black < ANNOUNCED_WITHIN_S
    status = line.grabber.status
    assert status.state is CameraState.STREAMING
    assert "black" in status.message
    line.camera.mode("normal")
    cleared = line.wait_for(lambda s: s.picture_fault == "", time.monotonic())
    assert cleared < ANNOUNCED_WITHIN_S


def test_a_frozen_picture_is_noticed_and_cleared(line: Line) -> None:
    line.camera.mode("frozen")
    line.wait_for(lambda s: s.picture_fault == "frozen", time.monotonic())
    line.camera.mode("normal")
    cleared = line.wait_for(lambda s: s.picture_fault == "", time.monotonic())
    assert cleared < ANNOUNCED_WITHIN_S


@needs_posix
def test_stop_does_not_wait_for_a_hanging_read(line: Line) -> None:
    line.camera.hang()
    time.sleep(0.5)
    began = time.monotonic()
    line.grabber.stop(timeout_s=0.8)
    assert time.monotonic() - began < 1.0
    line.camera.resume()


def test_frames_stay_fresh_with_a_slow_consumer(line: Line) -> None:
    for _ in range(5):
        time.sleep(0.4)
        frame = line.newest()
        assert time.monotonic() - frame.taken < 0.35
    assert line.grabber.status.dropped > 10


@needs_posix
@pytest.mark.parametrize("codec", ["h264", "jpeg"])
def test_an_rtsp_camera_dies_hangs_and_comes_back(codec: str) -> None:
    camera = RtspCamera("--codec", codec)
    try:
        camera.start()
        line = Line(camera)
        try:
            first = line.state(CameraState.STREAMING, time.monotonic())
            hung = time.monotonic()
            camera.hang()
            lost = line.state(CameraState.LOST, hung)
            assert lost < ANNOUNCED_WITHIN_S
            time.sleep(1)
            resumed = time.monotonic()
            camera.resume()
            resumed_after = line.state(CameraState.STREAMING, resumed)
            assert resumed_after < BACK_WITHIN_S
            killed = time.monotonic()
            camera.kill()
            killed_after = line.state(CameraState.LOST, killed)
            assert killed_after < ANNOUNCED_WITHIN_S
            time.sleep(2)
            camera.start()
            started = time.monotonic()
            back = line.state(CameraState.STREAMING, started)
            assert back < BACK_WITHIN_S
            line.newest()
            blue, green, red = line.newest().image.mean((0, 1))
            assert red > 200
            assert max(blue, green) < 60
            print(f"{codec}: first {first:.2f} s, hung: announced {lost:.2f} s,", end=" ")
            print(f"back {resumed_after:.2f} s; killed: {killed_after:.2f} s, back {back:.2f} s")
        finally:
            line.grabber.stop(timeout_s=8)
    finally:
        camera.kill()
