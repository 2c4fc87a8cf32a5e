"""The station: one object that the window, the headless line and the tests talk to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PyQt5.QtCore import QMetaObject, QObject, Qt, QTimer, pyqtSlot

from app import log
from app.camera.status import CameraState
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.inspection.record import Context, InspectionRecord
from app.station import tasks
from app.station.fault_board import FaultBoard
from app.station.faults import Cause
from app.station.golden_gate import GoldenGate
from app.station.golden_status import GoldenState
from app.station.inference import Setup
from app.station.ledger import Ledger
from app.station.line import Screen
from app.station.line_slot import LineSlot
from app.station.lot import LotCounter
from app.station.machine import Happening, Machine, Request
from app.station.messages import Messages, sentence_of
from app.station.news import News
from app.station.overview import overview
from app.station.picture import Picture, PictureSlot
from app.station.preparing import Preparation, Prepared
from app.station.remarks import Remarks
from app.station.services import Options, Services
from app.station.status import StationState, StationStatus

STATUS_PERIOD_MS = 200


class Station(News):
    """Runs the line: camera, judge, writer. `app.station.machine.Machine` draws its states.

    All slots are called in the thread the station lives in; they return at once, whatever
    takes time goes through `tasks` or happens on the line's own threads. Requests take
    effect between two frames. A request that does not fit the state is ignored.

    Attributes:
        messages: Sentences for the person at the screen.
        faults: What is wrong and has to be read.
        golden: The golden samples, which may hold production back.
    """

    def __init__(
        self,
        recipe: Recipe,
        context: Context,
        services: Services,
        options: Options | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.messages = Messages(self)
        self._services = services
        self._options = options or Options()
        self._recipe = recipe
        self._context = context
        self._machine = Machine()
        self.faults = FaultBoard(self._machine.faults, self)
        self.golden = GoldenGate(services.golden, self)
        self._lot = LotCounter(services.store, context.lot, self._options.tally_since, self)
        self._remarks = Remarks(services.store, self)
        self._ready: Prepared | None = None
        self._pictures = PictureSlot(lambda: self.picture_ready.emit())
        self._watch_only = False
        self._shot_wanted = False
        self._reopen_as: Request | None = None
        self._preparation = Preparation(services, self._options.every, self)
        self._ledger = Ledger(services.make_writer, self)
        side = self._options.picture_side
        screen = Screen(self._pictures, side) if side else None
        self._slot = LineSlot(services, self._ledger, screen, self._options.quota, self)
        self._clock = QTimer(self)
        self._clock.setInterval(STATUS_PERIOD_MS)
        self._connect()

    def _connect(self) -> None:
        self._clock.timeout.connect(self._on_tick)
        self._preparation.done.connect(self._on_prepared)
        self._preparation.failed.connect(self._on_prepare_failed)
        self._lot.restored.connect(self._publish)
        self._lot.failed.connect(self._on_task_failed)
        self._remarks.stored.connect(self.reviewed)
        self._remarks.failed.connect(self._on_task_failed)
        self._ledger.committed.connect(self._on_row_committed)
        self._ledger.failed.connect(self.faults.on_storing_failed)
        self._ledger.healed.connect(self.faults.on_storing_healed)
        self._slot.ready.connect(self._on_ready)
        self._slot.changed.connect(self._publish)
        self._slot.ended.connect(self._on_ended)
        self._slot.overflowed.connect(self.faults.on_overflowed)
        self._slot.failed.connect(self.faults.on_bug)
        self._slot.closed.connect(self._on_closed)
        self.faults.changed.connect(self._publish)
        self.faults.faulted.connect(self.faulted)
        self.golden.opened.connect(self._on_golden_opened)
        self.golden.closed.connect(self._on_golden_closed)
        self.golden.refused.connect(self._on_golden_refused)
        self.golden.changed.connect(self._publish)

    # -- what is known -------------------------------------------------------------------

    def status(self) -> StationStatus:
        """Return one look at the station."""
        predictor = self._ready.predictor if self._ready else None
        look, tally, golden = self._slot.look(), self._lot.tally, self.golden.status
        return overview(self._machine, self._recipe, self._context, look, tally, predictor, golden)

    def take_picture(self) -> Picture | None:
        """Return the newest picture, judged or only live; None if it was taken already."""
        return self._pictures.take()

    @property
    def tally_since(self) -> datetime | None:
        """When the counters were last set to zero by hand; None if not in this lot."""
        return self._lot.since

    # -- requests ------------------------------------------------------------------------

    def begin(self, *, start: bool, ready: Prepared | None = None) -> None:
        """Load the model and the counters once the event loop runs, and start if asked to.

        May be called before there is an application object.

        Args:
            start: Judge as soon as everything is ready.
            ready: The recipe's model, if it is loaded already.
        """
        self._ready = ready
        name = "_begin_and_start" if start else "_begin"
        QMetaObject.invokeMethod(self, name, Qt.ConnectionType.QueuedConnection)

    @pyqtSlot()
    def start(self) -> None:
        """Judge every frame from now on; opens the camera if it is closed."""
        was_idle = self._machine.phase is StationState.IDLE
        if self._has_to_wait(Request.START) or not self._machine.take(Request.START):
            return
        self._watch_only = self._shot_wanted = False
        if self._slot.inference is not None:
            self._slot.inference.judge()
        elif was_idle:
            self._prepare(self._recipe, self._ready)
        self._publish()

    @pyqtSlot()
    def pause(self) -> None:
        """Judge nothing from now on; the camera stays open and is shown."""
        self.golden.forget()
        if not self._machine.take(Request.PAUSE):
            return
        self._watch_only = True
        if self._slot.inference is not None:
            self._slot.inference.watch()
        self._publish()

    @pyqtSlot()
    def stop(self) -> None:
        """End the line; `finished` follows when all rows are stored."""
        self._reopen_as = None
        self.golden.forget()
        if self._machine.take(Request.STOP):
            self._end_line()

    @pyqtSlot()
    def single_shot(self) -> None:
        """Judge exactly one frame, newer than this request; opens the camera if it is closed.

        The camera stays open afterwards (PAUSED), so that the next shot is quick.
        """
        wait = self._has_to_wait(Request.SINGLE_SHOT)
        if wait or not self._machine.take(Request.SINGLE_SHOT):
            return
        if self._slot.inference is not None:
            self._slot.inference.shoot()
            return
        self._watch_only = self._shot_wanted = True
        self._prepare(self._recipe, self._ready)
        self._publish()

    @pyqtSlot()
    def acknowledge(self) -> None:
        """Note that somebody has read the fault."""
        self.faults.acknowledge()

    @pyqtSlot(object)
    def use_recipe(self, recipe: Recipe) -> None:
        """Judge by another recipe from some frame on; the old one stays if it cannot be used."""
        same = recipe.checkpoint == self._recipe.checkpoint
        self._prepare(recipe, self._ready if same else None)

    @pyqtSlot(object)
    def use_checkpoint(self, path: Path) -> None:
        """Judge with another checkpoint and its own limits; the old one stays if it fails."""
        self._prepare(self._recipe.with_checkpoint(str(path)), None)

    @pyqtSlot(str)
    def set_context(self, lot: str, shift: str | None = None, operator: str | None = None) -> None:
        """Put the next parts down to another lot; its counters go on where they were."""
        known = self._context
        self._context = replace(
            known,
            lot=lot,
            shift=known.shift if shift is None else shift,
            operator=known.operator if operator is None else operator,
        )
        self.golden.use_context(self._context)
        self._swap_setup()
        if lot != known.lot:
            self._lot.change_lot(lot)
        self._publish()

    @pyqtSlot()
    def reset_tally(self) -> None:
        """Set the counters of the lot to zero; the records stay."""
        self._lot.reset()
        self._publish()

    @pyqtSlot(str)
    def mark_false_call(self, record_id: str) -> None:
        """Note that a part called NG was good; `reviewed` follows."""
        self._remarks.false_call(record_id, self._context.operator)

    def report_bug(self, sentence: str) -> None:
        """Show a bug as a FAULT; may be called from any thread."""
        self.faults.report_bug(sentence)

    def close(self, timeout_s: float = 10.0) -> bool:
        """End everything; blocks, for the exit. False if not all was stored or a thread hangs.

        A camera that hangs is not counted: its thread ends with the process.
        """
        self._clock.stop()
        self.golden.close()
        for problem in self._slot.close():
            log.station.error("%s", problem)
        written = self._ledger.close(timeout_s)
        return tasks.wait_all(timeout_s) and written and self._slot.has_ended

    # -- model and camera ----------------------------------------------------------------

    @pyqtSlot()
    def _begin(self) -> None:
        self._ledger.start()
        self._lot.restore(self._ledger.has_pending)
        if self._machine.phase is StationState.IDLE and self._ready is None:
            self._prepare(self._recipe, None)

    @pyqtSlot()
    def _begin_and_start(self) -> None:
        self.start()
        self._begin()

    def _prepare(self, recipe: Recipe, ready: Prepared | None) -> None:
        self._preparation.ask(recipe, ready.predictor if ready else None)

    @pyqtSlot(object)
    def _on_prepared(self, prepared: Prepared) -> None:
        before, self._ready, self._recipe = self._ready, prepared, prepared.recipe
        self.faults.heal(Cause.MODEL)
        if self._slot.inference is None or self._slot.runs(self._setup(), prepared.plan):
            self.golden.use(prepared.recipe, prepared.predictor, self._context)
        else:
            self._reopen()
        if before is None or before.predictor is not prepared.predictor:
            self.checkpoint_swapped.emit(prepared.predictor.info)
        self._publish()

    @pyqtSlot(object)
    def _on_prepare_failed(self, error: Exception) -> None:
        sentence = sentence_of(error)
        starting = self._machine.phase is StationState.STARTING
        if self._ready is not None and (self._slot.inference is not None or not starting):
            kept = tr("Recipe {name} stays in use.").format(name=self._recipe.name)
            self.messages.error(f"{sentence} {kept}")
            return
        self.faults.put(Cause.MODEL, sentence)
        if self._machine.take(Happening.FAILED):
            self._end_line()

    def _setup(self) -> Setup:
        predictor = self._ready.predictor if self._ready else None
        return Setup(predictor, self._recipe, self._context)

    def _swap_setup(self) -> None:
        # What the golden samples have not passed yet judges no part, not even one in hand.
        if self._slot.inference is not None and self.golden.is_open:
            self._slot.inference.swap(self._setup())

    def _end_line(self) -> None:
        self._publish()
        self._slot.end()

    def _reopen(self) -> None:
        """Close the camera and open that of the new recipe, in the same phase as before."""
        again = Request.PAUSE if self._watch_only else Request.START
        if self._machine.take(Request.STOP):
            self._reopen_as = again
            self._end_line()

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
            self.faults.put(Cause.CAMERA, camera.message)
        if self._machine.take(Happening.ENDED):
            self._end_line()

    @pyqtSlot(object, bool)
    def _on_closed(self, problems: list[str], complete: bool) -> None:
        for problem in problems:
            self.faults.put(Cause.LINE, problem)
        if not complete:
            sentence = tr("Some records wait for the database; they are kept in the journal.")
            self.faults.put(Cause.STORE, sentence, lasts=True)
        self._clock.stop()
        self._machine.take(Happening.CLOSED)
        self._publish()
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
        return opened and self.golden.hold(request)

    @pyqtSlot(object)
    def _on_golden_opened(self, held: Request | None) -> None:
        overridden = self.golden.status.state is GoldenState.OVERRIDDEN
        (self.faults.settle if overridden else self.faults.heal)(Cause.GOLDEN)
        self._swap_setup()
        if self._slot.inference is None:
            if self._machine.phase is StationState.STARTING and self._ready is not None:
                self._clock.start()
                self._slot.open(self._ready.plan, self._setup(), watch_only=self._watch_only)
        elif held is not None:
            (self.start if held is Request.START else self.single_shot)()

    @pyqtSlot()
    def _on_golden_closed(self) -> None:
        was_judging = not self._watch_only
        self._shot_wanted = False
        if self._slot.inference is not None:
            self._slot.inference.watch()
            if self._machine.allows(Request.PAUSE):
                self.pause()
                if was_judging:
                    self.golden.hold(Request.START)

    @pyqtSlot(str)
    def _on_golden_refused(self, sentence: str) -> None:
        self.faults.renew(Cause.GOLDEN, sentence)
        if self._slot.inference is None and self._machine.take(Happening.FAILED):
            self._end_line()

    # -- counting, faults, news ----------------------------------------------------------

    @pyqtSlot()
    def _on_tick(self) -> None:
        self._slot.check()
        self._publish()

    @pyqtSlot(object)
    def _on_task_failed(self, error: Exception) -> None:
        self.messages.error(sentence_of(error))

    @pyqtSlot(object)
    def _on_row_committed(self, record: InspectionRecord) -> None:
        self._lot.add(record)
        self.inspected.emit(record)

    @pyqtSlot()
    def _publish(self) -> None:
        self.status_changed.emit(self.status())
