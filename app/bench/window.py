"""How long the window's event loop is kept waiting while the line runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from PyQt5.QtCore import QCoreApplication, QTimer

from app.bench.measurement import Measurement
from app.errors import ExpectedError
from app.paths import Home
from app.store import open_store
from app.store.base import Query
from app.ui.heartbeat import Heartbeat

_MAIN = Path(__file__).resolve().parents[2] / "main.py"
_DELAY = re.compile(r"event loop delay: p99 ([\d.]+) ms")
_URI = "sim:seed=1,fps=15,size=1280x1024"


def measure_window(home: Home, seconds: float) -> list[Measurement]:
    """Run the real window on 15 parts a second in another process and read its heartbeat.

    The baseline of the delay is the same heartbeat in an event loop that has nothing to do.

    Raises:
        ExpectedError: The window did not start.
    """
    words = [sys.executable, str(_MAIN), "--home", str(home.root), "--source", _URI]
    done = subprocess.run(
        [*words, "--quit-after", f"{seconds:.0f}"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=seconds + 120,
        check=False,
        env={"QT_QPA_PLATFORM": "offscreen"} | os.environ,
    )
    log = home.logs / "station.log"
    found = _DELAY.findall(log.read_text("utf-8")) if log.is_file() else []
    if done.returncode != 0 or not found:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ExpectedError(f"The window could not be measured: {last}")
    return [
        Measurement("gui_delay_p99_ms", float(found[-1]), "ms", "idle event loop", _idle_p99_ms()),
        Measurement("window_images_per_second", _rate(home), "images/s"),
    ]


def _rate(home: Home) -> float:
    """Return stored records a second between the first and the last one."""
    store = open_store(home.database_url)
    try:
        times = [record.taken_utc for record in store.find(Query(limit=100_000))]
    finally:
        store.close()
    span = (max(times) - min(times)).total_seconds() if times else 0.0
    return (len(times) - 1) / span if span else 0.0


def _idle_p99_ms(seconds: float = 3.0) -> float:
    app = QCoreApplication.instance() or QCoreApplication(sys.argv[:1])
    heartbeat = Heartbeat()
    heartbeat.start()
    QTimer.singleShot(round(seconds * 1000), app.quit)
    app.exec()
    heartbeat.stop()
    return heartbeat.percentile_ms(99)
