"""Keeps a process that reads foreign files from harming the machine."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

_SHARE = 0.8
_LEAST = 1 << 30
LIBRARY_BYTES = 1 << 30
"""Room for torch and what it brings along, which a file that is refused early never needs."""
# libraries try whether there is a folder for temporary files
_LARGEST_FILE = 1 << 12


def spare_bytes() -> int:
    """Return how much memory a candidate may take: most of what the machine has to spare."""
    import psutil

    return max(_LEAST, int(_SHARE * psutil.virtual_memory().available))


def confine() -> None:
    """Limit this process for the rest of its life, where the system can.

    It may write no file of any size and, should memory run out, it is the first that the system
    ends. On Windows that cannot be set from inside.
    """
    if sys.platform == "win32":
        return
    import resource

    for what, most in ((resource.RLIMIT_FSIZE, _LARGEST_FILE), (resource.RLIMIT_CORE, 0)):
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def limit_memory(bytes_more: int) -> None:
    """Let this process take so much more memory than it has now; a new limit replaces the old.

    Where the system has no such limit (Windows), the process that started it watches.

    Args:
        bytes_more: On top of what it has now.
    """
    if sys.platform == "win32":
        return
    import resource

    # private memory that can be written to: libraries and mapped files do not count
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + bytes_more, hard))


def _data_bytes() -> int:
    """Return the private writable memory of this process; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0
