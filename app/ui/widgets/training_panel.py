"""Fine-tuning in the window: the form, the queue, live curves, and the epochs to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PyQt5.QtCore import QEvent, QTimer, pyqtSignal
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import log, paths
from app.candidates.looking import files_in, looked_at
from app.errors import ExpectedError
from app.i18n import tr
from app.jobs.epochs import EpochPoint
from app.jobs.job import Job
from app.jobs.teach_order import known_choices
from app.jobs.training_data import FolderLook, look_at_folder
from app.jobs.training_order import TrainingOrder, job_of, problems
from app.paths import Home
from app.review.export_files import safe_name
from app.review.improve_words import free_name
from app.station import tasks
from app.ui.qa_desk import QaDesk
from app.ui.training_words import cost_text
from app.ui.widgets.panel import panel
from app.ui.widgets.training_form import TrainingForm
from app.ui.widgets.training_orders import TrainingOrders
from app.ui.widgets.training_outcome import TrainingOutcome
from app.ui.widgets.training_queue import TrainingQueue
from model.errors import ModelError

_TYPED_MS = 500
_TRAINABLE = ("anomaly_clip", "ad_clip", "few_shot_clip", "sowa")
"""Kinds that `train` goes on with, or takes the prompts of."""


@dataclass(frozen=True, slots=True)
class _Choices:
    """What the form offers."""

    products: tuple[str, ...]
    starts: tuple[tuple[str, str], ...]
    name: str


class TrainingPanel(QWidget):
    """Trains beside the line; nothing that comes of it is put to use here.

    Args:
        desk: Its `jobs` do the work; without them the form is shown, but nothing begins.
        parent: Window that it belongs to.

    Signals:
        epoch_chosen: A checkpoint of a run shall be tried. arg: its Path.
    """

    epoch_chosen = pyqtSignal(object)

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._jobs = desk, desk.jobs
        self._points: dict[int, EpochPoint] = {}
        self._checked = ""
        self.form, self.queue, self.orders = TrainingForm(), TrainingQueue(), TrainingOrders()
        self.outcome, self.sentence, self.message = TrainingOutcome(), QLabel(), QLabel()
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._build()
        self._connect()
        self.retranslate()

    # -- form ----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:
        """Read anew what can be chosen."""
        super().showEvent(event)
        book, home, stem = self._desk.recipes, self._desk.home, self._stem()

        def job() -> _Choices:
            return _Choices(tuple(book.names()), _starts(home), free_name(stem, home))

        tasks.run(job, self._on_choices, self._on_trouble)

    def _stem(self) -> str:
        station = self._desk.station
        name = station.status().recipe.name if station is not None else ""
        return safe_name(f"{name}-trained" if name else "trained", "trained")

    def _on_choices(self, choices: _Choices) -> None:
        station = self._desk.station
        current = station.status().recipe.name if station is not None else ""
        self.form.set_products(choices.products, current)
        self.form.set_starts(choices.starts)
        if not self.form.name.text():
            self.form.name.setText(choices.name)

    def _on_folder_typed(self) -> None:
        text = self.form.folder.path.text().strip()
        if not text:
            self.form.show_look(None)
            return
        self._checked = text
        folder = Path(text)

        def job() -> tuple[str, FolderLook | None, str]:
            try:
                return text, look_at_folder(folder), ""
            except ModelError as error:
                return text, None, str(error)

        tasks.run(job, self._on_looked, self._on_trouble)

    def _on_looked(self, found: tuple[str, FolderLook | None, str]) -> None:
        text, look, problem = found
        if text == self._checked:
            self.form.show_look(look, problem)

    def _on_choices_wanted(self) -> None:
        tasks.run(known_choices, self.form.set_choices, self._on_trouble)

    def _on_wanted(self, order: TrainingOrder) -> None:
        home = self._desk.home

        def job() -> tuple[TrainingOrder, dict[str, str]]:
            found = problems(order, home)
            if order.source == "folder" and order.folder is not None and not found:
                try:
                    look_at_folder(order.folder)
                except ModelError as error:
                    found["folder"] = str(error)
            return order, found

        self.form.start_button.setEnabled(False)
        tasks.run(job, self._on_checked, self._on_trouble)

    def _on_checked(self, checked: tuple[TrainingOrder, dict[str, str]]) -> None:
        order, found = checked
        self.form.start_button.setEnabled(self._jobs is not None)
        self.form.show_problems(found)
        jobs = self._jobs
        if found or jobs is None:
            self._say(tr("Something is not yet right; see the form.") if found else "")
            return
        evidence = self._desk.evidence.root
        made = job_of(order, self._desk.home, self._desk.reviewer, evidence)
        if self._try(lambda: jobs.add(made)):
            self.form.name.clear()
            self.queue.choose(made.id)
            self.showEvent(None)

    # -- queue ---------------------------------------------------------------------------

    def _job(self) -> Job | None:
        return self._jobs.job(self.queue.current_id()) if self._jobs is not None else None

    def _on_jobs_changed(self) -> None:
        assert self._jobs is not None
        self.queue.show_jobs(self._jobs.jobs(), self._jobs.look())
        if not self.queue.current_id() and self._jobs.jobs():
            self.queue.choose(self._jobs.jobs()[-1].id)
        self._show_job()

    def _on_moved(self) -> None:
        assert self._jobs is not None
        if self.isVisible():
            self.queue.show_jobs(self._jobs.jobs(), self._jobs.look())
            self._show_orders()

    def _on_chosen(self, _job_id: str) -> None:
        job = self._job()
        self._points = {}
        if job is not None and self._jobs is not None:
            self._points = {one.number: one for one in self._jobs.book.epochs(job).read()}
        self._show_job()

    def _on_epoch(self, job_id: str, point: EpochPoint) -> None:
        if job_id == self.queue.current_id():
            self._points[point.number] = point
            self._show_job()

    def _show_job(self) -> None:
        points = [self._points[number] for number in sorted(self._points)]
        job = self._job()
        self._below.setVisible(job is not None)
        self.outcome.show_job(job, points)
        self._show_orders()

    def _show_orders(self) -> None:
        job = self._job()
        look = self._jobs.look() if self._jobs is not None else None
        self.orders.show_job(job, look)
        text = ""
        if job is None:
            text = tr("No training yet. Fill in the form and press Start training.")
        elif look is not None and look.job_id == job.id:
            text = cost_text(look)
        elif job.sentence:
            text = job.sentence
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def _do(self, name: str) -> None:
        jobs, job_id = self._jobs, self.queue.current_id()
        if jobs is None or not job_id:
            return
        acts: dict[str, Callable[[], None]] = {
            "hold": jobs.pause,
            "go": jobs.go_on,
            "stop": lambda: jobs.stop(job_id),
            "resume": lambda: jobs.resume(job_id),
            "anew": lambda: jobs.begin_anew(job_id),
            "remove": lambda: jobs.remove(job_id),
        }
        if self._try(acts[name]) and name == "anew":
            self._on_chosen(job_id)

    def _try(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except ExpectedError as error:
            self._say(str(error))
            return False
        self._say("")
        return True

    def _on_limit(self, share: float) -> None:
        if self._jobs is not None:
            self._jobs.set_limit(share)
        self._desk.keeper.change(slowdown_limit=share)

    # -- the rest ------------------------------------------------------------------------

    def set_scale(self, scale: float) -> None:
        """Fit table, plots and form to the window's size."""
        self.form.setFixedWidth(round(360 * scale))
        self.queue.set_scale(scale)
        self.outcome.set_scale(scale)

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.form.retranslate()
        self.queue.retranslate()
        self.orders.retranslate()
        self.outcome.retranslate()
        if self._jobs is None:
            self._say(tr("Trainings run on the station; here is none."))
        else:
            self._on_jobs_changed()
        self._show_orders()

    def _say(self, sentence: str) -> None:
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))

    def _on_trouble(self, error: Exception) -> None:
        self.form.start_button.setEnabled(self._jobs is not None)
        self._say(_sentence(error))

    def _connect(self) -> None:
        form, orders = self.form, self.orders
        form.wanted.connect(self._on_wanted)
        form.folder_changed.connect(lambda _: self._typed.start())
        form.choices_wanted.connect(self._on_choices_wanted)
        self._typed.timeout.connect(self._on_folder_typed)
        self.queue.chosen.connect(self._on_chosen)
        for name, signal in (
            ("hold", orders.held), ("go", orders.let_go), ("stop", orders.stopped),
            ("resume", orders.resumed), ("anew", orders.begun_anew), ("remove", orders.removed),
        ):  # fmt: skip
            signal.connect(lambda *_, name=name: self._do(name))
        orders.limit_set.connect(self._on_limit)
        self.outcome.epoch_chosen.connect(self.epoch_chosen)
        if self._jobs is not None:
            self._jobs.changed.connect(self._on_jobs_changed)
            self._jobs.moved.connect(self._on_moved)
            self._jobs.epoch_told.connect(self._on_epoch)
            self._jobs.troubled.connect(self._say)

    def _build(self) -> None:
        self.orders.set_limit(
            self._jobs.limit
            if self._jobs is not None
            else self._desk.keeper.settings.slowdown_limit
        )
        self.form.start_button.setEnabled(self._jobs is not None)
        self.form.setFixedWidth(360)
        for label in (self.sentence, self.message):
            label.setWordWrap(True)
        self.message.setProperty("role", "problem")
        self._below = panel(self.outcome)
        self._below.hide()
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.queue, 2)
        right.addWidget(self.orders)
        right.addWidget(self.sentence)
        right.addWidget(self._below, 5)
        left = panel(self.form, self.message)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 8, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(left)
        whole.addLayout(right, 1)


def _starts(home: Home) -> tuple[tuple[str, str], ...]:
    """Return the checkpoints that a training can start from: name and path of each."""
    shipped = paths.shipped_checkpoints()
    found = []
    for folder in (shipped, home.checkpoints):
        for file in files_in(folder):
            try:
                entry = looked_at(file, is_shipped=folder == shipped)
            except OSError:
                continue
            if entry is not None and entry.info and entry.info.detector in _TRAINABLE:
                found.append((file.stem, str(file)))
    return tuple(found)


def _sentence(error: Exception) -> str:
    """Return an error in a sentence; a bug is logged with its stack."""
    if isinstance(error, ExpectedError | ModelError):
        return str(error)
    log.ui.error("a step towards a training failed", exc_info=error)
    return tr("It failed because of a fault of the program; the log has the details.")
