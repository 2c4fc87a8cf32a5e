"""A process that leaves the machine to the line and ends with the program that started it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_NICER = 10
_BELOW_NORMAL_PRIORITY_CLASS = 0x4000


def be_gentle() -> None:
    """Take a low priority and half of the cores, so that the line keeps its pace."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(_NICER)
    # late: it takes a second that no other command should wait for
    import torch

    torch.set_num_threads(max(1, (os.cpu_count() or 2) // 2))


@contextmanager
def stdin_noted() -> Iterator[threading.Event]:
    """Give an event that is set once stdin says anything or ends, as when its owner dies."""
    asked = threading.Event()

    def wait() -> None:
        # os.read, since a thread that waits in sys.stdin would hold its lock at the exit
        with suppress(OSError, ValueError):
            os.read(sys.stdin.fileno(), 1)
        asked.set()

    threading.Thread(target=wait, name="stdin", daemon=True).start()
    yield asked
