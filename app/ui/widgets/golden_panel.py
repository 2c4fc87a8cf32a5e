"""The golden samples of a recipe: how they came out, and what can be done with them."""

from __future__ import annotations

from PyQt5 import sip
from PyQt5.QtCore import QEvent, pyqtSignal, pyqtSlot
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.inspection.golden import GoldenSample
from app.station import tasks
from app.station.golden_status import GoldenState, GoldenStatus
from app.station.messages import sentence_of
from app.station.status import StationState, StationStatus
from app.ui import golden_shelf, golden_words
from app.ui.golden_shelf import Shelf
from app.ui.qa_desk import QaDesk
from app.ui.widgets.golden_layout import GoldenLayout
from app.ui.widgets.golden_orders import GoldenOrders


class GoldenPanel(QWidget):
    """Shows one recipe's set; judging and adding need the station with that recipe.

    Everything that takes time happens on pool threads.

    Signals:
        loaded: The set of the recipe shown is up to date. arg: its name.
    """

    loaded = pyqtSignal(str)

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        """Build the panel; it reads its set whenever it is shown.

        Args:
            desk: What it works with.
            parent: Screen that it belongs to.
        """
        super().__init__(parent)
        self._desk = desk
        station = desk.station
        settings = desk.keeper.settings
        self._recipe = settings.recipe if station is None else station.status().recipe.name
        self._shelf = Shelf(self._recipe)
        self._asked = 0
        self.layout_ = GoldenLayout(self)
        self._orders = GoldenOrders(desk, self)
        self._connect()
        self.retranslate()
        self._refresh()

    @property
    def shelf(self) -> Shelf:
        """What is shown."""
        return self._shelf

    def show_recipe(self, recipe: str) -> None:
        """Show another recipe's set."""
        if recipe != self._recipe:
            self._recipe = recipe
            self._shelf = Shelf(recipe)
            self._refresh()
            self.layout_.table.show_shelf(self._shelf)
            self.read()

    def read(self) -> None:
        """Read the set anew, off the GUI thread."""
        self._asked += 1
        asked, desk, recipe = self._asked, self._desk, self._recipe
        tasks.run(
            lambda: golden_shelf.read_shelf(desk, recipe),
            lambda shelf: self._on_read(asked, shelf),
            self._on_failed,
        )

    def set_scale(self, scale: float) -> None:
        """Fit what no style sheet knows to the window's size."""
        self.layout_.set_scale(scale)
        self._show_shelf()

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.layout_.retranslate()
        self._show_shelf()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Bring the set up to date whenever it comes to be seen."""
        super().showEvent(event)
        self.read()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow a change of language."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def _connect(self) -> None:
        layout, orders, station = self.layout_, self._orders, self._desk.station
        layout.check_button.clicked.connect(lambda: orders.check())
        layout.add_button.clicked.connect(lambda: orders.add(self._shelf.recipe))
        layout.measure_button.clicked.connect(lambda: orders.measure(self._shelf.samples))
        layout.retire_button.clicked.connect(self._on_retire_wanted)
        layout.required.clicked.connect(self._on_required_wanted)
        layout.table.chosen.connect(self._on_chosen)
        orders.changed.connect(self._on_changed)
        orders.failed.connect(layout.show_problem)
        if station is not None:
            station.golden.changed.connect(self._on_golden_changed)
            station.status_changed.connect(self._on_status_changed)

    # -- what is shown -------------------------------------------------------------------

    def _golden(self) -> GoldenStatus | None:
        """Return the station's word on the recipe shown; None if it runs another or none."""
        station = self._desk.station
        if station is None:
            return None
        status = station.status()
        return status.golden if status.recipe.name == self._recipe else None

    def _on_read(self, asked: int, shelf: Shelf) -> None:
        if asked != self._asked or sip.isdeleted(self):
            return
        self._shelf = self._with_newest(shelf)
        self._show_shelf()
        self.loaded.emit(shelf.recipe)

    def _with_newest(self, shelf: Shelf) -> Shelf:
        """Return the shelf with the station's newest check, which the store may not have yet."""
        golden = self._golden()
        return shelf if golden is None or golden.check is None else shelf.with_check(golden.check)

    def _show_shelf(self) -> None:
        self.layout_.table.show_shelf(self._shelf)
        self._refresh()

    def _refresh(self) -> None:
        golden, check = self._golden(), self._shelf.last_check
        layout = self.layout_
        layout.show_headline(
            golden_words.look_of_set(check, golden),
            golden_words.headline(check, golden),
            golden_words.facts(check),
        )
        layout.recipe.setText(tr("Recipe {name}").format(name=self._shelf.recipe or "–"))
        layout.show_empty(not self._shelf.samples)
        layout.required.setChecked(self._shelf.required)
        obstacle = self._obstacle()
        checking = golden is not None and golden.state is GoldenState.CHECKING
        ready = not obstacle and not checking
        chosen = layout.table.sample is not None
        layout.allow(ready, bool(self._shelf.samples), chosen)
        layout.show_obstacle(obstacle)

    def _obstacle(self) -> str:
        """Return why no picture can be judged now, "" if one can."""
        station = self._desk.station
        if station is None:
            return tr("Samples are judged and added at the station; this is an office PC.")
        status = station.status()
        if status.recipe.name != self._shelf.recipe:
            text = tr("The station runs recipe {name}; samples of another one are not judged.")
            return text.format(name=status.recipe.name)
        if status.checkpoint is None:
            return tr("The model is not loaded yet.")
        if status.phase in (StationState.RUNNING, StationState.STOPPING):
            return tr("Pause the line to judge or add samples.")
        return ""

    @pyqtSlot(object)
    def _on_chosen(self, sample: GoldenSample | None) -> None:
        points = () if sample is None else self._shelf.history(sample)
        self.layout_.chart.show_history(sample, points)
        self.layout_.retire_button.setEnabled(sample is not None)

    @pyqtSlot()
    def _on_golden_changed(self) -> None:
        newest = self._with_newest(self._shelf)
        if newest.last_check is not self._shelf.last_check:
            self._shelf = newest
            self._show_shelf()
        else:
            self._refresh()

    @pyqtSlot(object)
    def _on_status_changed(self, status: StationStatus) -> None:
        # The station tells five times a second; only what can be pressed depends on it.
        if self.isVisible():
            self._refresh()

    @pyqtSlot(bool)
    def _on_changed(self, judge: bool) -> None:
        self.layout_.show_problem("")
        self.read()
        if judge:
            self._orders.check()

    @pyqtSlot(bool)
    def _on_required_wanted(self, required: bool) -> None:
        # What is kept decides what is shown; a question that is left changes nothing.
        self.layout_.required.setChecked(self._shelf.required)
        self._orders.require(self._shelf.recipe, required)

    @pyqtSlot()
    def _on_retire_wanted(self) -> None:
        sample = self.layout_.table.sample
        if sample is not None:
            self._orders.retire(sample)

    def _on_failed(self, error: Exception) -> None:
        sentence = sentence_of(error)
        if not sip.isdeleted(self):
            self.layout_.show_problem(sentence)
