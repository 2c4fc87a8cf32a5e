"""Starts the process of one detector, listens to it, and ends it when its time is over."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from model.comparison.record import LOG, Failure, Stage
from model.errors import ModelError

_ROOT = Path(__file__).resolve().parents[2]
_POLL_S = 0.2
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_OWN_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_GRACE_S = 60.0

Step = Callable[[str, int, int], None]


class ComparisonCancelled(ModelError):
    """The comparison was stopped on request; what was finished is kept."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of progress and who may stop it.

    Attributes:
        step: Told (stage, done, total).
        cancelled: Asked several times a second.
    """

    step: Step
    cancelled: Callable[[], bool]


def done_apart(
    stage: Stage, task: Path, listener: Listener, seconds: float | None
) -> Failure | None:
    """Do a stage of a task in a process of its own; None if it was done.

    Args:
        stage: What to do.
        task: File of the task, in the folder of its detector.
        listener: Hears of it.
        seconds: The process is ended after so long; None for never.

    Raises:
        ComparisonCancelled: The listener said so; the process was ended.
        ModelError: The process could not be started.
    """
    log = task.parent / LOG
    words = [sys.executable, "-m", "model.comparison.child", stage.value, str(task)]
    try:
        with log.open("wb") as errors:
            process = subprocess.Popen(
                words,
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                # idle OpenMP threads must not spin
                env={"OMP_WAIT_POLICY": "PASSIVE"} | os.environ,
                # Ctrl-C is ours to answer; and a window of its own would pop up on Windows
                start_new_session=True,
                creationflags=_NO_WINDOW | _OWN_GROUP,
            )
    except OSError as error:
        raise ModelError(f"The process of a detector could not be started: {error}.") from error
    with process:
        try:
            said = _listened(process, listener, seconds)
        finally:
            _end(process)
    if said.out_of_time:
        return Failure(stage.value, f"It was stopped after {_minutes(seconds)}: out of time.")
    return _failure(stage, process.returncode, said.error, log)


@dataclass(slots=True)
class _Said:
    """What was heard of a process."""

    error: str = ""
    out_of_time: bool = False


def _listened(process: subprocess.Popen[bytes], listener: Listener, seconds: float | None) -> _Said:
    """Listen until the process has ended or must end."""
    assert process.stdout is not None
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), name="listener")
    reader.start()
    until = None if seconds is None else time.monotonic() + seconds
    said = _Said()
    try:
        while _heard(lines, said, listener):
            if until is not None and time.monotonic() > until:
                said.out_of_time = True
                process.kill()
                break
    except BaseException:
        process.kill()
        raise
    finally:
        reader.join()
    return said


def _heard(lines: queue.SimpleQueue[bytes | None], said: _Said, listener: Listener) -> bool:
    """Take the next line, if there is one by now; False at the end of all."""
    if listener.cancelled():
        raise ComparisonCancelled(
            "The comparison was stopped; what is finished is kept, and the same command goes on "
            "from there."
        )
    try:
        line = lines.get(timeout=_POLL_S)
    except queue.Empty:
        return True
    if line is not None:
        _hear(line, said, listener.step)
    return line is not None


def _read(stream: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _hear(line: bytes, said: _Said, step: Step) -> None:
    try:
        values: Any = json.loads(line)
    except ValueError:
        return  # a library that prints; it is no message
    if not isinstance(values, dict):
        return
    if "error" in values:
        said.error = str(values["error"])
    elif "stage" in values:
        step(str(values["stage"]), int(values["done"]), int(values["total"]))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a process that has said its last word; bring it about if need be."""
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _failure(stage: Stage, code: int, error: str, log: Path) -> Failure | None:
    if code == 0:
        return None
    if error:
        return Failure(stage.value, error)
    if code < 0:
        name = signal.Signals(-code).name
        why = " (the machine may have too little memory)" if name == "SIGKILL" else ""
        return Failure(stage.value, f"Its process was ended by {name}{why}.", str(log))
    return Failure(stage.value, f"Its process ended with code {code}; see the log.", str(log))


def _minutes(seconds: float | None) -> str:
    spent = (seconds or 0.0) / 60
    return f"{spent:.3g} minute" if spent == 1 else f"{spent:.3g} minutes"
