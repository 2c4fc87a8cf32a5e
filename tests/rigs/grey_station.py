"""The whole program with a detector that needs no checkpoint; run as a module."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from app import application, entry
from app.station.services import Unchecked
from tests.rigs.grey_detector import GreyDetector


class GreyRun(application.Run):
    """Loads the grey detector whatever checkpoint is asked for, but "missing"."""

    def _load(self, name: str) -> GreyDetector:  # type: ignore[override]
        return GreyDetector(name, limit=0.4)

    def _check(  # type: ignore[override]
        self, path: Path, cancelled: Callable[[], bool]
    ) -> Unchecked:
        return Unchecked()


if __name__ == "__main__":
    application.Run = GreyRun  # type: ignore[misc]
    sys.exit(entry.main())
