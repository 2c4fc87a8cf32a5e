"""Sixth step: teach, in the background, with progress, time left and Cancel."""

from __future__ import annotations

import time
from typing import Any

from PyQt5.QtCore import QSignalBlocker, pyqtSlot
from PyQt5.QtGui import QResizeEvent
from PyQt5.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app import i18n
from app.i18n import N_, tr
from app.review.improve_progress import ImproveProgress
from app.station.job_process import JobProcess
from app.teaching.outcome import from_json
from app.teaching.ways import WAYS, problem_of
from app.ui import improve_texts
from app.ui.screens.teach_state import TeachState
from app.ui.screens.teach_step import TeachStep
from app.ui.widgets.panel import panel
from app.ui.widgets.teach_ways import WayCards

_PERMILLE = 1000
_BAR_PX = 16
_STAGES = {
    "read": N_("The model is being loaded …"),
    "pictures": N_("Cutting the pictures as the line will"),
    "learn": N_("Learning"),
    "finish": N_("Remembering the good parts and setting the limit"),
    "judge": N_("Trying it on the pictures that were held out"),
}


class LearnStep(TeachStep):
    """The ways to teach, and the one that runs."""

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.process = JobProcess(self)
        self.ways, self._cards = WayCards(), QScrollArea()
        self.minutes = QDoubleSpinBox()
        self._minutes_name = QLabel()
        self.material, self.stage, self.left_, self.result = (QLabel() for _ in range(4))
        self.bar = QProgressBar()
        self.teach_button, self.cancel_button = QPushButton(), QPushButton()
        self._progress = ImproveProgress()
        self._is_stopping = False
        self._build()
        self._connect()
        self.retranslate()

    def heading(self) -> str:
        """Return what is to be done here."""
        return tr("Choose how it learns and press Teach; the line goes on meanwhile.")

    def lack(self) -> str:
        """Return why one cannot go on yet."""
        return tr("It is learning …") if self.process.is_running else ""

    def entered(self) -> None:
        """Show what can be learned from."""
        self._show_state()
        # a button that is off does not take the keyboard
        self.teach_button.setFocus()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.ways.retranslate()
        self._minutes_name.setText(tr("Time for it"))
        self.minutes.setSuffix(tr(" min"))
        self.minutes.setAccessibleName(tr("Time for it"))
        self.teach_button.setText(tr("Teach"))
        self.cancel_button.setText(tr("Cancel"))
        self._show_state()

    # -- the process ---------------------------------------------------------------------

    @pyqtSlot()
    def teach(self) -> None:
        """Begin; the last lesson stays until this one has ended well."""
        if self.process.is_running:
            return
        draft, home = self.state.draft, self.state.desk.home
        settings = self.state.desk.keeper.settings
        most = 60 * draft.minutes if draft.way == "trained" else float("inf")
        self._progress, self._is_stopping = ImproveProgress(most), False
        self.state.change(step="learn")
        words = ["lesson", "learn", draft.name, "--home", str(home.root)]
        words += ["--device", settings.device, "--language", i18n.language(), "--progress-lines"]
        self.bar.setValue(0)
        self.said.emit("")
        # the draft may still be on its way to the disk; the process reads it seconds later
        self.process.start(words)
        self._show_state()

    @pyqtSlot()
    def cancel(self) -> None:
        """Stop it; nothing changes."""
        self._is_stopping = True
        self.process.stop()
        self._show_state()

    @pyqtSlot(str, int, int)
    def _on_progress(self, stage: str, done: int, total: int) -> None:
        self._progress.take(stage, done, total, time.monotonic())
        self._show_progress()

    @pyqtSlot(object)
    def _on_learned(self, result: dict[str, Any]) -> None:
        self.bar.setValue(_PERMILLE)
        self.state.set_outcome(from_json(result))
        self._show_state()

    @pyqtSlot(str)
    def _on_failed(self, sentence: str) -> None:
        self.said.emit(sentence or tr("It was stopped; nothing has changed."))
        self._show_state()

    # -- choices -------------------------------------------------------------------------

    @pyqtSlot(str)
    def _on_way(self, way: str) -> None:
        self.state.change(way=way)
        self._show_state()

    @pyqtSlot()
    def _on_minutes(self) -> None:
        self.state.change(minutes=self.minutes.value())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Let the cards take the height that they need and no more."""
        super().resizeEvent(event)
        self._fit()

    @pyqtSlot()
    def _fit(self) -> None:
        self._cards.setMaximumHeight(self.ways.height_at(self.width() - _BAR_PX))

    # -- the rest ------------------------------------------------------------------------

    def _build(self) -> None:
        self.minutes.setRange(1, 600)
        self.minutes.setDecimals(0)
        self.minutes.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.minutes.setFixedWidth(110)
        times = QHBoxLayout()
        times.addWidget(self._minutes_name)
        times.addWidget(self.minutes)
        times.addStretch(1)
        self.bar.setRange(0, _PERMILLE)
        self.bar.setTextVisible(False)
        for label in (self.material, self.stage, self.left_, self.result):
            label.setWordWrap(True)
        self.stage.setProperty("role", "large")
        for button in (self.teach_button, self.cancel_button):
            button.setProperty("target", "large")
            button.setMinimumWidth(220)
            button.setAutoDefault(False)
        self._cards.setFrameShape(QFrame.Shape.NoFrame)
        self._cards.setWidgetResizable(True)
        self._cards.setWidget(self.ways)
        buttons = QHBoxLayout()
        buttons.addWidget(self.teach_button)
        buttons.addWidget(self.cancel_button)
        buttons.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        rows.addWidget(self.material)
        rows.addWidget(self._cards, 1)
        rows.addLayout(times)
        rows.addLayout(buttons)
        rows.addWidget(panel(self.stage, self.bar, self.left_, self.result))
        rows.addStretch(0)

    def _connect(self) -> None:
        self.ways.chosen.connect(self._on_way)
        self.ways.opened.connect(self._fit)
        self.minutes.editingFinished.connect(self._on_minutes)
        self.teach_button.clicked.connect(self.teach)
        self.cancel_button.clicked.connect(self.cancel)
        self.process.progressed.connect(self._on_progress)
        self.process.succeeded.connect(self._on_learned)
        self.process.failed.connect(self._on_failed)

    def _show_state(self) -> None:
        state, draft = self.state, self.state.draft
        runs = self.process.is_running
        text = tr("Good parts: {good}. Defective parts: {defective}, with a mask: {marked}.")
        self.material.setText(
            text.format(good=state.good, defective=state.defective, marked=state.marked)
        )
        with QSignalBlocker(self.minutes):
            self.minutes.setValue(draft.minutes)
        problems = {info.way: problem_of(info.way, state.good, state.marked) for info in WAYS}
        self.ways.show_state(draft.way, problems, is_free=not runs)
        self._fit()
        trains = draft.way == "trained"
        self.minutes.setVisible(trains)
        self._minutes_name.setVisible(trains)
        self.minutes.setEnabled(not runs)
        self.teach_button.setEnabled(not runs and not problems[draft.way])
        self.cancel_button.setVisible(runs)
        self.cancel_button.setEnabled(runs and not self._is_stopping)
        self.bar.setVisible(runs)
        self.left_.setVisible(runs)
        self._show_progress()
        self._show_result()
        self.lacking.emit()

    def _show_progress(self) -> None:
        if not self.process.is_running:
            return
        if self._is_stopping:
            self.stage.setText(tr("It is being stopped …"))
            self.left_.setText("")
            return
        self.bar.setValue(round(_PERMILLE * self._progress.share))
        self.stage.setText(tr(_STAGES.get(self._progress.stage, _STAGES["read"])))
        left = self._progress.seconds_left(time.monotonic())
        self.left_.setText(improve_texts.time_left(left))

    def _show_result(self) -> None:
        if self.process.is_running:
            self.result.setText("")
            return
        outcome = self.state.outcome
        if outcome is None:
            self.stage.setText(tr("Nothing was taught yet."))
            self.result.setText("")
            return
        self.stage.setText(tr("✓ Taught"))
        text = tr(
            "Learned from {good} good and {defective} defective pictures in {seconds} s; tried on "
            "{tried} that it has not learned from."
        )
        self.result.setText(
            text.format(
                good=outcome.learned_good,
                defective=outcome.learned_defective,
                seconds=round(outcome.seconds),
                tried=len(outcome.tried),
            )
        )
