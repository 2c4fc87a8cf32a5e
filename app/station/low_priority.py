"""A thread that leaves the processor to the line."""

from __future__ import annotations

import os
import sys
import threading

from app import log

NICER = 10
"""Not lower: a thread that waits for the processor may hold Python's lock, and the line for it."""


def lower_this_thread() -> None:
    """Let the calling thread, and those it starts, give way to the line's threads.

    Linux counts niceness by thread; elsewhere `QThread.setPriority` does what can be done.
    """
    if sys.platform != "linux":
        return
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICER)
    except OSError as error:
        log.station.warning("the priority of a thread cannot be lowered: %s", error)
