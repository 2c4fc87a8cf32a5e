"""The process of one detector: it does a task, tells how far it is, and leaves files.

Lines on stdout are JSON: {"stage", "done", "total"}, at the end {"error"} if one is known.
Whatever fails in here, a crash of the interpreter included, costs this detector alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from model.comparison.record import Stage, read
from model.comparison.task import Task, judge, learn
from model.errors import ModelError
from model.learning.watch import Watch
from model.training.config import TrainingProgress

FAILED, BROKEN = 2, 3
_PAUSE_S = 0.2
_WORK: dict[Stage, Callable[[Task, Watch], None]] = {Stage.LEARN: learn, Stage.JUDGE: judge}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line names: a stage and the file of a task."""
    parser = argparse.ArgumentParser(prog="child")
    parser.add_argument("stage", type=Stage)
    parser.add_argument("task", type=Path)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    _end_with_parent()
    return work(options.stage, options.task)


def work(stage: Stage, task: Path) -> int:
    """Do a stage of the task in a file; return 0, or 2 after a sentence of what is wrong."""
    try:
        _WORK[stage](read(task, Task), Watch(_Lines().show))
    except ModelError as error:
        _say({"error": str(error)})
        return FAILED
    except OSError as error:
        _say({"error": f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."})
        return FAILED
    return 0


class _Lines:
    """Tells the progress a few times a second."""

    def __init__(self) -> None:
        self._stage, self._told_s = "", -1.0

    def show(self, now: TrainingProgress) -> None:
        at = time.monotonic()
        if now.stage == self._stage and now.done < now.total and at - self._told_s < _PAUSE_S:
            return
        self._stage, self._told_s = now.stage, at
        _say({"stage": now.stage, "done": now.done, "total": now.total})


def _say(values: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    """End at once when stdin ends: all files are written whole, so nothing half-made is left."""

    def wait() -> None:
        # os.read, since a thread that waits in sys.stdin would hold its lock at the exit
        with suppress(OSError, ValueError):
            os.read(sys.stdin.fileno(), 1)
        os._exit(BROKEN)

    threading.Thread(target=wait, name="parent", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
