"""Last step: a version of the recipe, who made it and why; then the change over to it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

from PyQt5.QtCore import pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.errors import StoreError
from app.i18n import N_, tr
from app.inspection.recipe import Recipe
from app.quality.promise import percent
from app.review.export_files import safe_name
from app.station import tasks
from app.station.messages import sentence_of
from app.teaching.draft import Draft, DraftPlace
from app.teaching.outcome import CHECKPOINT, Outcome
from app.teaching.proposal import Proposal, propose, recipe_with_outcome
from app.teaching.ways import WAYS
from app.ui import images
from app.ui.qa_desk import QaDesk
from app.ui.screens.teach_state import TeachState
from app.ui.screens.teach_step import TeachStep
from app.ui.widgets.fact_list import FactList
from app.ui.widgets.labelled import Labelled
from app.ui.widgets.panel import panel
from app.ui.widgets.teach_outlines import DrawnLayer
from app.ui.widgets.text_field import TextField
from app.ui.widgets.zoom_view import ZoomPicture, ZoomView
from model.atomic import whole_file

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be saved."""

    place: DraftPlace
    draft: Draft
    outcome: Outcome
    limit: float
    author: str
    reason: str


class SaveStep(TeachStep):
    """Sum up, sign, save, change over.

    Signals:
        saved: The recipe was saved. arg: its name.
        closed: The person is done with the product.
    """

    saved = pyqtSignal(str)
    closed = pyqtSignal()

    def __init__(self, state: TeachState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.facts, self.author, self.reason = FactList(), TextField(), TextField()
        self.done_word, self.done_text = QLabel(), QLabel()
        self.change_button, self.close_button = QPushButton(), QPushButton()
        self.view, self.drawn = ZoomView(), DrawnLayer()
        self.view.add_layer(self.drawn)
        self._recipe: Recipe | None = None
        self._is_saving = False
        self._build()
        self.author.textChanged.connect(self.lacking)
        self.reason.textChanged.connect(self.lacking)
        self.change_button.clicked.connect(self._on_change_over)
        self.close_button.clicked.connect(self.closed)
        change = state.desk.change_over
        if change is not None:
            change.progressed.connect(self._on_progress)
            change.done.connect(self._on_changed_over)
            change.failed.connect(self._on_not_changed_over)
        self.retranslate()

    @property
    def is_saved(self) -> bool:
        """Whether it was saved since the step is shown."""
        return self._recipe is not None

    def heading(self) -> str:
        """Return what is to be done here."""
        if self._recipe is not None:
            return tr("The recipe is saved.")
        return tr("Look it over, sign it and save it as a version of the recipe.")

    def lack(self) -> str:
        """Return why it cannot be saved yet."""
        if self._is_saving:
            return tr("It is being saved …")
        if not self.author.text().strip():
            return tr("Say who you are: a recipe version needs an author.")
        return "" if self.reason.text().strip() else tr("Say why: it stands in the history.")

    def entered(self) -> None:
        """Sum up."""
        self._recipe = None
        if not self.author.text():
            self.author.setText(self.state.desk.reviewer)
        outcome = self.state.outcome
        if outcome is not None:
            text = tr("Taught from {good} good and {defective} defective pictures")
            good, defective = outcome.learned_good, outcome.learned_defective
            self.reason.setText(text.format(good=good, defective=defective))
        self.drawn.show(self.state.recipe)
        if self.state.reference is not None:
            self.view.show_picture(ZoomPicture((images.base_image(self.state.reference),)))
        self._show_state()
        (self.author if not self.author.text() else self.reason).setFocus()

    def confirmed(self) -> None:
        """Save."""
        outcome, proposal = self.state.outcome, self._proposal()
        if self._is_saving or self._recipe is not None or outcome is None or proposal is None:
            return
        self._is_saving = True
        self.lacking.emit()
        desk = self.state.desk
        wish = _Wish(
            self.state.place,
            self.state.draft,
            outcome,
            proposal.limit,
            self.author.text().strip(),
            self.reason.text().strip(),
        )
        tasks.run(lambda: _saved(desk, wish), self._on_saved, self._on_failed)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self._author_box.set_name(tr("Your name"))
        self._reason_box.set_name(tr("Reason"))
        self.close_button.setText(tr("Close"))
        self._show_state()

    # -- saving --------------------------------------------------------------------------

    def _on_saved(self, recipe: Recipe) -> None:
        self._is_saving = False
        self._recipe = recipe
        if not self.state.desk.reviewer:
            self.state.desk.keeper.change(reviewer=self.author.text().strip())
        self.state.change(saved=recipe.version)
        self._show_state()
        self.change_button.setFocus()
        self.saved.emit(recipe.name)

    def _on_failed(self, error: Exception) -> None:
        self._is_saving = False
        self.said.emit(sentence_of(error))
        self.lacking.emit()

    @pyqtSlot()
    def _on_change_over(self) -> None:
        """Ask the station to judge with it from now on."""
        change, recipe = self.state.desk.change_over, self._recipe
        if change is None or recipe is None:
            return
        by = self.author.text().strip()
        if change.begin(recipe.name, by, "button", recipe.version):
            self.change_button.setEnabled(False)
            self.close_button.setFocus()

    @pyqtSlot(str, int, int)
    def _on_progress(self, step: str, number: int, total: int) -> None:
        if self._recipe is not None:
            self.done_text.setText(f"{number}/{total} · {step}")

    @pyqtSlot(object)
    def _on_changed_over(self, recipe: Recipe) -> None:
        if self._recipe is not None:
            text = tr("The line judges with recipe {name} version {version} now.")
            self.done_text.setText(text.format(name=recipe.name, version=recipe.version))

    @pyqtSlot(str)
    def _on_not_changed_over(self, sentence: str) -> None:
        if self._recipe is not None:
            self.done_text.setText(f"✗ {sentence}")
            self.change_button.setEnabled(True)

    # -- the rest ------------------------------------------------------------------------

    def _build(self) -> None:
        self._author_box, self._reason_box = Labelled(self.author), Labelled(self.reason)
        self.author.setMaxLength(80)
        self.reason.setMaxLength(200)
        self.done_word.setProperty("role", "large")
        self.done_text.setWordWrap(True)
        buttons = QHBoxLayout()
        for button in (self.change_button, self.close_button):
            button.setProperty("target", "large")
            button.setMinimumWidth(200)
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        holder = QWidget()
        holder.setLayout(buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        self._done = panel(self.done_word, self.done_text, holder)
        signature = QHBoxLayout()
        signature.addWidget(self._author_box, 1)
        signature.addWidget(self._reason_box, 2)
        self._signature = QWidget()
        self._signature.setLayout(signature)
        signature.setContentsMargins(0, 0, 0, 0)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(12)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(panel(self.facts), 1)
        top.addWidget(self.view, 1)
        rows.addLayout(top, 1)
        rows.addWidget(self._signature)
        rows.addWidget(self._done)

    def _proposal(self) -> Proposal | None:
        outcome, draft = self.state.outcome, self.state.draft
        return None if outcome is None else propose(outcome, draft.false_calls, draft.limit)

    def _show_state(self) -> None:
        recipe, outcome, found = self.state.recipe, self.state.outcome, self._proposal()
        if outcome is not None and found is not None:
            self.facts.show_facts(_facts(recipe, outcome, found))
        saved = self._recipe
        self._signature.setVisible(saved is None)
        self._done.setVisible(saved is not None)
        if saved is not None:
            text = tr("✓ Recipe {name} version {version} is saved.")
            self.done_word.setText(text.format(name=saved.name, version=saved.version))
            self._show_change_over()
        self.lacking.emit()

    def _show_change_over(self) -> None:
        desk = self.state.desk
        waits = desk.keeper.settings.approval_required
        can = desk.change_over is not None and not waits
        self.change_button.setText(tr("Change over to it now"))
        self.change_button.setVisible(can)
        self.change_button.setEnabled(can)
        if waits:
            text = tr("A second person has to approve it before the line can use it.")
        elif can:
            text = tr("The line goes on with its recipe until you change over.")
        else:
            text = tr("Change over to it on the station.")
        self.done_text.setText(text)


def _facts(recipe: Recipe, outcome: Outcome, found: Proposal) -> Facts:
    way = next(tr(info.text) for info in WAYS if info.way == outcome.way)
    regions = len(recipe.regions) or int(recipe.region_of_interest is not None)
    anchor = tr("none: parts always lie the same")
    if recipe.anchor is not None:
        text = tr("up to {px} px and {turn}°")
        anchor = text.format(px=recipe.anchor.reach_px, turn=f"{recipe.anchor.max_turn_deg:g}")
    scale = "-" if recipe.mm_per_px is None else f"{recipe.mm_per_px:.4g} mm/px"
    pictures = tr("{good} good, {defective} defective; {held} held out for the trial").format(
        good=outcome.learned_good, defective=outcome.learned_defective, held=len(outcome.tried)
    )
    promised = tr("none")
    if found.promised is not None:
        promised = tr("at most {share} of the good parts called NG (95 % confidence)").format(
            share=percent(found.promised)
        )
    defects = tr("none shown")
    if found.defective:
        defects = tr("{found} of {count} found").format(
            found=found.defective - found.escapes, count=found.defective
        )
    return (
        (N_("Recipe"), recipe.name),
        (N_("Camera"), recipe.camera),
        (N_("Regions"), str(regions) if regions else tr("the whole picture")),
        (N_("Alignment"), anchor),
        (N_("Scale"), scale),
        (N_("Taught by"), way),
        (N_("Pictures"), pictures),
        (N_("NG from"), f"{found.limit:.4g}"),
        (N_("Promise"), promised),
        (N_("Defective parts"), defects),
    )


def _saved(desk: QaDesk, wish: _Wish) -> Recipe:
    """Put the checkpoint among those of the station, then keep the recipe. Blocks."""
    folder = desk.home.checkpoints
    stem = f"{safe_name(wish.draft.name, 'product')}-{datetime.now(UTC):%Y%m%d}"
    file = folder / f"{stem}-{wish.outcome.sha256[:6]}.safetensors"
    source = wish.place.lesson / CHECKPOINT
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.is_file():
            with whole_file(file) as part:
                shutil.copyfile(source, part)
    except OSError as error:
        text = tr("{file} cannot be written: {error}. Check the disk and its rights.")
        raise StoreError(text.format(file=file, error=error.strerror or error)) from error
    recipe = recipe_with_outcome(wish.draft.recipe, wish.outcome, file.name, wish.limit)
    return desk.recipes.save(recipe, author=wish.author, reason=wish.reason)
