"""What the review list shows: search, kind of work, time, verdict, order, saved filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PyQt5.QtCore import QEvent, QTimer, pyqtSignal
from PyQt5.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import N_, tr
from app.inspection.verdict import Verdict
from app.review.filtering import Filter, Period, Show
from app.store.base import Query
from app.store.listing import Facets
from app.ui.verdict_look import LOOKS
from app.ui.widgets.choice_box import ChoiceBox
from app.ui.widgets.filter_details import FilterDetails
from app.ui.widgets.text_field import TextField

_SHOW = {
    Show.OPEN: N_("To be reviewed"),
    Show.SECOND: N_("Second opinions"),
    Show.DISPUTED: N_("Disagreements"),
    Show.FALSE_CALLS: N_("Marked false calls"),
    Show.UNSURE: N_("Unsure"),
    Show.REVIEWED: N_("Reviewed"),
    Show.QUEUE: N_("Whole queue"),
    Show.ALL: N_("All records"),
}
_PERIODS = {
    Period.ANY: N_("Any time"),
    Period.HOUR: N_("Last hour"),
    Period.TODAY: N_("Today"),
    Period.DAY: N_("Last 24 hours"),
    Period.WEEK: N_("Last 7 days"),
    Period.MONTH: N_("Last 30 days"),
    Period.SPAN: N_("From … until …"),
}
_VERDICTS = (None, Verdict.NG, Verdict.REVIEW, Verdict.ERROR, Verdict.OK)
_ORDERS = {
    ("time", True): N_("Newest first"),
    ("time", False): N_("Oldest first"),
    ("score", True): N_("Highest score first"),
    ("score", False): N_("Lowest score first"),
}
_TYPING_MS = 350


class FilterBar(QWidget):
    """Turns boxes into a `Filter`; every change is announced at once, typing after a moment.

    Signals:
        changed: Another filter is wanted; read `filter`.
        left: The user is done here; the keyboard belongs to the part again.
        save_wanted: The filter shall be saved under a name.
        remove_wanted: A saved filter shall be removed. arg: its name.
        saved_chosen: A saved filter was chosen. arg: its name.
    """

    changed = pyqtSignal()
    left = pyqtSignal()
    save_wanted = pyqtSignal()
    remove_wanted = pyqtSignal(str)
    saved_chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = Filter()
        self._counts: dict[Show, int] = {}
        self.search = TextField()
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(140)
        self.show_box, self.period_box = _box(list(_SHOW)), _box(list(_PERIODS))
        self.verdict_box, self.order_box = _box(list(_VERDICTS)), _box(list(_ORDERS))
        self.saved_box = _box([None])
        self.more_button, self.clear_button = QPushButton(), QPushButton()
        self.save_button, self.remove_button = QPushButton(), QPushButton()
        self.more_button.setCheckable(True)
        self.details = FilterDetails()
        self.details.hide()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._build()
        self._connect()
        self.retranslate()

    @property
    def filter(self) -> Filter:
        """What the boxes say."""
        return self._shown

    def show_filter(self, shown: Filter) -> None:
        """Show a filter; nothing is announced."""
        self._shown = shown
        wanted = shown.wanted
        if self.search.text() != wanted.text:
            self.search.setText(wanted.text)
        _choose(self.show_box, shown.show)
        _choose(self.period_box, shown.period)
        _choose(self.verdict_box, wanted.verdicts[0] if len(wanted.verdicts) == 1 else None)
        _choose(self.order_box, (wanted.order, wanted.newest_first))
        self.details.show_query(wanted)
        self.details.show_span(shown.period is Period.SPAN)
        if shown.period is Period.SPAN:
            self.more_button.setChecked(True)
        self._name_more()

    def show_facets(self, facets: Facets) -> None:
        """Offer the values that occur."""
        self.details.show_facets(facets)

    def show_counts(self, counts: dict[Show, int]) -> None:
        """Say beside the kinds of work how many parts wait there."""
        self._counts = dict(counts)
        self._name_shows()

    def show_saved(self, names: Sequence[str]) -> None:
        """Offer the saved filters."""
        chosen = self.saved_box.currentData()
        while self.saved_box.count() > 1:
            self.saved_box.removeItem(self.saved_box.count() - 1)
        for name in names:
            self.saved_box.addItem(name, name)
        _choose(self.saved_box, chosen if chosen in names else None)
        self._allow_remove()

    def choose_saved(self, name: str) -> None:
        """Show that a saved filter is in use, "" for none."""
        _choose(self.saved_box, name or None)
        self._allow_remove()

    def take_keyboard(self) -> None:
        """Begin to search."""
        self.search.setFocus()
        self.search.selectAll()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.search.setPlaceholderText(tr("Search part or lot"))
        self.search.setToolTip(tr("Part of a part number or of a lot (/)"))
        for box, texts in ((self.period_box, _PERIODS), (self.order_box, _ORDERS)):
            for place, text in enumerate(texts.values()):
                box.setItemText(place, tr(text))
        for place, verdict in enumerate(_VERDICTS):
            text = tr(LOOKS[verdict].word) if verdict else tr("All verdicts")
            self.verdict_box.setItemText(place, text)
        self.saved_box.setItemText(0, tr("Saved filters"))
        self.clear_button.setText(tr("Clear"))
        self.clear_button.setToolTip(tr("Show all parts to be reviewed"))
        self.save_button.setText(tr("Save"))
        self.save_button.setToolTip(tr("Save this filter under a name"))
        self.remove_button.setText(tr("Remove"))
        self.remove_button.setToolTip(tr("Remove the saved filter that is chosen"))
        for box, name in (
            (self.show_box, tr("Kind of work")),
            (self.period_box, tr("Time")),
            (self.verdict_box, tr("Verdict")),
            (self.order_box, tr("Order")),
            (self.saved_box, tr("Saved filters")),
        ):
            box.setAccessibleName(name)
            box.setToolTip(name)
        self._name_shows()
        self._name_more()
        self.details.retranslate()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.search, 2)
        row.addWidget(self.show_box, 3)
        for box in (self.period_box, self.verdict_box, self.order_box):
            row.addWidget(box, 2)
        row.addWidget(self.more_button)
        row.addWidget(self.saved_box, 2)
        row.addWidget(self.clear_button)
        column.addLayout(row)
        column.addWidget(self.details)
        self.details.add_buttons(self.save_button, self.remove_button)

    def _connect(self) -> None:
        boxes = (self.show_box, self.period_box, self.verdict_box, self.order_box)
        for box in boxes:
            box.activated.connect(self._on_changed)
        for box in (*boxes, self.saved_box):
            box.left.connect(self.left)
        self.details.changed.connect(self._on_changed)
        self.search.textEdited.connect(self._typing.start)
        self.details.left.connect(self.left)
        self.details.typed.connect(self._typing.start)
        self.search.left.connect(self._on_search_entered)
        self._typing.timeout.connect(self._on_typed)
        self.more_button.toggled.connect(self.details.setVisible)
        self.clear_button.clicked.connect(self._on_clear)
        self.save_button.clicked.connect(self.save_wanted)
        self.remove_button.clicked.connect(self._on_remove)
        self.saved_box.activated.connect(self._on_saved_chosen)

    def _read(self) -> Filter:
        period = self.period_box.currentData()
        order, newest_first = self.order_box.currentData()
        verdict = self.verdict_box.currentData()
        wanted = replace(
            Query(),
            text=self.search.text().strip(),
            verdicts=(verdict,) if verdict else (),
            order=order,
            newest_first=newest_first,
        )
        span = period is Period.SPAN and self._shown.period is Period.SPAN
        return Filter(self.show_box.currentData(), period, self.details.applied_to(wanted, span))

    def _on_changed(self) -> None:
        """Take the boxes; the user goes on with the part unless a field is being filled in."""
        was = self._shown
        self._shown = self._read()
        if self._shown.period is Period.SPAN and was.period is not Period.SPAN:
            self.details.show_query(self._shown.wanted)
            self._shown = replace(
                self._shown, wanted=self.details.applied_to(self._shown.wanted, True)
            )
        self.details.show_span(self._shown.period is Period.SPAN)
        if self._shown.period is Period.SPAN:
            self.more_button.setChecked(True)
        self._name_more()
        if self._shown != was:
            self.choose_saved("")
            self.changed.emit()

    def _on_typed(self) -> None:
        self._on_changed()

    def _on_search_entered(self) -> None:
        self._typing.stop()
        self._on_changed()
        self.left.emit()

    def _on_clear(self) -> None:
        self._typing.stop()
        wanted = Query(order=self._shown.wanted.order, newest_first=self._shown.wanted.newest_first)
        self.show_filter(Filter(wanted=wanted))
        self.choose_saved("")
        self.changed.emit()
        self.left.emit()

    def _on_remove(self) -> None:
        name = self.saved_box.currentData()
        if name:
            self.remove_wanted.emit(name)

    def _on_saved_chosen(self) -> None:
        name = self.saved_box.currentData()
        self._allow_remove()
        if name:
            self.saved_chosen.emit(name)

    def _allow_remove(self) -> None:
        self.remove_button.setEnabled(self.saved_box.currentData() is not None)

    def _name_shows(self) -> None:
        for place, (show, text) in enumerate(_SHOW.items()):
            number = self._counts.get(show)
            known = tr(text) if number is None else f"{tr(text)} ({number:,})"
            self.show_box.setItemText(place, known)

    def _name_more(self) -> None:
        number = self._shown.details - len(self._shown.wanted.verdicts)
        text = tr("More filters ({count})").format(count=number) if number else tr("More filters")
        self.more_button.setText(text)


def _box(values: Sequence[Any]) -> ChoiceBox:
    box = ChoiceBox(letters=9)
    for value in values:
        box.addItem("", value)
    return box


def _choose(box: QComboBox, value: Any) -> None:
    places = [place for place in range(box.count()) if box.itemData(place) == value]
    box.setCurrentIndex(places[0] if places else 0)
