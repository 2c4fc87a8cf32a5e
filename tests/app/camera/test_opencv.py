from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from app.camera import opencv
from app.camera.opencv import OpenCvSource, as_bgr
from app.camera.source import CameraLost, CameraNotFound, EndOfFrames
from model.opencv import cv2


def write_video(path: Path, frames: int = 12) -> None:
    fourcc = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), fourcc, 25, (64, 48))
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.full((48, 64, 3), (0, 20 * number, 200), np.uint8))
    writer.release()


def test_a_video_gives_every_frame_in_order(tmp_path: Path) -> None:
    write_video(tmp_path / "선.avi")
    source = OpenCvSource.video(tmp_path / "선.avi")
    source.open()
    levels = [int(source.read().image[24, 32, 1]) for _ in range(12)]
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] > 180
    with pytest.raises(EndOfFrames):
        source.read()
    source.close()


@pytest.mark.parametrize("content", [None, b"", b"no video at all" * 50])
def test_what_is_no_video_is_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "line.mp4"
    if content is not None:
        path.write_bytes(content)
    source = OpenCvSource.video(path)
    with pytest.raises(CameraNotFound, match=r"line\.mp4"):
        source.open()
    source.close()
    with pytest.raises(CameraLost):
        source.read()


def test_a_missing_device_is_a_sentence() -> None:
    source = OpenCvSource.camera(97)
    with pytest.raises(CameraNotFound, match="plugged in"):
        source.open()
    source.close()


def test_a_camera_that_accepts_and_says_nothing_is_given_up_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = OpenCvSource.stream(f"http://a:secret@127.0.0.1:{server.getsockname()[1]}/x")
        began = time.monotonic()
        with pytest.raises(CameraNotFound) as caught:
            source.open()
        assert time.monotonic() - began < 10  # 30 s without the limit in the constructor
        assert "secret" not in str(caught.value)
        source.close()


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_no_library_prints_the_password(scheme: str, capfd: pytest.CaptureFixture[str]) -> None:
    source = OpenCvSource.stream(f"{scheme}://operator:hunter2@127.0.0.1:1/x")
    with pytest.raises(CameraNotFound) as caught:
        source.open()
    printed = capfd.readouterr()
    assert "hunter2" not in printed.out + printed.err + str(caught.value)


def test_releasing_from_another_thread_is_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "line.avi")
    source = OpenCvSource.video(tmp_path / "line.avi")
    source.open()
    errors: list[Exception] = []

    def close() -> None:
        try:
            source.close()
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=close)
    thread.start()
    thread.join()
    assert len(errors) == 1
    source.close()
    source.close()


def test_rtsp_goes_by_tcp_and_http_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", raising=False)
    for url, expected in (("rtsp://127.0.0.1:1/x", True), ("http://127.0.0.1:1/x", False)):
        with pytest.raises(CameraNotFound):
            OpenCvSource.stream(url).open()
        options = os.environ.get("OPENCV_FFMPEG_CAPTURE_OPTIONS", "")
        assert ("rtsp_transport;tcp" in options) is expected


def test_the_time_limits_are_below_the_promise_of_two_seconds() -> None:
    assert opencv.READ_TIMEOUT_S <= 1.5


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whatever_a_camera_delivers_becomes_bgr(shape: tuple[int, ...], dtype: type) -> None:
    full = np.iinfo(dtype).max
    image = as_bgr(np.full(shape, full, dtype))
    assert image.shape == (4, 6, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert not image.flags.writeable
    assert image.min() == 255
