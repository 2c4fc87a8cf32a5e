"""The draft behind the steps: changed here, kept on disk at once, told to whoever shows it."""

from __future__ import annotations

from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal

from app.camera.frame import Image
from app.errors import ExpectedError
from app.inspection.placement import anchor_from
from app.inspection.recipe import Recipe
from app.station import tasks
from app.station.frame_feed import FrameFeed
from app.station.messages import sentence_of
from app.teaching.draft import Draft, DraftPlace, name_problem, place_of
from app.teaching.outcome import Outcome, drawing_of
from app.teaching.steps import Progress
from app.ui.qa_desk import QaDesk


class TeachState(QObject):
    """What is known of the product that is being taught.

    Args:
        desk: Home, recipes and station.
        parent: Qt owner.

    Attributes:
        feed: Frames of the chosen camera.
        reference: The picture that is drawn on, (H, W, 3) uint8 BGR; None while there is none.
        outcome: Of the last lesson; None while there is none.
        good: Pictures of good parts on the disk.
        defective: Pictures of defective parts on the disk.
        marked: Those of them with a painted mask.

    Signals:
        changed: Something of it is other than before.
        failed: Something could not be kept. arg: one sentence.
    """

    changed = pyqtSignal()
    failed = pyqtSignal(str)

    def __init__(self, desk: QaDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.feed = FrameFeed(desk.station, parent=self)
        self.reference: Image | None = None
        self.outcome: Outcome | None = None
        self.good = self.defective = self.marked = 0
        self._draft = Draft(recipe=Recipe(name="-"))
        self._place: DraftPlace | None = None
        self._saving = False
        self._waiting: tuple[DraftPlace, Draft] | None = None

    @property
    def draft(self) -> Draft:
        """The choices as they are now."""
        return self._draft

    @property
    def recipe(self) -> Recipe:
        """The recipe as far as it is known."""
        return self._draft.recipe

    @property
    def is_open(self) -> bool:
        """Whether the product has a name and a place on the disk."""
        return self._place is not None

    @property
    def place(self) -> DraftPlace:
        """Where everything lies; only once it is open."""
        assert self._place is not None
        return self._place

    @property
    def progress(self) -> Progress:
        """What there is and what is lacking."""
        drawn = drawing_of(self.recipe)
        return Progress(
            name_problem=name_problem(self.recipe.name) if self.is_open else " ",
            has_camera=self.is_open,
            has_reference=self.reference is not None,
            good=self.good,
            marked=self.marked,
            way=self._draft.way,
            has_outcome=self.outcome is not None,
            is_stale=self.outcome is not None and self.outcome.drawing != drawn,
            saved=self._draft.saved,
        )

    # -- changes -------------------------------------------------------------------------

    def open(
        self,
        draft: Draft,
        reference: Image | None,
        outcome: Outcome | None,
        counts: tuple[int, int, int] = (0, 0, 0),
    ) -> None:
        """Go on with a draft that was read, or begin a new one.

        Args:
            draft: The choices.
            reference: The picture that is drawn on.
            outcome: Of the last lesson.
            counts: Good, defective and marked pictures on the disk.
        """
        self._draft, self._place = draft, place_of(self.desk.home, draft.name)
        self.reference, self.outcome = reference, outcome
        self.good, self.defective, self.marked = counts
        self.keep()
        self.changed.emit()

    def close(self) -> None:
        """Forget the draft; it stays on the disk."""
        self.feed.stop()
        self._draft, self._place = Draft(recipe=Recipe(name="-")), None
        self.reference = self.outcome = None
        self.good = self.defective = self.marked = 0
        self.changed.emit()

    def change(self, **values: Any) -> None:
        """Change choices of the draft and keep them."""
        found = self._draft.model_copy(update=values)
        if found != self._draft:
            self._draft = found
            self.keep()
            self.changed.emit()

    def change_recipe(self, recipe: Recipe) -> None:
        """Take another recipe, as after drawing, and keep it."""
        self.change(recipe=recipe)

    def set_reference(self, image: Image) -> None:
        """Draw on another picture from now on; an anchor is cut out of it anew."""
        self.reference = image
        recipe = self.recipe
        if recipe.anchor is not None:
            try:
                fresh = anchor_from(image, recipe.anchor.box, recipe.anchor.method)
                keep = {"reach_px", "max_turn_deg", "least_match"}
                fresh = fresh.model_copy(update=recipe.anchor.model_dump(include=keep))
            except ExpectedError as error:
                fresh = None
                self.failed.emit(str(error))
            self.change(recipe=recipe.model_copy(update={"anchor": fresh}))
        place = self.place
        tasks.run(lambda: place.save_reference(image), lambda _: None, self._on_failed)
        self.changed.emit()

    def set_counts(self, good: int, defective: int, marked: int) -> None:
        """Say how many pictures lie on the disk."""
        counts = (good, defective, marked)
        if counts != (self.good, self.defective, self.marked):
            self.good, self.defective, self.marked = counts
            self.changed.emit()

    def set_outcome(self, outcome: Outcome | None) -> None:
        """Take what was learned; a limit that was set for another lesson falls."""
        self.outcome = outcome
        self.change(limit=None)
        self.changed.emit()

    def watch(self) -> None:
        """Bring frames of the chosen camera."""
        self.feed.watch(self.recipe.camera, self.recipe.camera_settings)

    # -- disk ----------------------------------------------------------------------------

    def keep(self) -> None:
        """Write the draft away from this thread; only the newest of several waits."""
        if self._place is not None:
            self._write(self._place, self._draft)

    def _write(self, place: DraftPlace, draft: Draft) -> None:
        if self._saving:
            # with its place: the person may have left the product when its turn comes
            self._waiting = (place, draft)
            return
        self._saving = True
        tasks.run(lambda: place.save(draft), self._on_kept, self._on_failed)

    def _on_kept(self, _: object) -> None:
        self._saving = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._write(*waiting)

    def _on_failed(self, error: Exception) -> None:
        self._on_kept(None)
        self.failed.emit(sentence_of(error))
