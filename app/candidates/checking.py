"""Loads candidates in a process of its own, which may die of them.

One line of JSON goes in for each file and one comes out, so that many files can share a process;
the end of its stdin ends it, also when the program that started it dies.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from app import log
from app.candidates.check_report import (
    CANCELLED,
    DIED,
    MEMORY,
    TIME,
    CheckReport,
    refused,
)
from app.candidates.confinement import spare_bytes
from app.paths import Home
from app.program import program

__all__ = ["CheckProcess", "CheckReport", "check_in_process", "check_many"]

_START_S = 120.0
_FILE_S = 180.0
_POLL_S = 0.1
_END_S = 3.0
_LAST = 4000
_SIGKILL = 9
_GONE = None


def check_in_process(
    path: Path,
    home: Home,
    device: str = "auto",
    cancelled: Callable[[], bool] | None = None,
) -> CheckReport:
    """Load a checkpoint in a throw-away process and judge a picture with it. Blocks for seconds.

    The process has a low priority, a time limit and, where the system has one, a limit on its
    memory. Whatever the file is, the caller gets a report.

    Args:
        path: The candidate.
        home: Where backbone weights are looked for.
        device: "auto", "cpu" or "cuda".
        cancelled: Asked some times per second; the process is ended once it says so.
    """
    with CheckProcess(home, device) as process:
        return process.check(path, cancelled)


def check_many(
    paths: Sequence[Path],
    home: Home,
    device: str = "auto",
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[CheckReport]:
    """Check several files one after the other in one process; if it dies, in a new one.

    Args:
        paths: The candidates.
        home: Where backbone weights are looked for.
        device: "auto", "cpu" or "cuda".
        cancelled: Asked some times per second.
    """
    with CheckProcess(home, device) as process:
        for path in paths:
            yield process.check(path, cancelled)


class CheckProcess:
    """The throw-away process; started by the first check, and again after it has died.

    Args:
        home: Where backbone weights are looked for.
        device: "auto", "cpu" or "cuda".
        patience_s: Time for one file, seconds.
        spare: Memory that a candidate may take, bytes; None for most of what is free.
    """

    def __init__(
        self,
        home: Home,
        device: str = "auto",
        patience_s: float = _FILE_S,
        spare: int | None = None,
    ) -> None:
        self._home, self._device = home, device
        self._patience_s, self._spare = patience_s, spare
        self._child: _Child | None = None

    def __enter__(self) -> CheckProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def check(self, path: Path, cancelled: Callable[[], bool] | None = None) -> CheckReport:
        """Return what came of one file; never raises for anything that a file can do.

        Args:
            path: The candidate.
            cancelled: Asked some times per second.
        """
        asked = cancelled or (lambda: False)
        try:
            if self._child is None:
                self._child = self._started()
            report = self._asked(self._child, path.absolute(), asked)
        except OSError as error:
            log.station.warning("the process that checks %s fails: %s", path, error)
            report = refused(DIED, f"The process that checks {path} cannot be run: {error}.")
        if report.problem in (CANCELLED, DIED, TIME, MEMORY):
            self.close()
        return report

    def _started(self) -> _Child:
        budget = self._budget()
        words = [
            *program(), "checkpoint", "check", "--here", f"--home={self._home.root}",
            f"--device={self._device}", f"--spare={budget}",
        ]  # fmt: skip
        return _Child(words, budget)

    def _budget(self) -> int:
        return spare_bytes() if self._spare is None else self._spare

    def _asked(self, child: _Child, path: Path, cancelled: Callable[[], bool]) -> CheckReport:
        try:
            if not child.is_ready:
                child.answer(time.monotonic() + _START_S, cancelled)
                child.is_ready = True
            child.ask(path)
            line = child.answer(time.monotonic() + self._patience_s, cancelled)
            return CheckReport.from_json(json.loads(line))
        except _Ended as ended:
            return _sentence(ended.why, path, child)
        except (ValueError, KeyError, TypeError):
            log.station.exception("the answer about %s is not understood", path)
            return _sentence(DIED, path, child)


class _Ended(Exception):
    """No answer came.

    Attributes:
        why: Code of a report.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Child:
    """The running process with what it says.

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
        # a process that has died is noticed when no answer comes
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(str(path)).encode("ascii") + b"\n")
            self._process.stdin.flush()

    def answer(self, until: float, cancelled: Callable[[], bool]) -> bytes:
        """Return the next line.

        Raises:
            _Ended: It was cancelled, took too long, took too much memory, or has died.
        """
        while not cancelled():
            try:
                line = self._lines.get(timeout=_POLL_S)
            except queue.Empty:
                if time.monotonic() > until:
                    raise _Ended(TIME) from None
                if self._at_start and self._resident() - self._at_start > self._budget:
                    raise _Ended(MEMORY) from None
                continue
            if line is _GONE:
                raise _Ended(self._cause())
            return line
        raise _Ended(CANCELLED)

    def last_words(self) -> str:
        """Return the end of what it said of its own accord."""
        return self._said.decode("utf-8", "replace")

    def end(self) -> None:
        """End it, by force if it does not listen."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_END_S if self.is_ready and self._lines.empty() else 0)
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


def _sentence(why: str, path: Path, child: _Child) -> CheckReport:
    """Return the report of a file about which nothing was answered."""
    sentences = {
        CANCELLED: f"The check of {path} was stopped.",
        TIME: f"The checkpoint {path} took too long to load and was given up; try again later.",
        MEMORY: f"The checkpoint {path} needs more memory than this computer has to spare; "
        "end other programs or take a smaller one.",
        DIED: f"The process that loaded the checkpoint {path} has died of it; do not use the file.",
    }
    if why == DIED:
        log.station.warning("the check of %s has died:\n%s", path, child.last_words())
    return refused(why, sentences[why])
