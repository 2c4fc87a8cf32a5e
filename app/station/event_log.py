"""What happens on the station, as events in the store for the reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PyQt5.QtCore import QObject, pyqtSlot

from app.camera.status import CameraState
from app.i18n import tr
from app.inspection.event import Event, EventKind
from app.station.event_keeping import EventKeeping, SignOfLife, Table
from app.station.station import Station
from app.station.status import StationState, StationStatus

CAMERA_LOST = "camera-lost"


class EventLog(QObject):
    """Writes events off the GUI thread; a failing database neither stops nor slows the line.

    Kinds and the keys of their details (all may be read by reports):

    - "started", "paused", "stopped": `lot`, `shift`, `recipe_version`; "stopped" also `crash`
      (true: an earlier run of the program ended without saying so; `at` is its last sign of
      life, at most ten seconds old) and `closed` (true: the program was closed).
    - "fault": `cause` ("model", "store", "overflow", "camera", "line", "bug", "golden", or
      "camera-lost" while a live camera is being searched for). The text is the sentence.
    - "healed": `cause`; the fault of that cause (text: its sentence) is over, or its program
      has ended.
    - "recipe": `name`, `version`, `checkpoint`, `checkpoint_sha256`. In force from now on;
      told at every start of the program too.
    - "checkpoint": `name`, `sha256`, `detector`. The same; if a person put it in force, also
      who and why, see `app.station.swap_events`.
    - "shadow", "disagreement": see `app.station.shadow_events`.
    - "golden": see `app.golden.details.as_details`.
    - "override": `reason`, `recipe_version`, `checkpoint`, `checkpoint_sha256`, `checked_at`
      (ISO time of the check), `samples` (names of those that were not right).

    Args:
        station: The station to listen to.
        table: Where events go.
        folder: For events that wait for the database, and for the sign of life.
        retry_s: Pause between attempts while the database fails, seconds.
    """

    def __init__(self, station: Station, table: Table, folder: Path, retry_s: float = 5.0) -> None:
        super().__init__(station)
        self._station = station
        self._keeping = EventKeeping(table, folder, retry_s)
        self._before = station.status()
        self._told: dict[str, object] = {}
        self._causes: dict[str, str] = {}
        station.status_changed.connect(self._on_status_changed)
        station.happened.connect(self.add)
        station.faults.began.connect(self._on_fault_began)
        station.faults.ended.connect(self._on_fault_ended)
        station.golden.happened.connect(self.add)
        station.shadow.happened.connect(self.add)
        station.swapping.happened.connect(self._on_swapped)

    @property
    def has_pending(self) -> bool:
        """True while events wait for the database."""
        return self._keeping.has_pending

    def start(self) -> None:
        """Begin to write; first what an earlier run could not say any more. Reads a small file."""
        sign = self._keeping.last_sign()
        if sign is not None:
            self._bury(sign)
        self._keeping.start()
        self._live()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Say that the program ends and wait until that is kept; False if it took too long."""
        if self._before.phase is StationState.RUNNING:
            details = {**_place(self._before), "closed": True}
            self._tell("stopped", tr("The program was closed."), details)
        for cause in sorted(self._causes):
            self._tell("healed", self._causes[cause], {"cause": cause, "closed": True})
        return self._keeping.close(timeout_s)

    @pyqtSlot(object)
    def add(self, event: Event) -> None:
        """Keep an event of somebody else, e.g. an alarm; returns at once."""
        self._keeping.submit(event)

    @pyqtSlot(object)
    def _on_status_changed(self, status: StationStatus) -> None:
        before, self._before = self._before, status
        self._tell_in_force(status)
        self._tell_phase(before.phase, status)
        self._tell_camera(status)
        self._live()

    @pyqtSlot(object)
    def _on_swapped(self, event: Event) -> None:
        # It says who and why; the status that follows has nothing to add.
        self._told["checkpoint"] = event.details["sha256"]
        self.add(event)

    @pyqtSlot(str, str)
    def _on_fault_began(self, cause: str, sentence: str) -> None:
        self._causes[cause] = sentence
        self._tell("fault", sentence, {"cause": cause})
        self._live()

    @pyqtSlot(str)
    def _on_fault_ended(self, cause: str) -> None:
        sentence = self._causes.pop(cause, "")
        self._tell("healed", sentence, {"cause": cause})
        self._live()

    def _tell_phase(self, before: StationState, status: StationStatus) -> None:
        now = status.phase
        if now is before:
            return
        if now is StationState.RUNNING:
            self._tell("started", tr("Parts are judged."), _place(status))
        elif before is StationState.RUNNING and now is StationState.PAUSED:
            self._tell("paused", tr("Parts are not judged."), _place(status))
        elif now in (StationState.STOPPING, StationState.IDLE) and before in (
            StationState.RUNNING,
            StationState.PAUSED,
        ):
            self._tell("stopped", tr("The line was stopped."), _place(status))

    def _tell_in_force(self, status: StationStatus) -> None:
        recipe, checkpoint = status.recipe, status.checkpoint
        if checkpoint is None:
            return
        facts = (recipe.name, recipe.version)
        if self._told.get("recipe") != facts:
            self._told["recipe"] = facts
            text = tr("Recipe {name}, version {version}, is in force.")
            details = {
                "name": recipe.name,
                "version": recipe.version,
                "checkpoint": checkpoint.name,
                "checkpoint_sha256": checkpoint.sha256,
            }
            self._tell("recipe", text.format(name=recipe.name, version=recipe.version), details)
        if self._told.get("checkpoint") != checkpoint.sha256:
            self._told["checkpoint"] = checkpoint.sha256
            text = tr("Checkpoint {name} is in force.").format(name=checkpoint.name)
            details = {
                "name": checkpoint.name,
                "sha256": checkpoint.sha256,
                "detector": checkpoint.detector,
            }
            self._tell("checkpoint", text, details)

    def _tell_camera(self, status: StationStatus) -> None:
        """Tell of a live camera that is being searched for; the screen shows it as no fault."""
        camera = status.camera
        opened = status.phase not in (StationState.IDLE, StationState.STOPPING)
        lost = opened and (camera.state is CameraState.LOST or bool(camera.picture_fault))
        if lost and CAMERA_LOST not in self._causes:
            self._on_fault_began(CAMERA_LOST, camera.message)
        elif not lost and CAMERA_LOST in self._causes:
            self._on_fault_ended(CAMERA_LOST)

    def _tell(
        self,
        kind: EventKind,
        text: str,
        details: Mapping[str, Any],
        at: datetime | None = None,
    ) -> None:
        status = self._before
        context = status.context
        at = at or datetime.now(UTC)
        by = context.operator if kind in ("started", "paused", "stopped") else ""
        self.add(Event(at, kind, context.station, status.recipe.name, by, text, details))

    def _bury(self, sign: SignOfLife) -> None:
        """Say of a run that died what it could not say itself."""
        text = tr("The program ended unexpectedly.")
        if sign.running:
            self.add(
                Event(sign.at, "stopped", sign.station, sign.recipe, "", text, {"crash": True})
            )
        for cause in sign.causes:
            details = {"cause": cause, "crash": True}
            self.add(Event(sign.at, "healed", sign.station, sign.recipe, "", text, details))

    def _live(self) -> None:
        status = self._before
        running = status.phase is StationState.RUNNING
        causes = tuple(sorted(self._causes))
        self._keeping.live(
            SignOfLife(
                datetime.now(UTC), status.context.station, status.recipe.name, running, causes
            )
        )


def _place(status: StationStatus) -> dict[str, Any]:
    context = status.context
    return {
        "lot": context.lot,
        "shift": context.shift,
        "recipe_version": status.recipe.version,
    }
