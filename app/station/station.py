"""The station: one object that the window, the headless line and the tests talk to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PyQt5.QtCore import QMetaObject, QObject, Qt, pyqtSlot

from app import log
from app.camera.frame import Frame
from app.golden.check import GoldenCheck
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.inspection.record import Context, InspectionRecord
from app.station import tasks
from app.station.drive import STATUS_PERIOD_MS, LineDrive
from app.station.fault_board import FaultBoard
from app.station.faults import Cause
from app.station.golden_gate import GoldenGate
from app.station.in_force import InForce
from app.station.ledger import Ledger
from app.station.line import Screen
from app.station.line_slot import LineSlot
from app.station.lot import LotCounter
from app.station.machine import Machine
from app.station.messages import Messages, sentence_of
from app.station.news import News
from app.station.overview import overview
from app.station.picture import Picture, PictureSlot
from app.station.preparing import Preparation, Prepared
from app.station.remarks import Remarks
from app.station.services import Options, Services
from app.station.shadow import Shadow
from app.station.status import StationState, StationStatus
from app.station.swapping import Swapped, Swapping
from model.types import CheckpointInfo

__all__ = ["STATUS_PERIOD_MS", "Station"]


class Station(News):
    """Runs the line: camera, judge, writer. `app.station.machine.Machine` draws its states.

    All slots are called in the thread the station lives in; they return at once, whatever
    takes time goes through `tasks` or happens on the line's own threads. Requests take
    effect between two frames. A request that does not fit the state is ignored.

    Attributes:
        messages: Sentences for the person at the screen.
        faults: What is wrong and has to be read.
        golden: The golden samples, which may hold production back.
        swapping: How a change of checkpoint goes, and how the last one ended.
        shadow: A candidate that judges beside, without a say.
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
        self._in_force = InForce(recipe, context)
        self._machine = Machine()
        self.faults = FaultBoard(self._machine.faults, self)
        self.golden = GoldenGate(services.golden, self)
        self._lot = LotCounter(services.store, context.lot, self._options.tally_since, self)
        self._remarks = Remarks(services.store, self)
        self._pictures = PictureSlot(lambda: self.picture_ready.emit())
        self._preparation = Preparation(services, self._options.every, self)
        self._ledger = Ledger(services.make_writer, self)
        used, every = self._in_force, self._options.every
        self.swapping = Swapping(services, used, self.golden, every, self)
        self.shadow = Shadow(services, used, self.swapping, self)
        side, quota = self._options.picture_side, self._options.quota
        screen = Screen(self._pictures, side) if side else None
        self._slot = LineSlot(services, self._ledger, screen, quota, self.shadow.offer, self)
        self._drive = LineDrive(self._machine, self._slot, self.golden, self.faults, used, self)
        self._connect()

    def _connect(self) -> None:
        self._preparation.done.connect(self._on_prepared)
        self._preparation.failed.connect(self._on_prepare_failed)
        self._lot.restored.connect(self._publish)
        self._lot.failed.connect(self._on_task_failed)
        self._remarks.stored.connect(self.reviewed)
        self._remarks.failed.connect(self._on_task_failed)
        self._ledger.committed.connect(self._on_row_committed)
        self._ledger.failed.connect(self.faults.on_storing_failed)
        self._ledger.healed.connect(self.faults.on_storing_healed)
        self._drive.changed.connect(self._publish)
        self._drive.model_wanted.connect(self._on_model_wanted)
        self._drive.finished.connect(self.finished)
        self.faults.changed.connect(self._publish)
        self.faults.faulted.connect(self.faulted)
        self.golden.changed.connect(self._publish)
        self.swapping.ready.connect(self._on_swap_ready)
        self.swapping.done.connect(self._on_swapped)
        self.swapping.refused.connect(self._on_swap_refused)
        self.recipe_taken.connect(self.shadow.follow)
        self.recipe_taken.connect(self.swapping.look_back)
        self.shadow.ended.connect(self.messages.info)

    # -- what is known -------------------------------------------------------------------

    def status(self) -> StationStatus:
        """Return one look at the station."""
        used, golden = self._in_force, self.golden.status
        look, tally = self._slot.look(), self._lot.tally
        return overview(
            self._machine, used.recipe, used.context, look, tally, used.predictor, golden
        )

    def take_picture(self) -> Picture | None:
        """Return the newest picture, judged or only live; None if it was taken already."""
        return self._pictures.take()

    def latest_frame(self) -> Frame | None:
        """Return the newest frame of the open camera at full size, read-only; None without one.

        It may be newer than the part judged last. Asking takes no frame from the line.
        """
        return self._slot.newest_frame()

    @property
    def services(self) -> Services:
        """What the station works with."""
        return self._services

    @property
    def options(self) -> Options:
        """How this run differs from another."""
        return self._options

    @property
    def ready(self) -> Prepared | None:
        """The recipe in force with its model; None before the first is loaded."""
        return self._in_force.ready

    @property
    def tally_since(self) -> datetime | None:
        """When the counters were last set to zero by hand; None if not in this lot."""
        return self._lot.since

    @property
    def previous(self) -> CheckpointInfo | None:
        """The checkpoint that `roll_back` would bring back for the recipe in force."""
        before = self.swapping.previous
        return before.info if before else None

    # -- requests ------------------------------------------------------------------------

    def begin(self, *, start: bool, ready: Prepared | None = None) -> None:
        """Load the model and the counters once the event loop runs, and start if asked to.

        May be called before there is an application object.

        Args:
            start: Judge as soon as everything is ready.
            ready: The recipe's model, if it is loaded already.
        """
        self._in_force.ready = ready
        name = "_begin_and_start" if start else "_begin"
        QMetaObject.invokeMethod(self, name, Qt.ConnectionType.QueuedConnection)

    @pyqtSlot()
    def start(self) -> None:
        """Judge every frame from now on; opens the camera if it is closed."""
        self._drive.start()

    @pyqtSlot()
    def pause(self) -> None:
        """Judge nothing from now on; the camera stays open and is shown."""
        self._drive.pause()

    @pyqtSlot()
    def stop(self) -> None:
        """End the line; `finished` follows when all rows are stored."""
        self._drive.stop()

    @pyqtSlot()
    def single_shot(self) -> None:
        """Judge exactly one frame, newer than this request; opens the camera if it is closed.

        The camera stays open afterwards (PAUSED), so that the next shot is quick.
        """
        self._drive.single_shot()

    @pyqtSlot()
    def acknowledge(self) -> None:
        """Note that somebody has read the fault."""
        self.faults.acknowledge()

    @pyqtSlot(object)
    def use_recipe(self, recipe: Recipe, ready: Prepared | None = None) -> None:
        """Judge by another recipe from some frame on; the old one stays if it cannot be used.

        `recipe_taken` or `recipe_refused` follows; of two requests only the latter counts.

        Args:
            recipe: The recipe.
            ready: Its model, if all of it was checked already; else `Services.allow` is asked.
        """
        same = recipe.checkpoint == self._in_force.recipe.checkpoint
        allow = None if ready else self._services.allow
        self._prepare(recipe, ready or (self._in_force.ready if same else None), allow)

    @pyqtSlot(object)
    def use_checkpoint(self, path: Path) -> None:
        """Judge with another checkpoint for this run, unrecorded; see `activate` for people."""
        self._prepare(self._in_force.recipe.with_checkpoint(str(path)), None)

    def activate(self, path: Path, by: str, why: str) -> None:
        """Bring a checkpoint into production for the recipe in force; the line runs on.

        It is checked, loaded and warmed up, judges the golden samples, and takes over between
        two frames; the recipe becomes a new version, the change an Event "checkpoint". Whatever
        fails, the old one judges on. `swapping` says how it goes.

        Args:
            path: The checkpoint file.
            by: Who wants it; needed.
            why: Why; needed.
        """
        self.swapping.activate(path, by, why)

    def roll_back(self, by: str, why: str) -> None:
        """Bring the checkpoint that judged before back, with its limits; see `activate`.

        It is warm if memory had room for it, else it is loaded again.

        Args:
            by: Who wants it; needed.
            why: Why; needed.
        """
        self.swapping.roll_back(by, why)

    @pyqtSlot(str)
    def set_context(self, lot: str, shift: str | None = None, operator: str | None = None) -> None:
        """Put the next parts down to another lot; its counters go on where they were."""
        known = self._in_force.context
        self._in_force.context = replace(
            known,
            lot=lot,
            shift=known.shift if shift is None else shift,
            operator=known.operator if operator is None else operator,
        )
        self.golden.use_context(self._in_force.context)
        self._drive.swap()
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
        self._remarks.false_call(record_id, self._in_force.context.operator)

    def report_bug(self, sentence: str) -> None:
        """Show a bug as a FAULT; may be called from any thread."""
        self.faults.report_bug(sentence)

    def close(self, timeout_s: float = 10.0) -> bool:
        """End everything; blocks, for the exit. False if not all was stored or a thread hangs.

        A camera that hangs is not counted: its thread ends with the process.
        """
        self.golden.close()
        self.swapping.close()
        for problem in self._drive.close():
            log.station.error("%s", problem)
        calm = self.shadow.close(timeout_s)
        written = self._ledger.close(timeout_s)
        return tasks.wait_all(timeout_s) and written and calm and self._slot.has_ended

    # -- model ---------------------------------------------------------------------------

    @pyqtSlot()
    def _begin(self) -> None:
        self._ledger.start()
        self._lot.restore(self._ledger.has_pending)
        self.shadow.restore()
        if self._machine.phase is StationState.IDLE and self._in_force.ready is None:
            self._prepare(self._in_force.recipe, None)

    @pyqtSlot()
    def _begin_and_start(self) -> None:
        self.start()
        self._begin()

    @pyqtSlot()
    def _on_model_wanted(self) -> None:
        self._prepare(self._in_force.recipe, self._in_force.ready)

    def _prepare(
        self,
        recipe: Recipe,
        ready: Prepared | None,
        allow: Callable[[Recipe], None] | None = None,
    ) -> None:
        self._preparation.ask(recipe, ready.predictor if ready else None, allow)

    @pyqtSlot(object)
    def _on_prepared(self, prepared: Prepared) -> None:
        used = self._in_force
        before, judge = used.recipe, used.predictor
        another_model = used.take(prepared)
        if another_model and judge is not None and before.name == prepared.recipe.name:
            self.swapping.remember(before, judge)
        self.faults.heal(Cause.MODEL)
        if self._drive.fits():
            self.golden.use(prepared.recipe, prepared.predictor, used.context)
        else:
            self._drive.reopen()
        if another_model:
            self.checkpoint_swapped.emit(prepared.predictor.info)
        self.recipe_taken.emit(prepared.recipe)
        self._publish()

    @pyqtSlot(object)
    def _on_prepare_failed(self, error: Exception) -> None:
        sentence = sentence_of(error)
        starting = self._machine.phase is StationState.STARTING
        if self._in_force.ready is not None and (self._drive.is_open or not starting):
            kept = tr("Recipe {name} stays in use.").format(name=self._in_force.recipe.name)
            self.messages.error(f"{sentence} {kept}")
        else:
            self.faults.put(Cause.MODEL, sentence)
            self._drive.fail()
        self.recipe_refused.emit(sentence)

    @pyqtSlot(object, object, bool)
    def _on_swap_ready(self, prepared: Prepared, tried: GoldenCheck | None, is_new: bool) -> None:
        """Put a checkpoint in force that has been tried in every way; the line runs on."""
        if self._preparation.is_busy:
            self._preparation.forget()
            text = tr("Checkpoint {name} took over meanwhile; choose the recipe again.")
            self.recipe_refused.emit(text.format(name=prepared.predictor.info.name))
        self._in_force.take(prepared)
        self.faults.heal(Cause.MODEL)
        context = self._in_force.context
        self.golden.adopt(prepared.recipe, prepared.predictor, context, tried, is_new)

    @pyqtSlot(object)
    def _on_swapped(self, swapped: Swapped) -> None:
        self.messages.info(self.swapping.status.sentence)
        self.checkpoint_swapped.emit(swapped.after)
        self.recipe_taken.emit(self._in_force.recipe)
        self._publish()

    @pyqtSlot(str)
    def _on_swap_refused(self, sentence: str) -> None:
        self.messages.error(f"{sentence} {self._kept()}".rstrip())

    def _kept(self) -> str:
        """Return what judges on, in words; "" if nothing does."""
        used = self._in_force.predictor
        text = tr("Checkpoint {name} judges on.")
        return text.format(name=used.info.name) if used else ""

    # -- counting, news ------------------------------------------------------------------

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
