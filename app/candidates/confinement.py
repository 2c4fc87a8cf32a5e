"""Keeps a process that reads foreign files from harming the machine."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

_SHARE = 0.8
_LEAST = 1 << 29


def spare_bytes() -> int:
    """Return how much memory a candidate may take: most of what the machine has to spare."""
    import psutil

    return max(_LEAST, int(_SHARE * psutil.virtual_memory().available))


def confine(bytes_more: int, *, limit_memory: bool = True) -> None:
    """Limit this process for the rest of its life, where the system can.

    It may take so much more memory, write no file and, when memory runs out all the same, is
    the first that the system ends. On Windows nothing of that can be set from inside; there
    the process that started it watches its memory.

    Args:
        bytes_more: On top of what it has now.
        limit_memory: False where a GPU's driver reserves far more addresses than memory.
    """
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limit_memory:
        # private memory that can be written to: libraries and mapped files do not count
        with suppress(OSError, ValueError):
            most = _data_bytes() + bytes_more
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _data_bytes() -> int:
    """Return the private writable memory of this process; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0
