"""Label pictures by eye: a grid, one key for each answer, every answer kept at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PyQt5 import sip
from PyQt5.QtCore import QEvent, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QFocusEvent, QImage, QKeyEvent
from PyQt5.QtWidgets import QWidget

from app.i18n import N_, tr
from app.labelling.journal import DEFECTIVE, GOOD, SKIP
from app.labelling.outbox import LabelOutbox
from app.labelling.place import LabelPlace, Opened, TileCounts, TileRow, open_place
from app.labelling.session import Show
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.key_presses import digit_of
from app.ui.screens.label_answers import LabelAnswers
from app.ui.screens.label_keys import key_of
from app.ui.screens.label_layout import LabelLayout
from app.ui.screens.label_pictures import LabelPictures
from app.ui.screens.label_sorting import LabelSorting
from app.ui.screens.label_source import LabelSource, ShownSource
from app.ui.screens.label_writer import LabelWriter
from app.ui.widgets.filled_box import fill
from app.ui.widgets.label_grid import CELLS_PX

_THUMB_PX = 224
_LARGE_PX = 900

_SHOWN: tuple[tuple[Show, str], ...] = (
    ("open", N_("Open: {count}")),
    ("good", N_("Good: {count}")),
    ("defective", N_("Defective: {count}")),
    ("skip", N_("Skipped: {count}")),
    ("all", N_("All: {count}")),
)


class LabelScreen(QWidget):
    """Good, defective or skip, for thousands of pictures.

    Call `open` to begin and `rest` when it is not shown any more.

    Args:
        by: Who labels; kept with each label.
        parent: Screen or window that it belongs to.

    Signals:
        left: The person leaves, everything is sorted and on the disk. arg: what was done.
    """

    left = pyqtSignal(str)

    def __init__(self, by: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("screen")
        self.layout_ = LabelLayout(self)
        self.opened: Opened | None = None
        self.answers = LabelAnswers(self.layout_.grid, self)
        self.sorting = LabelSorting(self)
        self.writer: LabelWriter | None = None
        self._by, self._cell, self._scale = by, 2, 1.0
        self._show: Show = "open"
        self._thumbs = LabelPictures(_THUMB_PX, self)
        self._large = LabelPictures(_LARGE_PX, self)
        self._source = LabelSource(self)
        self._leaving = self._is_unsorted = self._has_failed = False
        self._said = self._trouble = ""
        self._connect()
        self.retranslate()

    # -- as a page -----------------------------------------------------------------------

    def open(self, place: LabelPlace, opened: Opened | None = None) -> None:
        """Show what has no label yet.

        Args:
            place: Where the pictures lie.
            opened: The same, if it was read already.
        """
        self.opened, self.writer = None, None
        self._said, self._trouble = tr("Reading the pictures …"), ""
        self._leaving = self._is_unsorted = self._has_failed = False
        self.layout_.grid.show_names((), lambda _: "")
        self._show_state()
        if opened is not None:
            self._on_opened(opened)
        else:
            tasks.run(partial(open_place, place), self._on_opened, self._on_not_opened)

    def rest(self) -> None:
        """It is no longer shown: every label is on the disk when this returns.

        Raises:
            StoreError: The labels cannot be written.
        """
        self._thumbs.ask(())
        self._large.ask(())
        self._source.ask(None)
        self.sorting.stop()
        if self.writer is not None:
            self.writer.rest()
            self.writer.outbox.deliver()

    def resume(self) -> None:
        """It is shown again, as it was left."""
        self.layout_.grid.setFocus()
        self._on_wanted()
        self._on_moved()
        if self.writer is not None:
            self.writer.deliver()

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size."""
        self._scale = scale
        self.layout_.set_scale(scale)
        self._resize(0)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.layout_.retranslate()
        self._show_state()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Give the keyboard to the grid."""
        super().focusInEvent(event)
        self.layout_.grid.setFocus()

    # -- answers -------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Answer by one key; a key that is held down answers once."""
        if event is None:
            return
        key, digit = key_of(event), digit_of(event)
        if key is None and not digit:
            super().keyPressEvent(event)
            return
        event.accept()
        if event.isAutoRepeat() and (key is None or key.name not in ("larger", "smaller")):
            return
        if digit:
            self._answer_kind(digit)
        elif key is not None:
            self.do(key.name)

    def do(self, name: str) -> None:
        """Do what a key of `label_keys` does."""
        if self.opened is None or self.sorting.is_busy:
            return
        if name in (GOOD, DEFECTIVE, SKIP):
            self.answers.answer(name)
        elif name == "page":
            self.answers.answer_page()
        elif name == "undo":
            self.answers.undo()
        elif name == "show":
            self._show_next()
        elif name == "source":
            self.layout_.keys["source"].toggle()
            self._on_moved()
        else:
            self._resize(1 if name == "larger" else -1)

    def _answer_kind(self, digit: int) -> None:
        if self.opened is not None and digit <= len(self.opened.kinds) and not self.sorting.is_busy:
            self.answers.answer(self.opened.kinds[digit - 1])

    # -- what is shown -------------------------------------------------------------------

    def show_group(self, show: Show) -> None:
        """Show the pictures of one group, as they are now."""
        if self.opened is None:
            return
        self._show, self._said = show, ""
        session, grid = self.opened.session, self.layout_.grid
        grid.show_names(session.shown(show), session.state_of)
        grid.setFocus()
        self._show_state()

    def _show_next(self) -> None:
        order = [show for show, _ in _SHOWN]
        self.show_group(order[(order.index(self._show) + 1) % len(order)])

    def _resize(self, step: int) -> None:
        self._cell = min(max(0, self._cell + step), len(CELLS_PX) - 1)
        self.layout_.grid.set_cell(round(self._scale * CELLS_PX[self._cell]))

    # -- what comes back -----------------------------------------------------------------

    def _connect(self) -> None:
        layout = self.layout_
        for name, button in layout.keys.items():
            button.clicked.connect(partial(self._on_button, name))
        layout.keys["source"].setVisible(False)
        layout.grid.moved.connect(self._on_moved)
        layout.grid.wanted.connect(self._on_wanted)
        layout.grid.resized_by_wheel.connect(self._resize)
        layout.show_box.activated.connect(self._on_show_chosen)
        layout.sort.clicked.connect(self._on_sort)
        layout.leave.clicked.connect(self.leave)
        self._thumbs.arrived.connect(layout.grid.set_image)
        self._large.arrived.connect(self._on_large)
        self._source.arrived.connect(self._on_source)
        for reader in (self._thumbs, self._large, self._source):
            reader.failed.connect(self._say)
        self.answers.changed.connect(self._on_changed)
        self.answers.said.connect(self._say)
        self.sorting.progressed.connect(self._on_sorting)
        self.sorting.done.connect(self._on_sorted)
        self.sorting.failed.connect(self._on_not_sorted)

    def _on_button(self, name: str, _: bool = False) -> None:
        if name == "source":  # the click has switched it already
            self._on_moved()
        else:
            self.do(name)
        self.layout_.grid.setFocus()

    def _on_opened(self, opened: Opened) -> None:
        if sip.isdeleted(self):
            return
        place = opened.place
        self.opened, self._said = opened, ""
        self.writer = LabelWriter(LabelOutbox(place.journal(self._by)), self)
        self.writer.waiting.connect(self._on_waiting)
        self.answers.begin(opened.session, self.writer)
        for pictures in (self._thumbs, self._large):
            pictures.set_rows(place, opened.rows)
        self._source.set_folders(opened.sources)
        self.layout_.keys["source"].setVisible(bool(opened.sources))
        self.layout_.set_kinds(opened.kinds)
        for number, button in enumerate(self.layout_.kinds, start=1):
            button.clicked.connect(partial(self._on_kind, number))
        self.layout_.grid.forget_images()
        self.show_group("open" if opened.session.counts.open else "all")

    def _on_kind(self, number: int, _: bool = False) -> None:
        self._answer_kind(number)
        self.layout_.grid.setFocus()

    def _on_not_opened(self, error: Exception) -> None:
        if not sip.isdeleted(self):
            self._say(sentence_of(error))

    @pyqtSlot()
    def _on_changed(self) -> None:
        self._said, self._is_unsorted = "", True
        self._show_state()

    @pyqtSlot()
    def _on_moved(self) -> None:
        if self.opened is not None:
            name = self.layout_.grid.current
            row = self.opened.rows.get(name)
            self.layout_.preview.show_row(row)
            wants_source = self.layout_.keys["source"].isChecked()
            self._source.ask(row if wants_source else None)
            self._large.ask((name,) if name and not wants_source else ())

    @pyqtSlot(str, object, str)
    def _on_large(self, name: str, image: QImage | None, problem: str) -> None:
        if not self.layout_.keys["source"].isChecked():
            self.layout_.preview.show_image(name, image, problem)

    @pyqtSlot(object)
    def _on_source(self, found: ShownSource) -> None:
        if self.layout_.keys["source"].isChecked():
            preview = self.layout_.preview
            preview.show_source(found.name, found.image, found.box, found.problem)

    @pyqtSlot()
    def _on_wanted(self) -> None:
        self._thumbs.ask(self.layout_.grid.missing())

    @pyqtSlot(int)
    def _on_show_chosen(self, index: int) -> None:
        self.show_group(_SHOWN[index][0])

    @pyqtSlot(str)
    def _on_waiting(self, trouble: str) -> None:
        self._trouble = trouble
        self._show_state()

    # -- sorting and leaving -------------------------------------------------------------

    @pyqtSlot()
    def leave(self) -> None:
        """Sort what was labelled, then leave; a second press leaves though sorting failed."""
        if self.sorting.is_busy:
            return
        if self.opened is None or not self._is_unsorted or self._has_failed:
            self._go("")
            return
        self._leaving = True
        self._on_sort()

    @pyqtSlot()
    def _on_sort(self) -> None:
        if self.opened is not None and self.writer is not None:
            self.sorting.begin(self.opened.place, self.writer.outbox)
            self._say(tr("The pictures are being sorted …"))

    @pyqtSlot(int, int)
    def _on_sorting(self, done: int, total: int) -> None:
        if self.sorting.is_busy:
            said = tr("The pictures are being sorted: {done} of {total} …")
            self._say(said.format(done=done, total=total))

    @pyqtSlot(object, object)
    def _on_sorted(self, counts: TileCounts, rows: dict[str, TileRow]) -> None:
        if self.opened is None:
            return
        self.opened = replace(self.opened, rows=rows)
        for pictures in (self._thumbs, self._large):
            pictures.set_rows(self.opened.place, rows)
        self._is_unsorted = self._has_failed = False
        said = tr(
            "{folder}: {train} good to learn from, {test} good and {defective} defective for the "
            "test, {open} without a label."
        )
        text = said.format(
            folder=self.opened.place.out,
            train=counts.train_good,
            test=counts.test_good,
            defective=sum(counts.kinds.values()),
            open=counts.unlabelled,
        )
        if self._leaving:
            self._go(text)
        else:
            self._say(text)

    @pyqtSlot(str)
    def _on_not_sorted(self, sentence: str) -> None:
        self._leaving, self._has_failed = False, True
        self._say(sentence)

    def _go(self, text: str) -> None:
        self._leaving = False
        if self.writer is not None and self.writer.outbox.waiting:
            self._say(self._trouble or tr("The last answers are not written yet; try again."))
            self._has_failed = False
            return
        self.left.emit(text)

    # -- texts ---------------------------------------------------------------------------

    @pyqtSlot(str)
    def _say(self, sentence: str) -> None:
        self._said = sentence
        self._show_state()

    def _show_state(self) -> None:
        layout, opened = self.layout_, self.opened
        layout.leave.setText(tr("◀ Leave"))
        layout.message.setText(self._trouble or self._said)
        is_free = opened is not None and not self.sorting.is_busy
        for button in (*layout.keys.values(), *layout.kinds):
            button.setEnabled(is_free)
        layout.sort.setEnabled(is_free)
        if opened is None:
            layout.heading.setText(tr("Label pictures"))
            layout.counts.setText("")
            return
        counts = opened.session.counts
        layout.keys["undo"].setEnabled(is_free and opened.session.can_undo)
        layout.heading.setText(f"{tr('Label pictures')}: {opened.place.folder.name}")
        layout.heading.setToolTip(str(opened.place.folder))
        done = tr("{done} of {total} answered")
        layout.counts.setText(done.format(done=counts.total - counts.open, total=counts.total))
        layout.bar.setRange(0, max(1, counts.total))
        layout.bar.setValue(counts.total - counts.open)
        numbers = {
            "open": counts.open,
            "good": counts.good,
            "defective": counts.defective,
            "skip": counts.skip,
            "all": counts.total,
        }
        items = [(tr(text).format(count=numbers[show]), show) for show, text in _SHOWN]
        fill(layout.show_box, items, self._show)
