"""A thread that leaves the processor to the line."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from app import log

Result = TypeVar("Result")

NICER = 10
"""Not lower: a thread that waits for the processor may hold Python's lock, and the line for it."""


def lower_this_thread() -> None:
    """Let the calling thread, and those it starts, give way to the line's threads.

    Linux counts niceness by thread; elsewhere `QThread.setPriority` does what can be done.
    """
    if sys.platform != "linux":
        return
    try:
        thread = threading.get_native_id()
        now = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, max(NICER, now))
    except OSError as error:
        log.station.warning("the priority of a thread cannot be lowered: %s", error)


def gently(job: Callable[[], Result]) -> Result:
    """Run a job on a thread of its own with a low priority; wait for it and return its result.

    A thread that was lowered cannot be raised again, so none of the pool is.

    Raises:
        Exception: What the job raises.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        lower_this_thread()
        try:
            outcome.set_result(job())
        except BaseException as error:  # noqa: BLE001 - raised where the job was asked for
            outcome.set_exception(error)

    thread = threading.Thread(target=run, name="candidate", daemon=True)
    thread.start()
    thread.join()
    return outcome.result()
