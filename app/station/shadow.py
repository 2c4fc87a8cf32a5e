"""A candidate that judges the line's frames beside the checkpoint in force, without a say."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QObject, pyqtSignal

from app.station.shadow_status import (
    Disagreement,
    ShadowPair,
    ShadowState,
    ShadowStatus,
)

__all__ = ["REMEMBERED", "Disagreement", "Shadow", "ShadowPair", "ShadowState", "ShadowStatus"]

REMEMBERED = 200
"""So many disagreements stay in memory; all of a run are kept as events."""


class Shadow(QObject):
    """Lets a candidate judge what the line judges, in the time that the line leaves.

    All methods are called in the thread it lives in and return at once.

    Signals:
        changed: `status` says something else; at most a few times a second.
        disagreed: The candidate found otherwise. arg: the Disagreement.
        ended: The candidate judges no longer. arg: why, one sentence.
        happened: Something to be kept. arg: Event.
    """

    changed = pyqtSignal()
    disagreed = pyqtSignal(object)
    ended = pyqtSignal(str)
    happened = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._status = ShadowStatus()

    @property
    def status(self) -> ShadowStatus:
        """How it stands."""
        return self._status

    @property
    def pairs(self) -> tuple[ShadowPair, ...]:
        """The newest parts that both have judged, oldest first; bounded."""
        return ()

    def start(self, path: Path, by: str = "") -> None:
        """Check and load a candidate and let it judge beside; one that judges is ended."""

    def stop(self) -> None:
        """End the candidate; its figures stay."""

    def promote(self, by: str, why: str) -> None:
        """Put the candidate in force; it is warm already. See `Station.swapping` for the end."""
