"""The whole program with a detector that needs no checkpoint; run as a module."""

from __future__ import annotations

import sys

from app import application, entry
from tests.rigs.grey_detector import GreyDetector


class GreyRun(application.Run):
    """Loads the grey detector whatever checkpoint is asked for, but "missing"."""

    def _load(self, name: str) -> GreyDetector:  # type: ignore[override]
        return GreyDetector(name, limit=0.4)


if __name__ == "__main__":
    application.Run = GreyRun  # type: ignore[misc]
    sys.exit(entry.main())
