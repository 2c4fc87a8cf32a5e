"""A job's process that has outlived the program that started it."""

from __future__ import annotations

from contextlib import suppress

import psutil

from app import log

_SAME_S = 1.0
_WAIT_S = 3.0


def end_leftover(pid: int, began: float) -> bool:
    """End a process of an earlier run of the program, held or not; return whether there was one.

    A process whose program was killed sees its stdin closed and ends by itself; one that was
    held at that moment does not, and would keep its memory and its files.

    Args:
        pid: Its number.
        began: When it began, seconds since 1970; another process with that number is let be.
    """
    try:
        process = psutil.Process(pid)
        if not began or abs(process.create_time() - began) > _SAME_S:
            return False
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return False
    log.station.info("ending process %d, which an earlier run of the program has left", pid)
    for one in family:
        with suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(family, timeout=_WAIT_S)
    return True
