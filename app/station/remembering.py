"""What the station was doing, kept for the next start."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QObject, pyqtSlot

from app.station import tasks
from app.station.messages import sentence_of
from app.station.station import Station
from app.station.status import StationStatus


class Remembering(QObject):
    """Writes recipe and version, lot, shift and last reset of the counters whenever they change.

    Args:
        station: The station to watch.
        write: Takes them by name; called on a pool thread.
    """

    def __init__(self, station: Station, write: Callable[..., object]) -> None:
        super().__init__(station)
        self._station = station
        self._write = write
        # The first news is written too: what is in force is known however the program ends.
        self._written: dict[str, object] = {}
        station.status_changed.connect(self._on_status_changed)

    def save(self) -> None:
        """Write them now; blocks, for the exit."""
        self._write(**self._facts(self._station.status()))

    @pyqtSlot(object)
    def _on_status_changed(self, status: StationStatus) -> None:
        facts = self._facts(status)
        if facts == self._written:
            return
        self._written = facts
        tasks.run(lambda: self._write(**facts), lambda _: None, self._on_failed)

    def _facts(self, status: StationStatus) -> dict[str, object]:
        return {
            "recipe": status.recipe.name,
            "recipe_version": status.recipe.version,
            "lot": status.context.lot,
            "shift": status.context.shift,
            "tally_since": self._station.tally_since,
        }

    def _on_failed(self, error: Exception) -> None:
        self._station.messages.warning(sentence_of(error))
