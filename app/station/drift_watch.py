"""Watches the running line for drift and says which figure drifts and what to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot

from app import log
from app.inspection.event import Event
from app.inspection.record import InspectionRecord
from app.quality import drift_words
from app.quality.baseline import LEAST_PARTS
from app.quality.drift import Alarm, Drift
from app.station import recipe_baseline as baselines
from app.station import tasks
from app.station.messages import sentence_of
from app.station.recipe_baseline import FULL_PARTS, Key
from app.station.station import Station
from app.store.database import Database

LOOK_AGAIN_S = 60.0
"""A baseline that somebody chose on another screen is in force after this time at the latest."""

_FEWEST_BETWEEN = 20
_WAITING = 2000


@dataclass(slots=True, eq=False)
class _Line:
    """What is known of one recipe, checkpoint and region.

    Attributes:
        drift: Its charts; None while there is no baseline.
        is_busy: A job on its baseline is under way.
        waiting: Parts that came meanwhile.
        seen: Parts so far.
        due: Number of parts at which a baseline is tried or improved.
        looked_at: When the store was last asked for a newer baseline, monotonic seconds.
    """

    drift: Drift | None = None
    is_busy: bool = False
    waiting: list[InspectionRecord] = field(default_factory=list)
    seen: int = 0
    due: int = 0
    looked_at: float = 0.0


class DriftWatch(QObject):
    """Charts every part that the station judges; a few table look-ups a part.

    The baseline is the newest one in the store that fits recipe, checkpoint and region of
    interest. Where there is none, the first 200 parts make one, the first 1000 a better one;
    an engineer may choose another on the health screen. An alarm is a message, an event, and a
    standing mark until the figure is back; production goes on.

    Signals:
        alarmed: A figure has left its baseline. arg: The Alarm.
        changed: What stands has changed. arg: Sentences with their time, tuple of str.

    Args:
        station: The station to watch.
        database: Baselines, records and events.
        parent: Owner.
    """

    alarmed = pyqtSignal(object)
    changed = pyqtSignal(object)

    def __init__(self, station: Station, database: Database, parent: QObject | None = None) -> None:
        super().__init__(station if parent is None else parent)
        self._station = station
        self._database = database
        self._lines: dict[Key, _Line] = {}
        self._key: Key | None = None
        self._told: tuple[Alarm, ...] = ()
        self._has_failed = False
        station.inspected.connect(self._on_inspected)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Those that stand for what runs now."""
        line = self._lines.get(self._key) if self._key else None
        return line.drift.alarms if line and line.drift else ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same in words, in the language in use; for the standing mark."""
        return tuple(drift_words.sentence_with_time(alarm) for alarm in self.alarms)

    @pyqtSlot()
    def look_again(self) -> None:
        """Ask the store for newer baselines now; somebody may have chosen one."""
        for key, line in self._lines.items():
            self._load(key, line)

    @pyqtSlot(object)
    def _on_inspected(self, record: InspectionRecord) -> None:
        if not record.recipe or not record.checkpoint_sha256:
            return
        key = Key.of(record)
        line = self._lines.setdefault(key, _Line())
        self._key = key
        line.seen += 1
        if line.seen == 1 or time.monotonic() - line.looked_at > LOOK_AGAIN_S:
            self._load(key, line)
        if line.is_busy and line.drift is None:
            del line.waiting[: -_WAITING + 1]
            line.waiting.append(record)
        else:
            self._take(key, line, record)
        self._tell()

    def _take(self, key: Key, line: _Line, record: InspectionRecord) -> None:
        try:
            self._chart(key, line, record)
        except Exception as error:  # noqa: BLE001
            # A fault of the charts is no fault of the line; parts are judged all the same.
            log.station.exception("part %s could not be charted", record.id)
            self._on_failed(error)

    def _chart(self, key: Key, line: _Line, record: InspectionRecord) -> None:
        if line.drift is not None:
            figures = baselines.figures_of(record, line.drift.baseline.score_below)
            for alarm in line.drift.add(figures, record.taken_utc.timestamp()):
                self._raise(key, alarm)
        if line.seen >= line.due and not line.is_busy and _can_be_better(line.drift):
            self._build(key, line)

    def _raise(self, key: Key, alarm: Alarm) -> None:
        text = drift_words.sentence_with_time(alarm)
        self._station.messages.warning(text)
        event = Event(
            at=datetime.fromtimestamp(alarm.at, UTC),
            kind="alarm",
            station=self._station.status().context.station,
            recipe=key.recipe,
            text=text,
            details=asdict(alarm),
        )
        tasks.run(lambda: self._database.events.add(event), lambda _: None, self._on_failed)
        self.alarmed.emit(alarm)

    def _tell(self) -> None:
        """Say what stands if that is news."""
        if self.alarms != self._told:
            self._told = self.alarms
            self.changed.emit(self.sentences)

    # -- baselines -----------------------------------------------------------------------

    def _load(self, key: Key, line: _Line) -> None:
        """Take over the stored baseline if it is another one."""
        line.looked_at = time.monotonic()
        if line.is_busy:
            return
        line.is_busy = True
        known = line.drift.baseline if line.drift else None

        def load() -> Drift | None:
            found = baselines.stored(self._database, key)
            # The limits of the charts are computed with it: off the thread of the window.
            return Drift(found) if found is not None and found != known else None

        tasks.run(load, lambda drift: self._on_loaded(key, line, drift), self._failure(line))

    def _build(self, key: Key, line: _Line) -> None:
        """Make a baseline of the parts so far."""
        line.is_busy = True
        least = LEAST_PARTS if line.drift is None else FULL_PARTS

        def build() -> tuple[Drift | None, int]:
            found, parts = baselines.of_latest_parts(self._database, key)
            if found is None or parts < least:
                return None, parts
            baselines.keep(self._database, found)
            return Drift(found), parts

        tasks.run(build, lambda made: self._on_built(key, line, made), self._failure(line))

    def _on_loaded(self, key: Key, line: _Line, drift: Drift | None) -> None:
        line.is_busy = False
        self._has_failed = False
        if drift is not None:
            line.drift = drift
        waiting, line.waiting = line.waiting, []
        for record in waiting:
            self._take(key, line, record)
        self._tell()

    def _on_built(self, key: Key, line: _Line, made: tuple[Drift | None, int]) -> None:
        drift, parts = made
        wanted = FULL_PARTS if parts >= LEAST_PARTS else LEAST_PARTS
        line.due = line.seen + max(_FEWEST_BETWEEN, wanted - parts)
        self._on_loaded(key, line, drift)

    def _failure(self, line: _Line) -> Callable[[Exception], None]:
        def failed(error: Exception) -> None:
            line.is_busy = False
            line.due = line.seen + LEAST_PARTS
            line.waiting.clear()
            self._on_failed(error)

        return failed

    def _on_failed(self, error: Exception) -> None:
        # Once: the station itself says that the store does not work.
        if not self._has_failed:
            self._has_failed = True
            self._station.messages.warning(sentence_of(error))


def _can_be_better(drift: Drift | None) -> bool:
    """True if there is no baseline, or one of few parts that nobody chose and nothing left."""
    if drift is None:
        return True
    found = drift.baseline
    return not found.by and found.parts < FULL_PARTS and not drift.alarms
