"""Logging: one logger per area, a rotating file, the last lines kept for the log view."""

from __future__ import annotations

import logging
import sys
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"

camera = logging.getLogger("camera")
inspection = logging.getLogger("inspection")
store = logging.getLogger("store")
station = logging.getLogger("station")
ui = logging.getLogger("ui")
cli = logging.getLogger("cli")


class RingHandler(logging.Handler):
    """Keeps the last records in memory for the log view and the crash report."""

    def __init__(self, size: int = 1000) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=size)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one formatted record."""
        self.lines.append(self.format(record))


def set_up(
    folder: Path | None, level: int = logging.INFO, console: int = logging.NOTSET
) -> RingHandler:
    """Send all records to stderr, to `folder`/station.log and to the returned ring.

    Args:
        folder: Folder of the file; None for no file.
        level: Lowest level that is logged at all.
        console: Lowest level that goes to stderr, if that is higher.

    Safe to call again: earlier handlers of this function are replaced. stdout is never
    used, it belongs to results.
    """
    root = logging.getLogger()
    root.setLevel(level)
    for old in [h for h in root.handlers if getattr(h, "station_handler", False)]:
        root.removeHandler(old)
        old.close()
    ring = RingHandler()
    stderr = logging.StreamHandler(sys.stderr)
    stderr.setLevel(console)
    handlers: list[logging.Handler] = [stderr, ring]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        handlers.append(
            RotatingFileHandler(
                folder / "station.log", maxBytes=5_000_000, backupCount=5, encoding="utf-8"
            )
        )
    for handler in handlers:
        handler.station_handler = True  # type: ignore[attr-defined]
        handler.setFormatter(logging.Formatter(FORMAT))
        root.addHandler(handler)
    return ring
