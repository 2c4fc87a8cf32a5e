"""Begins the shifts by the clock, so that their golden samples are judged in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from PyQt5.QtCore import QObject, QTimer, pyqtSlot

from app import log
from app.station.station import Station

_LOOK_EVERY_MS = 5000


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of every day.

    Attributes:
        begins: Time of day, of the station's place.
        name: As records carry it.
    """

    begins: time
    name: str


def shifts_of(texts: Sequence[str]) -> tuple[Shift, ...]:
    """Return the shifts of settings like "06:00 A", by their beginnings.

    Raises:
        ValueError: One has no time or no name.
    """
    found = []
    for text in texts:
        begins, _, name = text.partition(" ")
        if not name.strip():
            raise ValueError(f"{text!r} is no shift: a time and a name are needed, like 06:00 A")
        found.append(Shift(time.fromisoformat(begins), name.strip()))
    return tuple(sorted(found, key=lambda shift: shift.begins))


def shift_at(shifts: Sequence[Shift], now: time) -> str:
    """Return the name of the shift at a time of day; the last one runs past midnight.

    Args:
        shifts: By their beginnings, at least one.
        now: Time of day.
    """
    begun = [shift for shift in shifts if shift.begins <= now]
    return (begun or shifts)[-1].name


class ShiftClock(QObject):
    """Tells the station when another shift begins; what a person sets meanwhile stays.

    Args:
        station: The station.
        shifts: By their beginnings; none: the clock does nothing.
        now: The time of the station's place.
    """

    def __init__(
        self,
        station: Station,
        shifts: Sequence[Shift],
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(station)
        self._station = station
        self._shifts = tuple(shifts)
        self._now = now
        self._begun = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin the shift of now, and the next ones in time."""
        if self._shifts:
            self.look()
            self._timer.start()

    def stop(self) -> None:
        """Begin no shift any more."""
        self._timer.stop()

    @pyqtSlot()
    def look(self) -> None:
        """Begin another shift if its time has come."""
        name = shift_at(self._shifts, self._now().time())
        if name == self._begun:
            return
        self._begun = name
        context = self._station.status().context
        if context.shift != name:
            log.station.info("shift %s begins", name)
            self._station.set_context(context.lot, shift=name)
