"""Ctrl-C as a wish that is granted between two steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancelled(Exception):
    """The work was to stop and has stopped; never leaves the loop."""


@contextmanager
def ctrl_c_noted(*, is_patient: bool) -> Iterator[Callable[[], bool]]:
    """Give a question that is answered True once Ctrl-C has been pressed.

    Outside the main thread, and where the program handles Ctrl-C itself, nothing is changed.

    Args:
        is_patient: A second Ctrl-C is noted too; otherwise it raises KeyboardInterrupt at once.
    """
    is_free = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or not is_free:
        yield lambda: False
        return
    asked = threading.Event()

    def note(*_: object) -> None:
        if asked.is_set() and not is_patient:
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
