"""Starts, kills, stops and restarts a stand-in camera as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

NOT_HERE = 3
"""Exit code of a stand-in whose software is not installed."""

_ROOT = Path(__file__).resolve().parents[2]


class NetworkCamera:
    """The process behind `tests.rigs.mjpeg_server`; it keeps its port when restarted."""

    program = (sys.executable, "-m", "tests.rigs.mjpeg_server")

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self.url = ""

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [*self.program, "--port", str(self._port), *self._options]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url and self._process.wait(10) == NOT_HERE:
            pytest.skip(f"STAND-IN CAMERA ABSENT: {self.program[-1]}; this test proves nothing")
        assert self.url, "the stand-in camera did not start"
        self._port = int(self.url.rsplit(":", 1)[1].split("/")[0])

    def kill(self) -> None:
        """End it like a power cut (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate(timeout=10)
            self._process = None

    def hang(self) -> None:
        """Stop the process; its sockets stay open (POSIX)."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def mode(self, name: str) -> None:
        """Set a fault mode."""
        with urllib.request.urlopen(self.url.replace("cam.mjpg", f"mode/{name}"), timeout=10):
            pass


class RtspCamera(NetworkCamera):
    """A camera that speaks RTSP; skips the test where GStreamer's server is absent."""

    program = ("/usr/bin/python3", "tests/rigs/rtsp_server.py")

    def start(self) -> None:
        """Start it and wait until it listens."""
        if not Path(self.program[0]).exists():
            pytest.skip("STAND-IN CAMERA ABSENT: no /usr/bin/python3; this test proves nothing")
        super().start()
