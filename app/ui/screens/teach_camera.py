"""First step: what the product is called, and which camera looks at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.camera.frame import Image
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.station import tasks
from app.station.messages import sentence_of
from app.teaching.draft import Draft, DraftPlace, drafts, name_problem, place_of
from app.teaching.outcome import Outcome, read_outcome
from app.teaching.steps import STEPS, number_of
from app.ui.qa_desk import QaDesk
from app.ui.screens.teach_state import TeachState
from app.ui.screens.teach_step import TeachStep
from app.ui.widgets.camera_picker import CameraPicker
from app.ui.widgets.choice_box import ChoiceBox
from app.ui.widgets.filled_box import fill
from app.ui.widgets.labelled import Labelled
from app.ui.widgets.teach_scroll import TeachScroll
from app.ui.widgets.text_field import TextField


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What was begun, and what there is."""

    drafts: tuple[Draft, ...]
    recipes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """A draft as it was read, or as it begins."""

    draft: Draft
    reference: Image | None
    outcome: Outcome | None
    counts: tuple[int, int, int]


class CameraStep(TeachStep):
    """Begin a product or go on with one; then the camera.

    Signals:
        opened: The state has the draft now.
    """

    opened = pyqtSignal()

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.name = TextField()
        self.name.setMaxLength(60)
        self.note = QLabel()
        self.begun = ChoiceBox(24)
        self.resume_button, self.discard_button = QPushButton(), QPushButton()
        self.picker = CameraPicker(state.feed)
        self._found = _Found((), ())
        self._opening = False
        self._build()
        self.name.textChanged.connect(self._on_named)
        self.picker.changed.connect(self.lacking)
        self.resume_button.clicked.connect(self._on_resume)
        self.discard_button.clicked.connect(self._on_discard)
        self.retranslate()

    def heading(self) -> str:
        """Return what is to be done here."""
        return tr("Name the product and choose the camera that looks at it.")

    def lack(self) -> str:
        """Return why one cannot go on yet."""
        if self._opening:
            return tr("The draft is being read …")
        problem = name_problem(self.name.text().strip()) or self._taken()
        if problem or self.picker.has_picture:
            return problem
        if not self.picker.address and not self.state.feed.uses_line:
            return tr("Choose a camera.")
        return tr("There is no picture from this camera yet.")

    def entered(self) -> None:
        """List what was begun, and show the camera."""
        if self.state.is_open:
            self.name.setText(self.state.recipe.name)
        self.name.setReadOnly(self.state.is_open)
        recipe = self.state.recipe
        self.picker.set_camera(recipe.camera if self.state.is_open else "", recipe.camera_settings)
        self._read()
        self.name.setFocus()

    def confirmed(self) -> None:
        """Open the draft with this name and camera."""
        address = self.picker.address or self.state.feed.line_address
        settings = self.picker.settings
        if self.state.is_open:
            update = {"camera": address, "camera_settings": settings}
            self.state.change_recipe(self.state.recipe.model_copy(update=update))
            self.opened.emit()
            return
        name, desk = self.name.text().strip(), self.state.desk

        def job() -> _Opened:
            start = _begun(desk, name)
            update = {"camera": address, "camera_settings": settings}
            recipe = start.recipe.model_copy(update=update)
            return _Opened(start.model_copy(update={"recipe": recipe}), None, None, (0, 0, 0))

        self._open(job)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._name_box.set_name(tr("Name of the product"))
        self._begun_box.set_name(tr("Go on with what was begun"))
        self.resume_button.setText(tr("Go on"))
        self.discard_button.setText(tr("Discard"))
        self.discard_button.setToolTip(
            tr("Put the draft and its pictures into the bin folder of the station")
        )
        self._show_begun()
        self._on_named()

    # -- drafts --------------------------------------------------------------------------

    def _read(self) -> None:
        desk = self.state.desk

        def job() -> _Found:
            return _Found(drafts(desk.home), tuple(desk.recipes.names()))

        tasks.run(job, self._on_read, self._on_failed)

    def _on_read(self, found: _Found) -> None:
        self._found = found
        self._show_begun()
        self._on_named()

    def _show_begun(self) -> None:
        shown = "" if self.state.is_open else "all"
        open_ = [draft for draft in self._found.drafts if shown]
        fill(self.begun, [(_line(draft), draft.name) for draft in open_], None)
        if open_:
            self.begun.setCurrentIndex(0)
        self._begun_panel.setVisible(bool(open_))

    def _taken(self) -> str:
        names = {draft.name.casefold() for draft in self._found.drafts}
        if not self.state.is_open and self.name.text().strip().casefold() in names:
            return tr("It was begun already: go on with it at the right, or choose another name.")
        return ""

    def _on_named(self) -> None:
        name = self.name.text().strip()
        known = name in self._found.recipes
        text = tr("There is a recipe {name} already; this makes its next version.")
        self.note.setText(text.format(name=name) if known else "")
        self.note.setVisible(known)
        self.lacking.emit()

    def _on_resume(self) -> None:
        name, desk = self.begun.currentData(), self.state.desk
        if not name:
            return

        def job() -> _Opened:
            place = place_of(desk.home, name)
            return _Opened(place.load(), place.reference(), _outcome(place), place.counts())

        self._open(job)

    def _on_discard(self) -> None:
        name, desk = self.begun.currentData(), self.state.desk
        if name:
            place = place_of(desk.home, name)
            tasks.run(place.put_aside, lambda _: self._read(), self._on_failed)

    def _open(self, job: Callable[[], _Opened]) -> None:
        self._opening = True
        self.lacking.emit()
        tasks.run(job, self._on_opened, self._on_failed)

    def _on_opened(self, found: _Opened) -> None:
        self._opening = False
        self.state.open(found.draft, found.reference, found.outcome, found.counts)
        self.opened.emit()

    def _on_failed(self, error: Exception) -> None:
        self._opening = False
        self.said.emit(sentence_of(error))

    # -- the rest ------------------------------------------------------------------------

    def _build(self) -> None:
        self.note.setProperty("role", "faint")
        self.note.setWordWrap(True)
        self._name_box, self._begun_box = Labelled(self.name), Labelled(self.begun)
        self._begun_panel = QWidget()
        begun = QHBoxLayout(self._begun_panel)
        begun.setContentsMargins(0, 0, 0, 0)
        begun.addWidget(self._begun_box, 1)
        for button in (self.resume_button, self.discard_button):
            button.setAutoDefault(False)
            begun.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        top = QHBoxLayout()
        top.setSpacing(24)
        top.addWidget(self._name_box, 2)
        top.addWidget(self._begun_panel, 3)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        rows.addLayout(top)
        rows.addWidget(self.note)
        # on a small screen its fields are scrolled, and the buttons below stay in sight
        rows.addWidget(TeachScroll(self.picker), 1)
        self.setFocusProxy(self.name)


def _begun(desk: QaDesk, name: str) -> Draft:
    """Return a new draft; of a recipe that exists everything is kept that is not taught anew."""
    if name not in desk.recipes.names():
        return Draft(recipe=Recipe(name=name, product=name))
    return Draft(recipe=desk.recipes.load(name))


def _outcome(place: DraftPlace) -> Outcome | None:
    try:
        return read_outcome(place.lesson)
    except ExpectedError:
        return None


def _line(draft: Draft) -> str:
    step = STEPS[number_of(draft.step)]
    when = draft.changed.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{draft.name} · {number_of(draft.step) + 1} {tr(step.text)} · {when}"
