"""Starts, kills, stops and restarts the MJPEG stand-in as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


class NetworkCamera:
    """The process behind `tests.rigs.mjpeg_server`; it keeps its port when restarted."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self.url = ""

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "tests.rigs.mjpeg_server", "--port", str(self._port)]
        self._process = subprocess.Popen(
            [*command, *self._options], cwd=_ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
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
