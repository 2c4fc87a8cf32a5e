"""Opens, runs, pauses and closes the line as its state machine allows."""

from __future__ import annotations

from PyQt5.QtCore import QObject, QTimer, pyqtSignal, pyqtSlot

from app.camera.status import CameraState
from app.i18n import tr
from app.station.fault_board import FaultBoard
from app.station.faults import Cause
from app.station.golden_gate import GoldenGate
from app.station.golden_status import GoldenState
from app.station.in_force import InForce
from app.station.line_slot import LineSlot
from app.station.machine import Happening, Machine, Request
from app.station.status import StationState

STATUS_PERIOD_MS = 200


class LineDrive(QObject):
    """Takes the requests of people and what the line does by itself to the state machine.

    Signals:
        changed: The line does something else, or it is time to look at it again.
        model_wanted: The line is to be opened; it waits for its recipe's model.
        finished: The line has ended, by itself or by `stop`, and all rows are stored.

    Args:
        machine: The phases and what leads from one to another.
        slot: Opens one line at a time.
        golden: Says whether parts may be judged.
        faults: Where faults are put up.
        in_force: What judges.
    """

    changed = pyqtSignal()
    model_wanted = pyqtSignal()
    finished = pyqtSignal()

    def __init__(
        self,
        machine: Machine,
        slot: LineSlot,
        golden: GoldenGate,
        faults: FaultBoard,
        in_force: InForce,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._machine, self._slot, self._golden = machine, slot, golden
        self._faults, self._in_force = faults, in_force
        self._watch_only = False
        self._shot_wanted = False
        self._reopen_as: Request | None = None
        self._clock = QTimer(self)
        self._clock.setInterval(STATUS_PERIOD_MS)
        self._clock.timeout.connect(self._on_tick)
        slot.ready.connect(self._on_ready)
        slot.changed.connect(self.changed)
        slot.ended.connect(self._on_ended)
        slot.overflowed.connect(faults.on_overflowed)
        slot.failed.connect(faults.on_bug)
        slot.closed.connect(self._on_closed)
        golden.opened.connect(self._on_golden_opened)
        golden.closed.connect(self._on_golden_closed)
        golden.refused.connect(self._on_golden_refused)

    @property
    def is_open(self) -> bool:
        """True while a camera is open or being opened."""
        return self._slot.inference is not None

    # -- requests ------------------------------------------------------------------------

    def start(self) -> None:
        """Judge every frame from now on; opens the camera if it is closed."""
        was_idle = self._machine.phase is StationState.IDLE
        if self._has_to_wait(Request.START) or not self._machine.take(Request.START):
            return
        self._watch_only = self._shot_wanted = False
        if self._slot.inference is not None:
            self._slot.inference.judge()
        elif was_idle:
            self.model_wanted.emit()
        self.changed.emit()

    def pause(self) -> None:
        """Judge nothing from now on; the camera stays open and is shown."""
        self._golden.forget()
        if not self._machine.take(Request.PAUSE):
            return
        self._watch_only = True
        if self._slot.inference is not None:
            self._slot.inference.watch()
        self.changed.emit()

    def stop(self) -> None:
        """End the line; `finished` follows when all rows are stored."""
        self._reopen_as = None
        self._golden.forget()
        if self._machine.take(Request.STOP):
            self._end_line()

    def single_shot(self) -> None:
        """Judge exactly one frame, newer than this request; opens the camera if it is closed."""
        wait = self._has_to_wait(Request.SINGLE_SHOT)
        if wait or not self._machine.take(Request.SINGLE_SHOT):
            return
        if self._slot.inference is not None:
            self._slot.inference.shoot()
            return
        self._watch_only = self._shot_wanted = True
        self.model_wanted.emit()
        self.changed.emit()

    def swap(self) -> None:
        """Judge by what is in force now, from the next frame on."""
        # What the golden samples have not passed yet judges no part, not even one in hand.
        if self._slot.inference is not None and self._golden.is_open:
            self._slot.inference.swap(self._in_force.setup())

    def fail(self) -> None:
        """Give up opening the line."""
        if self._machine.take(Happening.FAILED):
            self._end_line()

    def fits(self) -> bool:
        """Return whether the open camera, if there is one, is that of the recipe in force."""
        ready = self._in_force.ready
        if self._slot.inference is None or ready is None:
            return True
        return self._slot.runs(self._in_force.setup(), ready.plan)

    def reopen(self) -> None:
        """Close the camera and open that of the recipe in force, in the same phase as before."""
        again = Request.PAUSE if self._watch_only else Request.START
        if self._machine.take(Request.STOP):
            self._reopen_as = again
            self._end_line()

    def close(self) -> list[str]:
        """End the line; blocks, for the exit. Returns what went wrong, in sentences."""
        self._clock.stop()
        return self._slot.close()

    # -- what the line does by itself ----------------------------------------------------

    def _end_line(self) -> None:
        self.changed.emit()
        self._slot.end()

    @pyqtSlot()
    def _on_tick(self) -> None:
        self._slot.check()
        self.changed.emit()

    @pyqtSlot()
    def _on_ready(self) -> None:
        watch = self._watch_only
        if not self._machine.take(Happening.READY_TO_WATCH if watch else Happening.READY):
            return
        if self._shot_wanted and self._slot.inference is not None:
            self._slot.inference.shoot()
        self._shot_wanted = False

    @pyqtSlot()
    def _on_ended(self) -> None:
        camera = self._slot.look().camera
        if camera.state is CameraState.LOST:
            # A file or folder that failed: it is not opened again, it would begin anew.
            self._faults.put(Cause.CAMERA, camera.message)
        if self._machine.take(Happening.ENDED):
            self._end_line()

    @pyqtSlot(object, bool)
    def _on_closed(self, problems: list[str], complete: bool) -> None:
        for problem in problems:
            self._faults.put(Cause.LINE, problem)
        if not complete:
            sentence = tr("Some records wait for the database; they are kept in the journal.")
            self._faults.put(Cause.STORE, sentence, lasts=True)
        self._clock.stop()
        self._machine.take(Happening.CLOSED)
        self.changed.emit()
        again, self._reopen_as = self._reopen_as, None
        if again is None or not self._machine.allows(Request.START):
            self.finished.emit()
            return
        self.start()
        if again is Request.PAUSE:
            self.pause()

    # -- golden samples ------------------------------------------------------------------

    def _has_to_wait(self, request: Request) -> bool:
        """Return whether the line is open and a request has to wait for the golden samples."""
        opened = self._slot.inference is not None and self._machine.allows(request)
        return opened and self._golden.hold(request)

    @pyqtSlot(object)
    def _on_golden_opened(self, held: Request | None) -> None:
        overridden = self._golden.status.state is GoldenState.OVERRIDDEN
        (self._faults.settle if overridden else self._faults.heal)(Cause.GOLDEN)
        self.swap()
        if self._slot.inference is None:
            self._open()
        elif held is not None:
            (self.start if held is Request.START else self.single_shot)()

    def _open(self) -> None:
        ready = self._in_force.ready
        if self._machine.phase is StationState.STARTING and ready is not None:
            self._clock.start()
            setup = self._in_force.setup()
            self._slot.open(ready.plan, setup, watch_only=self._watch_only)

    @pyqtSlot()
    def _on_golden_closed(self) -> None:
        was_judging = not self._watch_only
        self._shot_wanted = False
        if self._slot.inference is not None:
            self._slot.inference.watch()
            if self._machine.allows(Request.PAUSE):
                self.pause()
                if was_judging:
                    self._golden.hold(Request.START)

    @pyqtSlot(str)
    def _on_golden_refused(self, sentence: str) -> None:
        self._faults.renew(Cause.GOLDEN, sentence)
        if self._slot.inference is None:
            self.fail()
