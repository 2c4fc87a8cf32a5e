"""The rarer conditions of the review list: lot, shift, product, recipe, score, times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from PyQt5.QtCore import QDateTime, QLocale, Qt, pyqtSignal
from PyQt5.QtGui import QDoubleValidator
from PyQt5.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)

from app.i18n import N_, tr
from app.store.base import Query
from app.store.listing import Facets
from app.ui.widgets.choice_box import ChoiceBox
from app.ui.widgets.labelled import Labelled

_NAMES = {
    "lot": N_("Lot"),
    "shift": N_("Shift"),
    "product": N_("Product"),
    "recipe": N_("Recipe"),
    "checkpoint_sha256": N_("Checkpoint"),
    "defect": N_("Kind of defect"),
}
_ALL = N_("all")
_NONE: tuple[str, int | None] = ("", None)


class FilterDetails(QWidget):
    """One box per condition, filled with the values that occur.

    Signals:
        changed: A condition was changed by the user.
        typed: A number is being typed.
        left: A value was chosen; the keyboard belongs to the part again.
    """

    changed = pyqtSignal()
    typed = pyqtSignal()
    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.boxes: dict[str, ChoiceBox] = {}
        self._labels: dict[str, Labelled] = {}
        for name in _NAMES:
            self.boxes[name] = self._box()
            self._labels[name] = Labelled(self.boxes[name])
        self.score_from, self.score_to = self._score(), self._score()
        self._labels["score_from"] = Labelled(self.score_from, stretch=False)
        self._labels["score_to"] = Labelled(self.score_to, stretch=False)
        self.since, self.until = self._time(), self._time()
        self._labels["since"] = Labelled(self.since, stretch=False)
        self._labels["until"] = Labelled(self.until, stretch=False)
        for label in self._labels.values():
            row.addWidget(label)
        self._row = row
        self.show_span(False)
        self.retranslate()

    def add_buttons(self, *buttons: QWidget) -> None:
        """Put buttons at the end of the line, level with the fields."""
        for button in buttons:
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)

    def show_facets(self, facets: Facets) -> None:
        """Offer the values that occur; what is chosen stays chosen."""
        versions = {name: [v for n, v in facets.versions if n == name] for name in facets.recipes}
        recipes: list[tuple[str, Any]] = []
        for name, numbers in versions.items():
            recipes.append((name, (name, None)))
            recipes += [(f"{name} v{number}", (name, number)) for number in numbers]
        offered: dict[str, Iterable[tuple[str, Any]]] = {
            "lot": ((lot, lot) for lot in facets.lots),
            "shift": ((shift, shift) for shift in facets.shifts),
            "product": ((product, product) for product in facets.products),
            "recipe": recipes,
            "checkpoint_sha256": ((f"{n} {sha[:6]}", sha) for n, sha in facets.checkpoints),
            "defect": ((defect, defect) for defect in facets.defects),
        }
        for name, values in offered.items():
            _fill(self.boxes[name], values)

    def show_span(self, visible: bool) -> None:
        """Show or hide the two times."""
        for name in ("since", "until"):
            self._labels[name].setVisible(visible)

    def show_query(self, query: Query) -> None:
        """Show the conditions of a query; nothing is announced."""
        for name, box in self.boxes.items():
            value: Any = getattr(query, name)
            if name == "recipe" and value is not None:
                value = (value, query.recipe_version)
            _choose(box, value)
        for field, score in ((self.score_from, query.score_from), (self.score_to, query.score_to)):
            field.setText("" if score is None else f"{score:g}")
        today = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        begin, end = query.since or today, query.until or today + timedelta(days=1)
        for edit, moment in ((self.since, begin), (self.until, end)):
            edit.blockSignals(True)
            edit.setDateTime(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())))
            edit.blockSignals(False)

    def applied_to(self, query: Query, span: bool) -> Query:
        """Return the query with the conditions of the boxes, and with both times if `span`."""
        recipe, version = self.boxes["recipe"].currentData() or _NONE
        return replace(
            query,
            lot=self.boxes["lot"].currentData(),
            shift=self.boxes["shift"].currentData(),
            product=self.boxes["product"].currentData(),
            recipe=recipe or None,
            recipe_version=version,
            checkpoint_sha256=self.boxes["checkpoint_sha256"].currentData(),
            defect=self.boxes["defect"].currentData(),
            score_from=_number(self.score_from),
            score_to=_number(self.score_to),
            since=_moment(self.since) if span else None,
            until=_moment(self.until) if span else None,
        )

    def retranslate(self) -> None:
        """Set all texts anew."""
        for name, text in _NAMES.items():
            self._labels[name].set_name(tr(text))
            self.boxes[name].setItemText(0, tr(_ALL))
        self._labels["score_from"].set_name(tr("Score from"))
        self._labels["score_to"].set_name(tr("Score below"))
        self._labels["since"].set_name(tr("From"))
        self._labels["until"].set_name(tr("Until"))

    def _box(self) -> ChoiceBox:
        box = ChoiceBox(letters=4)
        box.addItem(tr(_ALL), None)
        box.activated.connect(self.changed)
        box.left.connect(self.left)
        return box

    def _score(self) -> QLineEdit:
        field = QLineEdit()
        validator = QDoubleValidator(field)
        validator.setLocale(QLocale.c())
        field.setValidator(validator)
        field.setFixedWidth(78)
        # A field that was emptied never says that it is finished: its validator minds.
        field.textEdited.connect(self.typed)
        return field

    def _time(self) -> QDateTimeEdit:
        edit = QDateTimeEdit()
        edit.setDisplayFormat("yyyy-MM-dd HH:mm")
        edit.setButtonSymbols(QDateTimeEdit.ButtonSymbols.NoButtons)
        edit.setTimeSpec(Qt.TimeSpec.LocalTime)
        edit.editingFinished.connect(self.changed)
        return edit


def _fill(box: QComboBox, values: Iterable[tuple[str, Any]]) -> None:
    """Replace what a box offers; the first entry ("all") and what is chosen stay."""
    chosen = box.currentData()
    while box.count() > 1:
        box.removeItem(box.count() - 1)
    for text, value in values:
        box.addItem(text, value)
    _choose(box, chosen)


def _choose(box: QComboBox, value: Any) -> None:
    """Choose a value; one that does not occur (any more) is added, so that it stays visible."""
    if value is None:
        box.setCurrentIndex(0)
        return
    places = [place for place in range(box.count()) if box.itemData(place) == value]
    if not places:
        name, version = value if isinstance(value, tuple) else (value, None)
        box.addItem(str(name) if version is None else f"{name} v{version}", value)
        places = [box.count() - 1]
    box.setCurrentIndex(places[0])


def _number(field: QLineEdit) -> float | None:
    try:
        return float(field.text())
    except ValueError:
        return None


def _moment(edit: QDateTimeEdit) -> datetime:
    return datetime.fromtimestamp(edit.dateTime().toSecsSinceEpoch(), UTC)
