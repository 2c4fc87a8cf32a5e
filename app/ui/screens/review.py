"""The review screen: the queue, the part large, its facts, and a decision by one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from PyQt5.QtCore import QEvent, Qt, pyqtSlot
from PyQt5.QtGui import QFocusEvent, QKeyEvent
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.inspection.review import Review
from app.review.chosen_parts import ChosenParts
from app.review.decisions import Choice, is_blind, own_word, person
from app.review.filtering import Filter, Show
from app.review.queue import ReviewQueue
from app.store.base import Query
from app.store.listing import RecordRow
from app.ui.key_presses import digit_of
from app.ui.part_loader import LoadedPart, PartLoader
from app.ui.qa_desk import QaDesk
from app.ui.review_walk import ReviewWalk
from app.ui.review_watch import ReviewWatch, Watched
from app.ui.screens import review_news
from app.ui.screens.page import Page
from app.ui.screens.review_answers import ReviewAnswers
from app.ui.screens.review_filters import ReviewFilters
from app.ui.screens.review_keys import key_of
from app.ui.screens.review_layout import ReviewLayout
from app.ui.screens.review_moves import ReviewMoves
from app.ui.screens.review_part import PartView
from app.ui.widgets.teach_dialog import TeachDialog

_SEEN_AHEAD = 40
# Keys that move the view also while a mask is drawn on it.
_VIEW_KEYS = ("fit", "one", "eight", "heat", "contours")


class ReviewPage(Page):
    """Works through the flagged parts by keyboard; nothing here waits for store or file."""

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.layout_ = ReviewLayout(self)
        self.loader = PartLoader(desk, self)
        self.walk = ReviewWalk(self.layout_.model, self.loader, self)
        self.watch = ReviewWatch(desk.store, self._watched, self)
        self.filters = ReviewFilters(desk, self.layout_.filters, self)
        self.part_view = PartView(desk, self.layout_, self)
        self.moves = ReviewMoves(self.layout_, self.walk, self.part_view, self)
        self.answers = ReviewAnswers(
            desk, self.layout_, self.walk, self.loader, self.part_view, self
        )
        self._total: int | None = None
        self._chosen: tuple[str, ...] = ()
        self._counts: dict[Show, int] = {}
        self._is_shown = False
        self._why_nothing: Callable[[], str] | None = None
        self._teaching: TeachDialog | None = None
        self._doings: dict[str, Callable[[], object]] = {
            **self.moves.doings(),
            "confirm": partial(self.answers.decide, Choice.CONFIRM),
            "overrule": partial(self.answers.decide, Choice.OVERRULE),
            "unsure": partial(self.answers.decide, Choice.UNSURE),
            "undo": self.answers.undo,
            "mask": self.part_view.draw_mask,
            "comment": self.layout_.comment.setFocus,
            "filter": self.layout_.filters.take_keyboard,
            "second": self._on_second_wanted,
            "reviewer": self.answers.ask_reviewer,
            "teach": self._on_teach_wanted,
            "refresh": self._on_refresh_wanted,
            "escape": self._on_escape,
        }
        self._connect()
        self.retranslate()

    # -- the page ------------------------------------------------------------------------

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Review")

    def entered(self) -> None:
        """Read the list anew, unless a decision is still being prepared."""
        self._is_shown = True
        self.answers.writer.deliver()
        self.filters.read()
        if not self.walk.record_id:
            self.reload()
        self.watch.start()
        self.setFocus()

    def left(self) -> None:
        """Ask the store no more."""
        self._is_shown = False
        self.watch.stop()
        self.walk.rest()
        self.layout_.view.set_raw(False)

    def show_parts(self, record_ids: Sequence[str]) -> None:
        """Go through these parts; a filter leads back to the usual lists."""
        self._chosen = tuple(record_ids)
        self.reload()
        self._say(tr("Only the chosen parts are listed; change a filter to leave them."))

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size."""
        self.layout_.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.layout_.retranslate()
        self._show_place()
        self._show_reviewer()
        if self.walk.part is None and self._why_nothing is not None:
            self.part_view.show_nothing(self._why_nothing())
        self.part_view.retranslate()

    def reload(self) -> None:
        """Read the list from its start."""
        now = datetime.now().astimezone()
        query = self.layout_.filters.filter.query(person(self.desk.reviewer), now)
        self._total = None
        self.loader.forget()
        self.walk.begin()
        self.layout_.model.set_reviewer(person(self.desk.reviewer))
        queue = ReviewQueue(self.desk.store, query)
        if self._chosen:
            queue = ChosenParts(self.desk.store, self._chosen)
        self.layout_.model.begin(queue, self.answers.on_the_way())
        if self._is_shown:
            self.watch.count()

    # -- keys ----------------------------------------------------------------------------

    def event(self, event: QEvent | None) -> bool:
        """Take our keys before the window's shortcuts do."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self.hasFocus()
            and (key_of(event) is not None or digit_of(event))
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what the key means, unless a field has the keyboard."""
        if event is None:
            return
        key, editor = key_of(event), self.part_view.editor
        if editor.is_active:
            if key is not None and key.name in _VIEW_KEYS and not editor.handle_key(event):
                self._doings[key.name]()
            elif key is None:
                editor.handle_key(event)
            return
        if not self.hasFocus():
            if key is not None and key.name == "escape":
                self.setFocus()
            return
        digit = digit_of(event)
        if digit:
            self.layout_.kinds.press(digit)
        elif key is not None and (key.repeats or not event.isAutoRepeat()):
            self._doings[key.name]()
        elif key is None:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent | None) -> None:
        """End the blink."""
        if event is None or event.isAutoRepeat():
            return
        key = key_of(event)
        if key is not None and key.name == "blink":
            self.layout_.view.set_raw(False)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Show the overlays again: the release of the key may go elsewhere."""
        self.layout_.view.set_raw(False)
        super().focusOutEvent(event)

    # -- what is on the screen -----------------------------------------------------------

    @pyqtSlot(object)
    def _on_shown(self, part: LoadedPart) -> None:
        by = person(self.desk.reviewer)
        blind = is_blind(part.record, part.dossier.reviews, by)
        is_new = self.part_view.show_part(part, blind)
        self.answers.restore_to(part)
        if is_new:
            self.watch.read_reviews(part.record.id)
            if blind:
                self.part_view.say_if_calm(tr("Second opinion: decide without knowing the first."))
        self._show_place()

    def _show_nothing(self, why: Callable[[], str]) -> None:
        """Show no part; `why` says so in the language in use, also after it has changed."""
        self._why_nothing = why
        self.part_view.show_nothing(why())

    @pyqtSlot()
    def _on_loading(self) -> None:
        waits_for_list = not self.walk.record_id
        self._show_nothing(lambda: review_news.loading_text(waits_for_list))

    @pyqtSlot(str)
    def _on_part_failed(self, sentence: str) -> None:
        self._show_nothing(lambda: tr("{cause} It is tried again.").format(cause=sentence))

    @pyqtSlot(str)
    def _on_list_failed(self, sentence: str) -> None:
        if self.walk.part is None:
            self._on_part_failed(sentence)
        else:
            self._say(sentence, alarm=True)

    @pyqtSlot(bool)
    def _on_ended(self, empty: bool) -> None:
        shown = self.layout_.filters.filter
        # What was counted before the last decisions would promise parts that are done.
        self._counts = {show: n for show, n in self._counts.items() if show is not Show.OPEN}
        self._show_nothing(lambda: review_news.end_text(shown, empty, self._counts))
        self._show_place()

    @pyqtSlot()
    def _show_place(self) -> None:
        rows = self.layout_.model.rowCount()
        text = review_news.place_text(self.walk, self._total, rows, self.answers.deciding.count)
        self.layout_.place.setText(text)

    def _show_reviewer(self) -> None:
        text = review_news.reviewer_text(self.desk.reviewer)
        self.layout_.keys["reviewer"].set_label(text, tr("Change who reviews at this desk"))

    def _say(self, text: str, alarm: bool = False) -> None:
        """Show passing news beside the comment."""
        self.part_view.say(text, alarm)

    # -- other people --------------------------------------------------------------------

    def _watched(self) -> Watched:
        model, place = self.layout_.model, max(0, self.walk.place)
        rows = model.rows_from(place, _SEEN_AHEAD)
        return Watched(model.queue, rows, self.walk.record_id, person(self.desk.reviewer))

    @pyqtSlot(object, object)
    def _on_rows_read(self, queue: ReviewQueue, now: dict[str, RecordRow | None]) -> None:
        model = self.layout_.model
        if queue is model.queue:
            for record_id, row in now.items():
                model.set_now(record_id, row)

    @pyqtSlot(str, object)
    def _on_reviews_read(self, record_id: str, reviews: list[Review]) -> None:
        part = self.loader.get(record_id)
        if part is None or record_id != self.walk.record_id:
            return
        known = {review.id for review in part.dossier.reviews}
        new = [review for review in reviews if review.id not in known]
        if not new:
            return
        self.loader.put_reviews(record_id, reviews)
        self.walk.refresh()
        by = person(self.desk.reviewer)
        other = next((review for review in reversed(new) if review.by != by), None)
        if other is not None and own_word(reviews, by) is None:
            blind = is_blind(part.record, reviews, by)
            self._say(review_news.meanwhile_text(other, blind), alarm=not blind)

    @pyqtSlot(object)
    def _on_counts_read(self, counts: dict[Show, int]) -> None:
        self._counts = counts
        self.layout_.filters.show_counts(counts)
        if self.walk.part is None and self._why_nothing is not None:
            self._show_nothing(self._why_nothing)  # it may name the counts

    @pyqtSlot(str, int)
    def _on_waiting(self, problem: str, number: int) -> None:
        """Count what waits once the last decision of a list is in the database."""
        if not number and not self.walk.record_id:
            self.watch.count()

    # -- commands ------------------------------------------------------------------------

    @pyqtSlot()
    def _on_filter_changed(self) -> None:
        self._chosen = ()
        self.reload()

    def _on_second_wanted(self) -> None:
        """Go to the second opinions, or back."""
        if not person(self.desk.reviewer):
            self.answers.ask_reviewer(self._on_second_wanted)
            return
        bar = self.layout_.filters
        to_second = bar.filter.show is not Show.SECOND
        bar.show_filter(replace(bar.filter, show=Show.SECOND if to_second else Show.OPEN))
        self._on_filter_changed()

    def _on_teach_wanted(self) -> None:
        """Begin to make a better checkpoint from what was reviewed of this recipe."""
        if self._teaching is not None:
            self._teaching.raise_()
            self._teaching.activateWindow()
            return
        shown, part = self.layout_.filters.filter, self.walk.part
        recipe = shown.wanted.recipe or (part.record.recipe if part is not None else "")
        if not recipe:
            self._say(tr("Choose a recipe among the filters first."), alarm=True)
            return
        now = datetime.now().astimezone()
        span = Filter(Show.ALL, shown.period, shown.wanted).query("", now)
        query = Query(since=span.since, until=span.until, lot=span.lot)
        dialog = TeachDialog(self.desk, recipe, query, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self._on_dialog_finished)
        # Learning takes many minutes: the rest of the window goes on meanwhile.
        self._teaching = dialog
        dialog.show()

    @pyqtSlot(int)
    def _on_dialog_finished(self, answer: int) -> None:
        self._teaching = None
        # Where nobody manages the windows, none is active after a dialog.
        self.activateWindow()
        self.setFocus()

    def _on_refresh_wanted(self) -> None:
        self.filters.read()
        self.reload()

    def _on_escape(self) -> None:
        """Close a message that was read; go back from a neighbour to the list."""
        if not self.answers.close_message() and self.walk.is_beside and self.walk.place >= 0:
            self.walk.step(0)

    @pyqtSlot(bool)
    def _on_reviewer_changed(self, was_another: bool) -> None:
        self._show_reviewer()
        if was_another:
            self.reload()

    @pyqtSlot(int)
    def _on_counted(self, number: int) -> None:
        self._total = number
        self._show_place()

    def _connect(self) -> None:
        layout, walk = self.layout_, self.walk
        for name, button in layout.keys.items():
            if name == "blink":
                button.pressed.connect(partial(layout.view.set_raw, True))
                button.released.connect(partial(layout.view.set_raw, False))
            else:
                button.clicked.connect(_without_argument(self._doings[name]))
        layout.comment.left.connect(self.setFocus)
        layout.filters.left.connect(self.setFocus)
        layout.filters.changed.connect(self._on_filter_changed)
        layout.model.counted.connect(self._on_counted)
        layout.model.failed.connect(self._on_list_failed)
        walk.shown.connect(self._on_shown)
        walk.moved.connect(self._show_place)
        walk.loading.connect(self._on_loading)
        walk.failed.connect(self._on_part_failed)
        walk.ended.connect(self._on_ended)
        walk.wrapped.connect(lambda: self._say(tr("Back at a part that is still open.")))
        self.answers.writer.waiting.connect(self._on_waiting)
        self.answers.changed.connect(self._show_place)
        self.answers.reviewer_changed.connect(self._on_reviewer_changed)
        self.watch.rows_read.connect(self._on_rows_read)
        self.watch.reviews_read.connect(self._on_reviews_read)
        self.watch.counts_read.connect(self._on_counts_read)
        self.filters.failed.connect(lambda text: self._say(text, alarm=True))
        self.filters.told.connect(self._say)
        self.part_view.finished.connect(self.setFocus)


def _without_argument(do: Callable[[], object]) -> Callable[..., None]:
    """Return a slot that drops what a button says of its state."""

    def slot(checked: bool = False) -> None:
        do()

    return slot
