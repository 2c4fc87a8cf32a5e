"""How a command tells the program that started it how far it is: one JSON line at a time."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any, TextIO

from app.commands.gentle import be_gentle, stdin_noted

_PAUSE_S = 0.2


class ProgressLines:
    """Writes the lines; use `progress_lines` to get one.

    Args:
        stream: Where to.
        ended: Set once whoever reads them wants the work to stop.
    """

    def __init__(self, stream: TextIO, ended: Event) -> None:
        self._stream = stream
        self._ended = ended
        self._stage, self._told_s = "", -math.inf

    def is_cancelled(self) -> bool:
        """Tell whether the work is to stop; to be asked between two steps."""
        return self._ended.is_set()

    def show(self, stage: str, done: int, total: int) -> None:
        """Say how far a stage is; at most five times a second, its end and a new one always.

        Args:
            stage: Its name.
            done: Steps done of it.
            total: Steps of it in all.
        """
        now_s = time.monotonic()
        if stage == self._stage and done < total and now_s - self._told_s < _PAUSE_S:
            return
        self._stage, self._told_s = stage, now_s
        self.say({"stage": stage, "done": done, "total": total})

    def say(self, values: Mapping[str, Any]) -> None:
        """Write a line of its own; numbers that are not finite become null."""
        print(json.dumps(_finite(values)), file=self._stream, flush=True)

    def result(self, values: Mapping[str, Any]) -> None:
        """Write the last line: what came of the work."""
        self.say({"result": values})


def add_progress_lines(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Declare the option, which is for programs alone."""
    parser.add_argument("--progress-lines", action="store_true", help=argparse.SUPPRESS)


@contextmanager
def progress_lines() -> Iterator[ProgressLines]:
    """Leave the machine to the line, note the end of stdin, and give what writes the lines."""
    be_gentle()
    with stdin_noted() as ended:
        yield ProgressLines(sys.stdout, ended)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
