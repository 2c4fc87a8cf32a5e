"""What the person at the review screen answers: who it is, decisions, taking them back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QObject, pyqtSignal, pyqtSlot
from PyQt5.QtWidgets import QWidget

from app import log
from app.errors import ExpectedError
from app.i18n import tr
from app.inspection.review import Finding, Review
from app.review.decisions import Choice, Word, disagree, person
from app.review.outbox import Outbox
from app.station import tasks
from app.ui.deciding import Deciding, Made
from app.ui.part_loader import LoadedPart, PartLoader
from app.ui.qa_desk import QaDesk
from app.ui.review_walk import ReviewWalk
from app.ui.review_writer import ReviewWriter
from app.ui.screens import review_news
from app.ui.screens.review_layout import ReviewLayout
from app.ui.screens.review_part import PartView
from app.ui.widgets.name_dialog import NameDialog

_FILE = "reviews-waiting.jsonl"


class ReviewAnswers(QObject):
    """Takes decisions from the keys and brings them into list, store and words.

    Signals:
        changed: A decision was made or taken back.
        reviewer_changed: A person sits at the desk. arg: whether it was another one before, so
            that the list has to be read anew.
    """

    changed = pyqtSignal()
    reviewer_changed = pyqtSignal(bool)

    def __init__(
        self,
        desk: QaDesk,
        layout: ReviewLayout,
        walk: ReviewWalk,
        loader: PartLoader,
        part_view: PartView,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._desk = desk
        self._layout = layout
        self._walk = walk
        self._loader = loader
        self._part_view = part_view
        self._page = page
        self._restored: Made | None = None
        self.writer = ReviewWriter(Outbox(desk.store, desk.home.root / _FILE), self)
        self.deciding = Deciding(self.writer, self)
        self.deciding.made.connect(self._on_made)
        self.deciding.taken_back.connect(self._on_taken_back)
        self.deciding.handed_back.connect(self._on_handed_back)
        self.writer.written.connect(self._on_written)
        self.writer.waiting.connect(self._on_waiting)
        layout.fault.acknowledged.connect(self._on_acknowledged)

    def decide(self, choice: Choice) -> None:
        """Say what the part on the screen is, and go on to the next."""
        part = self._walk.part
        if part is None:
            self._part_view.say(tr("There is no part on the screen to decide."), alarm=True)
            return
        if not person(self._desk.reviewer):
            self.ask_reviewer(partial(self.decide, choice))
            return
        layout = self._layout
        word = Word(choice, layout.kinds.kind, layout.comment.text(), self._part_view.mask)
        reason = self.deciding.decide(part, word, self._desk.reviewer)
        if reason:
            self._part_view.say(reason, alarm=True)

    def undo(self) -> None:
        """Take back the newest decision and show its part again, with what was typed."""
        made = self.deciding.take_back(self._desk.reviewer)
        if made is None:
            self._part_view.say(tr("Nothing of this session is left to take back."))
            return
        self._restored = made
        if not self._walk.go(self._layout.model.place_of(made.review.record_id)):
            self._walk.show_record(made.review.record_id)
        self._part_view.say(
            tr("Taken back: part {serial}. Decide again.").format(serial=made.serial or "–")
        )

    def on_the_way(self) -> dict[str, Finding]:
        """Return what was decided here and is not yet in the store, by record id."""
        waiting = self.writer.outbox.waiting
        found = {review.record_id: review.finding for review in waiting}
        return {key: finding for key, finding in found.items() if finding != "withdrawn"}

    def restore_to(self, part: LoadedPart) -> None:
        """Show again what was chosen for a part before its decision was taken back."""
        made = self._restored
        if made is not None and made.review.record_id == part.record.id:
            self._part_view.restore(made.word)
            self._restored = None

    def ask_reviewer(self, then: Callable[[], None] | None = None) -> NameDialog:
        """Ask who sits here; `then` is done once a name was given."""
        dialog = NameDialog(
            tr("Who reviews?"),
            tr("Your name is kept with every decision, on this computer until you change it."),
            self._desk.reviewer,
            self._page,
        )
        dialog.named.connect(partial(self._on_named, then))
        dialog.finished.connect(self._on_dialog_finished)
        dialog.open()
        return dialog

    def close_message(self) -> bool:
        """Close a message about a refused decision; return whether there was one."""
        fault = self._layout.fault
        if not fault.text or fault.property("quiet"):
            return False
        fault.show_fault("", True)
        return True

    def _on_named(self, then: Callable[[], None] | None, name: str) -> None:
        keeper, before = self._desk.keeper, person(self._desk.reviewer)

        def done(_: bool) -> None:
            if sip.isdeleted(self):
                return
            if name != before:
                self._layout.model.set_reviewer(name)
                self.reviewer_changed.emit(bool(before))
            if then is not None:
                then()

        tasks.run(lambda: keeper.change(reviewer=name), done, self._on_failed)

    @pyqtSlot(object)
    def _on_made(self, made: Made) -> None:
        layout, walk = self._layout, self._walk
        layout.model.set_own(made.review.record_id, made.review.finding)
        layout.comment.clear()
        self._restored = None
        self._part_view.say(review_news.made_text(made))
        if walk.is_beside and walk.place >= 0:
            walk.step(0)
        else:
            walk.go_on()
        self.changed.emit()

    @pyqtSlot(object)
    def _on_taken_back(self, made: Made) -> None:
        self._layout.model.set_own(made.review.record_id, None)
        self.changed.emit()

    @pyqtSlot(object, str)
    def _on_handed_back(self, made: Made, sentence: str) -> None:
        """Give a decision back that the database will never take."""
        self._layout.model.set_own(made.review.record_id, None)
        self._layout.fault.show_fault(review_news.handed_back_text(made, sentence), False)
        self.changed.emit()

    @pyqtSlot(object)
    def _on_written(self, review: Review) -> None:
        part = self._loader.get(review.record_id)
        if part is None:
            return
        known = part.dossier.reviews
        if all(one.id != review.id for one in known):
            self._loader.put_reviews(review.record_id, (*known, review))
            self._tell_disagreement(part, (*known, review))
        if review.record_id == self._walk.record_id:
            self._walk.refresh()

    def _tell_disagreement(self, part: LoadedPart, reviews: tuple[Review, ...]) -> None:
        """Say so if this desk's newest word contradicts somebody else's."""
        verdict = part.record.verdict
        if disagree(verdict, reviews) and not disagree(verdict, reviews[:-1]):
            text = review_news.disagreement_text(part.record, reviews)
            self._part_view.say(text, alarm=True)

    @pyqtSlot(str, int)
    def _on_waiting(self, problem: str, number: int) -> None:
        fault = self._layout.fault
        if problem:
            fault.show_fault(review_news.waiting_text(problem, number), True)
        elif fault.property("quiet"):
            fault.show_fault("", True)

    @pyqtSlot()
    def _on_acknowledged(self) -> None:
        self.close_message()

    @pyqtSlot(int)
    def _on_dialog_finished(self, answer: int) -> None:
        # Where nobody manages the windows, none is active after a dialog.
        self._page.activateWindow()
        self._page.setFocus()

    def _on_failed(self, error: Exception) -> None:
        if sip.isdeleted(self):
            return
        if not isinstance(error, ExpectedError):
            log.ui.error("the reviewer cannot be kept", exc_info=error)
        self._part_view.say(str(error), alarm=True)
