"""The running process that checks candidates: lines go in and come out, and it can be ended."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from app.candidates.check_report import CANCELLED, DIED, MEMORY, TIME

_POLL_S = 0.1
_END_S = 3.0
_LAST = 4000
_SIGKILL = 9
_GONE = None


class Ended(Exception):
    """No answer came.

    Attributes:
        why: Code of a report.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CheckChild:
    """The running process with what it says.

    Args:
        words: Program and options.
        budget: It may grow by so much while it is at work on a file, bytes.

    Attributes:
        is_ready: It has said that it listens.
    """

    def __init__(self, words: list[str], budget: int) -> None:
        self.is_ready = False
        self._budget = budget
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # a window of its own would pop up on Windows
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._said = b""
        self._at_start = 0
        self._readers = [
            threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def ask(self, path: Path) -> None:
        """Name the next file."""
        assert self._process.stdin is not None
        self._at_start = self._resident()
        # a process that has died is noticed when no answer comes; Windows has no broken pipes
        with suppress(OSError):
            self._process.stdin.write(json.dumps(str(path)).encode("ascii") + b"\n")
            self._process.stdin.flush()

    def answer(self, until: float, cancelled: Callable[[], bool]) -> bytes:
        """Return the next line.

        Raises:
            Ended: It was cancelled, took too long, took too much memory, or has died.
        """
        while not cancelled():
            try:
                line = self._lines.get(timeout=_POLL_S)
            except queue.Empty:
                if time.monotonic() > until:
                    raise Ended(TIME) from None
                if self._at_start and self._resident() - self._at_start > self._budget:
                    raise Ended(MEMORY) from None
                continue
            if line is _GONE:
                raise Ended(self._cause())
            return line
        raise Ended(CANCELLED)

    def last_words(self) -> str:
        """Return the end of what it said of its own accord."""
        return self._said.decode("utf-8", "replace")

    def end(self, *, at_once: bool = False) -> None:
        """End it, by force if it does not listen.

        Args:
            at_once: By force: it is at work on something that nobody waits for.
        """
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(0 if at_once or not self.is_ready else _END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _cause(self) -> str:
        code = self._process.wait()
        # the system ends whoever takes the last of its memory with this signal
        return MEMORY if code == -_SIGKILL else DIED

    def _resident(self) -> int:
        """Return its memory in bytes, 0 once it has died."""
        import psutil

        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._lines.put(line)
        self._lines.put(_GONE)

    def _listen(self, stream: IO[bytes]) -> None:
        while part := stream.read1(_LAST) if hasattr(stream, "read1") else stream.read(1):
            self._said = (self._said + part)[-_LAST:]
