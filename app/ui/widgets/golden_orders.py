"""What a person does with a golden set: asks who answers for it, then has it done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.inspection.golden import GoldenSample
from app.inspection.recipe import Recipe
from app.station import tasks
from app.station.messages import sentence_of
from app.ui import golden_jobs, golden_shelf
from app.ui.golden_jobs import Order
from app.ui.qa_desk import QaDesk
from app.ui.widgets.add_golden_dialog import AddGoldenDialog
from app.ui.widgets.name_dialog import NameDialog


class GoldenOrders(QObject):
    """Opens the dialogs and runs the jobs on pool threads.

    Signals:
        changed: The set is not what it was. arg: True if it should be judged now.
        failed: Something could not be done. arg: A sentence.
    """

    changed = pyqtSignal(bool)
    failed = pyqtSignal(str)

    def __init__(self, desk: QaDesk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self.dialog: AddGoldenDialog | None = None

    def check(self) -> None:
        """Judge the samples of the recipe in force now."""
        if self._desk.station is not None:
            self._desk.station.golden.check()

    def add(self, recipe: str) -> None:
        """Ask which picture becomes a sample."""
        desk = self._desk
        self.dialog = dialog = AddGoldenDialog(recipe, desk.reviewer, self._window)
        dialog.wanted.connect(self._on_order)
        tasks.run(
            lambda: golden_shelf.read_candidates(desk, recipe),
            lambda found: None if sip.isdeleted(dialog) else dialog.show_candidates(found),
            partial(_tell, dialog),
        )
        dialog.open()

    def measure(self, samples: tuple[GoldenSample, ...]) -> None:
        """Ask, then take the scores of the checkpoint in force as those to compare with."""
        question = tr(
            "Every sample is judged anew, and its score by the checkpoint in force becomes the "
            "one to compare with. Verdicts stay as they are. Who answers for that?"
        )
        self._ask(tr("Measure anew"), question, partial(self._measure, samples))

    def retire(self, sample: GoldenSample) -> None:
        """Ask, then use a sample no longer."""
        question = tr("{name} is used no longer; picture and history stay. Who decides that?")
        question = question.format(name=sample.name)
        self._ask(tr("Retire the sample"), question, partial(self._retire, sample))

    def require(self, recipe: str, required: bool) -> None:
        """Ask, then keep a recipe version that wants its samples right, or no longer does."""
        question = (
            tr("From now on production waits until the samples are right. Who decides that?")
            if required
            else tr("From now on production starts without the samples. Who decides that?")
        )
        self._ask(tr("New recipe version"), question, partial(self._require, recipe, required))

    @pyqtSlot(object)
    def _on_order(self, order: Order) -> None:
        station, dialog = self._desk.station, self.dialog
        if station is None or dialog is None:
            return

        def done(_: GoldenSample) -> None:
            if not sip.isdeleted(dialog):
                dialog.accept()
            self._done(judge=False)

        job = partial(golden_jobs.add, self._desk, order)
        station.golden.work(job, done, partial(_tell, dialog))

    def _measure(self, samples: tuple[GoldenSample, ...], by: str) -> None:
        station = self._desk.station
        if station is not None:
            job = partial(golden_jobs.measure, self._desk, samples, by)
            station.golden.work(job, lambda _: self._done(judge=True), self._fail)

    def _retire(self, sample: GoldenSample, by: str) -> None:
        tasks.run(
            lambda: golden_jobs.retire(self._desk, sample, by),
            lambda _: self._done(judge=False),
            self._fail,
        )

    def _require(self, recipe: str, required: bool, by: str) -> None:
        tasks.run(
            lambda: golden_jobs.require(self._desk, recipe, required, by),
            self._use,
            self._fail,
        )

    def _use(self, saved: Recipe) -> None:
        station = self._desk.station
        if station is not None and station.status().recipe.name == saved.name:
            # What was changed for this run alone (camera, checkpoint) stays as it is.
            changes = {"golden_required": saved.golden_required, "version": saved.version}
            station.use_recipe(station.status().recipe.model_copy(update=changes))
        self._done(judge=False)

    def _ask(self, title: str, question: str, go_on: Callable[[str], None]) -> None:
        dialog = NameDialog(title, question, self._desk.reviewer, self._window)
        dialog.named.connect(go_on)
        dialog.open()

    def _done(self, *, judge: bool) -> None:
        if not sip.isdeleted(self):
            self.changed.emit(judge)

    def _fail(self, error: Exception) -> None:
        sentence = sentence_of(error)
        if not sip.isdeleted(self):
            self.failed.emit(sentence)


def _tell(dialog: AddGoldenDialog, error: Exception) -> None:
    """Say in a dialog, if it is still open, what went wrong."""
    sentence = sentence_of(error)
    if not sip.isdeleted(dialog):
        dialog.show_problem(sentence)
