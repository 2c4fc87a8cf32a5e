"""Loads candidates in a process of its own, which may die of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.candidates.check_report import CheckReport
from app.paths import Home

__all__ = ["CheckReport", "check_in_process"]


def check_in_process(
    path: Path,
    home: Home,
    device: str = "auto",
    cancelled: Callable[[], bool] | None = None,
) -> CheckReport:
    """Load a checkpoint in a throw-away process and judge a picture with it. Blocks for seconds.

    The process has a low priority, a time limit and, where the system has one, a limit on its
    memory. Whatever the file is, the caller gets a report.

    Args:
        path: The candidate.
        home: Where backbone weights are looked for.
        device: "auto", "cpu" or "cuda".
        cancelled: Asked some times per second; the process is ended once it says so.
    """
    raise NotImplementedError
