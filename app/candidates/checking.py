"""Loads candidates in a process of its own, which may die of them.

One line of JSON goes in for each file and one comes out, so that many files can share a process;
the end of its stdin ends it, also when the program that started it dies.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from app import i18n, log
from app.candidates.check_child import CheckChild, Ended
from app.candidates.check_report import (
    CANCELLED,
    DIED,
    MEMORY,
    TIME,
    CheckReport,
    refused,
)
from app.candidates.confinement import LIBRARY_BYTES, spare_bytes
from app.paths import Home
from app.program import program

__all__ = ["CheckProcess", "CheckReport", "check_in_process", "check_many"]

_START_S = 120.0
_FILE_S = 180.0


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
        self._child: CheckChild | None = None

    def __enter__(self) -> CheckProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self, *, at_once: bool = False) -> None:
        """End the process.

        Args:
            at_once: Do not wait for what it is doing.
        """
        if self._child is not None:
            self._child.end(at_once=at_once)
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
            self.close(at_once=True)
        return report if report.ok else _in_the_users_language(report, path)

    def _started(self) -> CheckChild:
        budget = self._budget()
        words = [
            *program(), "checkpoint", "check", "--here", f"--home={self._home.root}",
            f"--device={self._device}", f"--spare={budget}",
        ]  # fmt: skip
        return CheckChild(words, budget + LIBRARY_BYTES)

    def _budget(self) -> int:
        return spare_bytes() if self._spare is None else self._spare

    def _asked(self, child: CheckChild, path: Path, cancelled: Callable[[], bool]) -> CheckReport:
        try:
            if not child.is_ready:
                child.answer(time.monotonic() + _START_S, cancelled)
                child.is_ready = True
            child.ask(path)
            line = child.answer(time.monotonic() + self._patience_s, cancelled)
            return CheckReport.from_json(json.loads(line))
        except Ended as ended:
            return _sentence(ended.why, path, child)
        except (ValueError, KeyError, TypeError):
            log.station.exception("the answer about %s is not understood", path)
            return _sentence(DIED, path, child)


def _in_the_users_language(report: CheckReport, path: Path) -> CheckReport:
    """Return a report whose sentence people understand; what the model says is English."""
    if i18n.language() == "en":
        return report
    log.station.info("%s", report.sentence)
    return replace(report, sentence=f"{path.name}: {report.headline}")


def _sentence(why: str, path: Path, child: CheckChild) -> CheckReport:
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
