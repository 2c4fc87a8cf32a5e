"""From reviewed parts to a better checkpoint in three presses: choose, learn, use."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from PyQt5.QtCore import QEvent
from PyQt5.QtGui import QCloseEvent
from PyQt5.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import log
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.review.export_files import safe_name
from app.review.improve_progress import ImproveProgress
from app.review.improve_words import Wish, free_name
from app.review.improvement import Improvement, recipe_with
from app.review.labelled import ExportCancelled, Selection, select_parts
from app.station import tasks
from app.store.base import Query
from app.ui.improve_process import ImproveProcess
from app.ui.qa_desk import QaDesk
from app.ui.widgets.teach_steps import ChooseStep, CompareStep, LearnStep
from model.errors import ModelError


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was found before the first press."""

    parts: Selection
    name: str


class TeachDialog(QDialog):
    """Makes a checkpoint from the reviewed parts of a recipe; the line goes on meanwhile.

    It puts nothing to use by itself. Closing it stops the learning.

    Args:
        desk: Records, pictures, recipes, and the station if there is one.
        recipe: Name of the recipe whose checkpoint is to become better.
        query: Which reviewed records; page, order and recipe are of no account.
        parent: Window that it belongs to.
    """

    def __init__(
        self, desk: QaDesk, recipe: str, query: Query | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._recipe = desk, recipe
        self._query = replace(query or Query(), recipe=recipe)
        self._made: Improvement | None = None
        self._closing = threading.Event()
        self._progress = ImproveProgress()
        self._message = ""
        self.process = ImproveProcess(desk.home, self)
        self.choose, self.learn, self.compare = ChooseStep(), LearnStep(), CompareStep()
        self.steps, self.heading, self.message = QStackedWidget(), QLabel(), QLabel()
        self.go_button, self.close_button = QPushButton(), QPushButton()
        self._build()
        self.go_button.clicked.connect(self._on_go)
        self.close_button.clicked.connect(self._on_close_pressed)
        self.choose.name.textChanged.connect(lambda _: self._show_state())
        self.process.progressed.connect(self._on_progress)
        self.process.succeeded.connect(self._on_made)
        self.process.failed.connect(self._on_failed)
        self.retranslate()
        self._count()

    @property
    def made(self) -> Improvement | None:
        """What came of the learning."""
        return self._made

    # -- 1 choose ------------------------------------------------------------------------

    def _count(self) -> None:
        store, query, home = self._desk.store, self._query, self._desk.home
        stem = f"{safe_name(self._recipe, 'recipe')}-{datetime.now(UTC):%Y%m%d}"
        closing = self._closing

        def job() -> _Counted:
            found = select_parts(store, query, cancelled=closing.is_set)
            return _Counted(found, free_name(stem, home))

        tasks.run(job, self._on_counted, self._on_not_counted)

    def _on_counted(self, found: _Counted) -> None:
        if self._closing.is_set():
            return
        if not self.choose.name.text():
            self.choose.name.setText(found.name)
        self.choose.show_counts(found.parts)
        self._show_state()

    def _on_not_counted(self, error: Exception) -> None:
        if not isinstance(error, ExportCancelled) and not self._closing.is_set():
            self.choose.show_problem(_sentence(error))
            self._show_state()

    # -- 2 learn -------------------------------------------------------------------------

    def _on_go(self) -> None:
        step = self.steps.currentWidget()
        if step is self.choose:
            self._start()
        elif step is self.compare and self._made is not None:
            self._use(self._made)

    def _on_close_pressed(self) -> None:
        if self.process.is_running:
            self._stop()
        else:
            self.close()

    def _stop(self) -> None:
        self.learn.show_stopping()
        self.process.stop()
        self.close_button.setEnabled(False)

    def _start(self) -> None:
        settings = self._desk.keeper.settings
        wish = Wish(
            recipe=self._recipe,
            name=safe_name(self.choose.name.text(), self._recipe),
            query=self._query,
            evidence=self._desk.evidence.root,
            database_url=self._desk.store.url,
            machine_masks=self.choose.machine_masks.isChecked(),
            minutes=self.choose.minutes.value(),
            device=settings.device,
        )
        self._progress = ImproveProgress(60 * wish.minutes)
        self._say("")
        self.learn.begin()
        self.steps.setCurrentWidget(self.learn)
        self.process.start(wish)
        self._show_state()

    def _on_progress(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        self._progress.take(stage, done, total, now)
        left = self._progress.seconds_left(now)
        self.learn.show_progress(self._progress.stage, self._progress.share, left)

    def _on_failed(self, sentence: str) -> None:
        self.steps.setCurrentWidget(self.choose)
        self._say(sentence or tr("It was stopped; nothing has changed."))
        if self._closing.is_set():
            self.close()
        self._show_state()

    # -- 3 compare and use ---------------------------------------------------------------

    def _on_made(self, made: Improvement) -> None:
        self._made = made
        self.compare.show_made(made, self._note(made))
        if not self.compare.reason.text():
            reason = tr("Learned from {good} good and {defective} defective reviewed parts")
            self.compare.reason.setText(reason.format(good=made.good, defective=made.defective))
        self.steps.setCurrentWidget(self.compare)
        self._show_state()
        if self._closing.is_set():
            self.close()

    def _note(self, made: Improvement) -> str:
        parts = [
            tr(
                "Using it makes a new version of the recipe {recipe} with this checkpoint and its "
                "limit. The REVIEW band falls, since scores of two checkpoints cannot be compared; "
                "set it anew."
            ).format(recipe=self._recipe)
        ]
        if self._desk.station is None:
            parts.append(
                tr("Copy {file} to the station first, into its folder for checkpoints.").format(
                    file=made.file
                )
            )
        return " ".join(parts)

    def _use(self, made: Improvement) -> None:
        book, author = self._desk.recipes, self._desk.reviewer
        name, reason = self._recipe, self.compare.reason.text().strip()

        def job() -> Recipe:
            return book.save(recipe_with(book.load(name), made), author=author, reason=reason)

        self.go_button.setEnabled(False)
        tasks.run(job, self._on_saved, self._on_not_saved)

    def _on_saved(self, recipe: Recipe) -> None:
        station = self._desk.station
        self._made = None
        if station is not None and station.status().recipe.name == recipe.name:
            station.use_recipe(recipe)
            text = tr("The station changes to recipe {name} version {version} now.")
        else:
            text = tr("Recipe {name} version {version} is saved.")
        self._say(text.format(name=recipe.name, version=recipe.version))
        self._show_state()

    def _on_not_saved(self, error: Exception) -> None:
        self._say(_sentence(error))
        self._show_state()

    # -- the rest ------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the learning first, then close."""
        if self._may_end():
            super().closeEvent(event)
        elif event is not None:
            event.ignore()

    def reject(self) -> None:
        """Treat Escape as closing."""
        if self._may_end():
            super().reject()

    def _may_end(self) -> bool:
        """Tell whether nothing runs any more; what does is asked to stop and closes then."""
        self._closing.set()
        if not self.process.is_running:
            return True
        self._stop()
        return False

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.setWindowTitle(tr("Better checkpoint for {recipe}").format(recipe=self._recipe))
        for step in (self.choose, self.learn, self.compare):
            step.retranslate()
        if self._made is not None:
            self.compare.show_made(self._made, self._note(self._made))
        self._show_state()

    def _build(self) -> None:
        self.resize(680, 520)
        self.heading.setProperty("role", "faint")
        self.message.setWordWrap(True)
        self.message.setObjectName("teachMessage")
        buttons = QHBoxLayout()
        for button in (self.close_button, self.go_button):
            button.setProperty("target", "large")
            button.setAutoDefault(False)
            buttons.addWidget(button)
        self.go_button.setDefault(True)
        for step in (self.choose, self.learn, self.compare):
            self.steps.addWidget(step)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 14, 18, 14)
        rows.setSpacing(12)
        rows.addWidget(self.heading)
        rows.addWidget(self.steps, 1)
        rows.addWidget(self.message)
        rows.addLayout(buttons)

    def _say(self, sentence: str) -> None:
        self._message = sentence

    def _show_state(self) -> None:
        step = self.steps.currentWidget()
        texts = [tr("1 Choose"), tr("2 Learn"), tr("3 Compare and use")]
        here = self.steps.currentIndex()
        self.heading.setText(
            "  ›  ".join(f"<b>{text}</b>" if n == here else text for n, text in enumerate(texts))
        )
        nobody = step is self.compare and self._made is not None and not self._desk.reviewer
        needs_name = tr("Say who you are first: a recipe version needs an author.")
        self.message.setText(needs_name if nobody else self._message)
        self.message.setVisible(bool(self.message.text()))
        self.go_button.setVisible(step is not self.learn)
        if step is self.compare:
            doubtful = self._made is not None and not self._made.is_better
            self.go_button.setText(tr("Use it all the same") if doubtful else tr("Use it"))
            (self.close_button if doubtful else self.go_button).setDefault(True)
            self.go_button.setEnabled(self._can_use())
            self.close_button.setText(tr("Not now") if self._made else tr("Close"))
        else:
            self.go_button.setText(tr("Start learning"))
            named = bool(self.choose.name.text().strip())
            self.go_button.setEnabled(self.choose.can_start and named)
            self.close_button.setText(tr("Stop learning") if step is self.learn else tr("Close"))
        if not self.process.is_running:
            self.close_button.setEnabled(True)

    def _can_use(self) -> bool:
        return self._made is not None and bool(self._desk.reviewer)


def _sentence(error: Exception) -> str:
    """Return an error in a sentence; a bug is logged with its stack."""
    if isinstance(error, ExpectedError | ModelError):
        return str(error)
    log.ui.error("a step towards a checkpoint failed", exc_info=error)
    return tr("It failed because of a fault of the program; the log has the details.")
