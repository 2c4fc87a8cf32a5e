"""The running line takes a recipe over, or gets the old one back."""

from __future__ import annotations

import time

from PyQt5.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from app import log
from app.camera.status import CameraState
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.inspection.region_fit import misfit
from app.station.change_steps import Change
from app.station.faults import Cause
from app.station.golden_status import GoldenState
from app.station.preparing import Prepared
from app.station.station import Station
from app.station.status import StationState

WAIT_S = 12.0
_LOOK_MS = 40
_OWN_FAULTS = (Cause.CAMERA, Cause.GOLDEN, Cause.MODEL)


class TakingOver(QObject):
    """Puts a checked recipe in force and watches that the line judges with it.

    A camera with other settings cannot be tried beside the line: then the line opens it without
    judging, the picture is looked at, and only then parts are judged.

    Signals:
        done: The line does with the new recipe what it did before.
        failed: It does not. arg: why, one sentence. `go_back` is to be called.
        back: The old recipe is in force again, or all has been tried for it.

    Args:
        station: The running line.
        wait_s: The line must have a picture of the new camera within this time, seconds.
    """

    done = pyqtSignal()
    failed = pyqtSignal(str)
    back = pyqtSignal()

    def __init__(
        self, station: Station, wait_s: float = WAIT_S, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._station = station
        self._wait_s = wait_s
        self._change: Change | None = None
        self._wanted: Recipe | None = None
        self._phase = StationState.IDLE
        self._reopens = False
        self._looks_first = False
        self._taken = False
        self._returns = False
        self._began: set[str] = set()
        self._until = 0.0
        self._opened_at = 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(_LOOK_MS)
        self._clock.timeout.connect(self._look)
        station.recipe_taken.connect(self._on_taken)
        station.recipe_refused.connect(self._on_refused)
        station.faults.began.connect(self._on_fault_began)

    @property
    def is_busy(self) -> bool:
        """True while a recipe is being taken over or back."""
        return self._clock.isActive()

    def begin(self, change: Change, prepared: Prepared) -> None:
        """Put a recipe in force; `done` or `failed` follows."""
        status = self._station.status()
        self._change, self._phase, self._began = change, status.phase, set()
        ready, recipe = change.ready, prepared.recipe
        same = recipe.source_uri == change.used.source_uri
        same = same and ready is not None and ready.plan == prepared.plan
        self._reopens = status.phase is not StationState.IDLE and not same
        self._looks_first = self._reopens and change.size is None
        if self._reopens and status.state is StationState.FAULT:
            # A camera that is closed under a fault would not be opened again.
            self.failed.emit(tr("Read and acknowledge the fault first."))
            return
        if self._looks_first:
            self._station.pause()
        self._ask(recipe, prepared)

    def go_back(self) -> None:
        """Put the recipe in force again that was before; `back` follows."""
        change = self._change
        if change is None or self._station.status().recipe is change.used:
            self._restore_phase()
            self._end()
            return
        for cause in _OWN_FAULTS:
            if cause.value in self._began:
                # It was the new recipe's, and whoever wanted it is told.
                self._station.faults.settle(cause)
        self._returns = True
        self._ask(change.used, change.ready)

    def rest(self) -> None:
        """Watch nothing any more; for the exit."""
        self._clock.stop()

    def _ask(self, recipe: Recipe, ready: Prepared | None) -> None:
        self._wanted, self._taken = recipe, False
        self._opened_at = time.monotonic()
        self._until = self._opened_at + self._wait_s
        self._clock.start()
        self._station.use_recipe(recipe, ready)

    @pyqtSlot(object)
    def _on_taken(self, recipe: Recipe) -> None:
        if self._clock.isActive() and recipe is self._wanted:
            self._taken = True
            self._until = time.monotonic() + self._wait_s

    @pyqtSlot(str)
    def _on_refused(self, sentence: str) -> None:
        if self._clock.isActive() and not self._taken:
            self._fail(sentence)

    @pyqtSlot(str, str)
    def _on_fault_began(self, cause: str, _: str) -> None:
        self._began.add(cause)

    @pyqtSlot()
    def _look(self) -> None:
        """See how far the line is; not in its own signals, which come in between."""
        status = self._station.status()
        if status.golden.state is GoldenState.CHECKING:
            self._until = time.monotonic() + self._wait_s
        elif self._taken and status.golden.blocks:
            self._fail(status.fault or tr("The golden samples are not right."))
        elif self._taken and self._is_there():
            self._clock.stop()
            self._end() if self._returns else self.done.emit()
        elif time.monotonic() > self._until:
            text = tr("The line did not take the recipe over in time.")
            lost = status.camera.state is CameraState.LOST
            self._fail(status.camera.message if lost and status.camera.message else text)

    def _is_there(self) -> bool:
        """Return whether the line does again what it did; help it if it has to be asked."""
        status = self._station.status()
        if self._phase is StationState.IDLE or not self._clock.isActive():
            return self._phase is StationState.IDLE
        if status.phase is StationState.IDLE:
            if not self._returns:
                # The camera has ended or failed at once; an open line never rests.
                self._fail(status.fault or status.camera.message or tr("The camera has ended."))
                return False
            self._station.start()
            return False
        if self._phase is StationState.STARTING:
            return True
        if status.phase not in (StationState.RUNNING, StationState.PAUSED):
            return False
        if self._looks_first and not self._returns and not self._fits():
            return False
        if status.phase is not self._phase:
            self._restore_phase()
            return False
        return status.camera.state is CameraState.STREAMING

    def _fits(self) -> bool:
        frame = self._station.latest_frame()
        if frame is None or frame.taken < self._opened_at or self._wanted is None:
            return False
        height, width = frame.image.shape[:2]
        if problem := misfit(self._wanted, width, height):
            self._fail(problem)
            return False
        return True

    def _restore_phase(self) -> None:
        now = self._station.status().phase
        if self._phase is StationState.RUNNING and now is StationState.PAUSED:
            self._station.start()
        elif self._phase is StationState.PAUSED and now is StationState.RUNNING:
            self._station.pause()

    def _fail(self, sentence: str) -> None:
        self._clock.stop()
        if self._returns:
            log.station.error("the recipe before is not back as it was: %s", sentence)
            self._end()
        else:
            self.failed.emit(sentence)

    def _end(self) -> None:
        self._clock.stop()
        self._change, self._wanted, self._returns = None, None, False
        self.back.emit()
