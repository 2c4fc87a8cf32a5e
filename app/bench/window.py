"""How long the window's event loop is kept waiting while the line runs."""

from __future__ import annotations

import json
import subprocess
import sys

from app.bench.measurement import Measurement
from app.errors import ExpectedError
from app.paths import Home

_NOTHING = "idle event loop"


def measure_window(home: Home, seconds: float) -> list[Measurement]:
    """Run the real window on the demo line in another process and read its heartbeat.

    The baseline is the same heartbeat in an event loop that has nothing to do.

    Raises:
        ExpectedError: The window did not start.
    """
    words = [sys.executable, "-m", "app.bench.heartbeat", str(home.root), f"{seconds:.0f}"]
    done = subprocess.run(
        words, capture_output=True, text=True, encoding="utf-8", timeout=seconds + 120, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ExpectedError(f"The window could not be measured: {last}")
    found = json.loads(done.stdout.splitlines()[-1])
    rows = [
        Measurement("gui_delay_p99_ms", found["busy_p99_ms"], "ms", _NOTHING, found["idle_p99_ms"]),
        Measurement("window_images_per_second", found["images_per_second"], "images/s"),
    ]
    if found["peak_memory_mib"] is not None:
        rows.append(Measurement("window_peak_memory_mib", found["peak_memory_mib"], "MiB"))
    return rows
