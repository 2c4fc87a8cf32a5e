"""Teach a product: from a camera to a recipe that judges, step by step."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, Qt, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.i18n import tr
from app.teaching.steps import STEPS, lack_of, number_of, reachable
from app.ui.qa_desk import QaDesk
from app.ui.screens.teach_align import AlignStep
from app.ui.screens.teach_camera import CameraStep
from app.ui.screens.teach_collect import CollectStep
from app.ui.screens.teach_draw import DrawStep
from app.ui.screens.teach_learn import LearnStep
from app.ui.screens.teach_result import ResultStep
from app.ui.screens.teach_save import SaveStep
from app.ui.screens.teach_scale import ScaleStep
from app.ui.screens.teach_state import TeachState
from app.ui.screens.teach_step import TeachStep
from app.ui.widgets.teach_rail import TeachRail


class TeachFlow(QWidget):
    """The guided flow; what was done so far is kept on disk.

    Call `entered` when it is shown and `rest` when it is not any more, as of a `Page`.

    Args:
        desk: What it works with.
        parent: Screen that it belongs to.

    Attributes:
        state: The draft.
        steps: The pages in order.

    Signals:
        finished: A recipe was saved. arg: its name.
        left: The person leaves; a draft stays.
    """

    finished = pyqtSignal(str)
    left = pyqtSignal()

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("teachFlow")
        self.state = TeachState(desk, self)
        self.rail, self.pages = TeachRail(), QStackedWidget()
        self.heading, self.message = QLabel(), QLabel()
        self.leave_button, self.back_button, self.next_button = (QPushButton() for _ in range(3))
        self.save_step = SaveStep(self.state)
        self.camera_step = CameraStep(self.state)
        self.steps: tuple[TeachStep, ...] = (
            self.camera_step,
            DrawStep(self.state),
            AlignStep(self.state),
            ScaleStep(self.state),
            CollectStep(self.state),
            LearnStep(self.state),
            ResultStep(self.state),
            self.save_step,
        )
        self._said, self._is_shown = "", False
        self._build()
        self._connect()
        self.retranslate()

    @property
    def number(self) -> int:
        """Number of the step that is shown, from 0."""
        return int(self.pages.currentIndex())

    @property
    def step(self) -> TeachStep:
        """The step that is shown."""
        return self.steps[self.number]

    # -- as a page -----------------------------------------------------------------------

    def entered(self) -> None:
        """It is shown from now on."""
        if not self._is_shown:
            self._is_shown = True
            self._enter()
            self._show_state()

    def rest(self) -> None:
        """It is no longer shown; the draft stays, work in the background is stopped."""
        if self._is_shown:
            self._is_shown = False
            self.step.left()
            self.state.feed.stop()

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size."""
        self.rail.setFixedWidth(round(236 * scale))
        for step in self.steps:
            step.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.leave_button.setText(tr("Leave, keep the draft"))
        self.back_button.setText(tr("◀ Back"))
        self.back_button.setToolTip(tr("Back to the step before (Alt+Left)"))
        self.rail.retranslate()
        self._show_state()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # -- moves ---------------------------------------------------------------------------

    def go_to(self, number: int) -> None:
        """Show a step, as far as nothing before it is lacking."""
        number = min(number, self._last())
        if number == self.number:
            self._show_state()
            return
        self._said = ""
        if self._is_shown:
            self.step.left()
        self.pages.setCurrentIndex(number)
        if self.state.is_open:
            self.state.change(step=STEPS[number].key)
        if self._is_shown:
            self._enter()
        self._show_state()

    @pyqtSlot()
    def go_on(self) -> None:
        """Keep what was chosen and show the next step; save on the last one."""
        if not self.next_button.isEnabled():
            return
        self.step.confirmed()
        if self.step is self.camera_step:
            return  # it opens the draft first, which is read from the disk
        if self.number + 1 < len(self.steps):
            self.go_to(self.number + 1)

    @pyqtSlot()
    def go_back(self) -> None:
        """Show the step before."""
        if self.number:
            self.go_to(self.number - 1)

    @pyqtSlot()
    def leave(self) -> None:
        """Leave the flow; everything is on the disk."""
        self.rest()
        self.pages.setCurrentIndex(0)
        self.state.close()
        self.left.emit()

    @pyqtSlot()
    def _on_opened(self) -> None:
        """Go on where the person was, or to the drawing."""
        self.go_to(max(1, number_of(self.state.draft.step)))

    @pyqtSlot(str)
    def _on_saved(self, name: str) -> None:
        self.finished.emit(name)
        if not self._is_shown:  # the screen shows the recipe: the next product begins anew
            self.pages.setCurrentIndex(0)
            self.state.close()
        self._show_state()

    # -- the rest ------------------------------------------------------------------------

    def _enter(self) -> None:
        self.step.setFocus()
        self.step.entered()
        if self.step.needs_frames:
            self.state.watch()
        elif self.step is not self.camera_step:
            self.state.feed.stop()

    def _last(self) -> int:
        if not self.state.is_open:
            return 0
        return reachable(self.state.progress)

    def _lack(self) -> str:
        step, key = self.step, STEPS[self.number].key
        if step is self.camera_step:
            return step.lack()
        return step.lack() or lack_of(key, self.state.progress)

    def _build(self) -> None:
        self.heading.setProperty("role", "large")
        self.heading.setWordWrap(True)
        self.message.setWordWrap(True)
        self.message.setObjectName("teachLack")
        for step in self.steps:
            self.pages.addWidget(step)
        bottom = QHBoxLayout()
        bottom.setSpacing(10)
        bottom.addWidget(self.leave_button)
        bottom.addWidget(self.message, 1)
        for button in (self.back_button, self.next_button):
            button.setMinimumWidth(150)
            button.setProperty("role", "move")
            bottom.addWidget(button)
        for button in (self.leave_button, self.back_button, self.next_button):
            button.setAutoDefault(False)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.heading)
        right.addWidget(self.pages, 1)
        right.addLayout(bottom)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(12)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self.set_scale(1.0)

    def _connect(self) -> None:
        self.rail.chosen.connect(self.go_to)
        self.leave_button.clicked.connect(self.leave)
        self.back_button.clicked.connect(self.go_back)
        self.next_button.clicked.connect(self.go_on)
        self.state.changed.connect(self._show_state)
        self.state.failed.connect(self._say)
        self.state.feed.healed.connect(self._on_healed)
        self.camera_step.opened.connect(self._on_opened)
        self.save_step.saved.connect(self._on_saved)
        self.save_step.closed.connect(self.leave)
        for step in self.steps:
            step.lacking.connect(self._show_state)
            step.said.connect(self._say)
        self.back_button.setShortcut(Qt.Modifier.ALT | Qt.Key.Key_Left)

    @pyqtSlot(str)
    def _say(self, sentence: str) -> None:
        self._said = sentence
        self._show_state()

    @pyqtSlot()
    def _on_healed(self) -> None:
        self._say("")

    @pyqtSlot()
    def _show_state(self) -> None:
        progress = self.state.progress
        here, lack = self.number, self._lack()
        skipped = [n for n, step in enumerate(STEPS) if step.may_skip and not self._has(step.key)]
        name = self.state.recipe.name if self.state.is_open else ""
        self.rail.show_steps(name, here, self._last(), skipped)
        self.heading.setText(self.step.heading())
        self.message.setText(self._said or lack)
        self.back_button.setEnabled(here > 0)
        is_last = here == len(self.steps) - 1
        skips = STEPS[here].may_skip and not self._has(STEPS[here].key)
        text = tr("Skip ▶") if skips else tr("Next ▶")
        self.next_button.setText(tr("Save the recipe") if is_last else text)
        self.next_button.setVisible(not (is_last and progress.saved and self.save_step.is_saved))
        self.next_button.setEnabled(not lack)
        # set anew with the text: Qt takes the shortcut off with it
        self.next_button.setShortcut(Qt.Modifier.ALT | Qt.Key.Key_Right)
        self.next_button.setToolTip(lack or tr("On to the next step (Alt+Right)"))

    def _has(self, key: str) -> bool:
        recipe = self.state.recipe
        return recipe.anchor is not None if key == "align" else recipe.mm_per_px is not None
