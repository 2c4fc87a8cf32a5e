"""The headless line on an MJPEG stream that dies and comes back."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.station_process import ROOT, objects, start, stored


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _camera(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.rigs.mjpeg_server", "--port", str(port), "--fps", "15"],
        cwd=ROOT,
    )


def test_judging_resumes_when_the_stream_comes_back(tmp_path: Path) -> None:
    port = _free_port()
    camera = _camera(port)
    line = start(
        "--headless", "--source", f"http://127.0.0.1:{port}/video", "--count", 60, "--json",
        "--home", tmp_path,
    )  # fmt: skip
    assert line.stdout is not None
    try:
        printed = [line.stdout.readline() for _ in range(20)]
        camera.kill()
        camera.wait(timeout=10)
        camera = _camera(port)
        printed += line.stdout.readlines()
        assert line.wait(timeout=60) == 0
    finally:
        line.kill()
        line.wait(timeout=10)
        line.stdout.close()
        camera.kill()
        camera.wait(timeout=10)
    verdicts = objects("".join(printed))
    assert len(verdicts) == 60
    assert all(verdict["score"] is not None for verdict in verdicts)
    assert [row["id"] for row in stored(tmp_path)] == [verdict["id"] for verdict in verdicts]
