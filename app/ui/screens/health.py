"""Is the machine still right: drift, NG rate, kinds of defects, golden samples."""

from __future__ import annotations

from functools import partial

from PyQt5 import sip
from PyQt5.QtWidgets import QWidget

from app.i18n import tr
from app.quality.baseline import Baseline
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.screens import health_words as words
from app.ui.screens.health_layout import ENTRIES, HealthLayout
from app.ui.screens.health_loading import (
    Loaded,
    Request,
    choose_baseline,
    load,
    span_of_newest,
)
from app.ui.screens.health_words import GOLDEN, KINDS, NG_RATE
from app.ui.screens.page import Page
from app.ui.widgets.baseline_dialog import BaselineDialog
from app.ui.widgets.filled_box import fill
from app.ui.widgets.golden_panel import GoldenPanel


class HealthPage(Page):
    """Charts with limits, alarms in words; the baseline is chosen here."""

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.golden = GoldenPanel(desk, self)
        self.layout_ = HealthLayout(self, self.golden)
        self.loaded: Loaded | None = None
        self._asked = 0
        self._problem = ""
        self._connect()
        self._show()

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Machine health")

    def entered(self) -> None:
        """Read the records anew."""
        self.layout_.entries.setFocus()
        self.golden.read()
        self._load(self._request())

    def left(self) -> None:
        """Wait for nothing."""
        self._asked += 1

    def set_scale(self, scale: float) -> None:
        """Fit charts and columns to the window's size."""
        self.layout_.set_scale(scale)
        self.golden.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.layout_.retranslate()
        if self.loaded is not None and self.loaded.message:
            # Its sentence was made while reading.
            self._load(self.loaded.request)
        self._show()

    def show_entry(self, key: str) -> None:
        """Show an entry of the list: a figure, the NG rate, the kinds, the golden samples."""
        self.layout_.entries.setCurrentRow(ENTRIES.index(key))

    # -- records -------------------------------------------------------------------------

    def _connect(self) -> None:
        layout = self.layout_
        layout.recipe.activated.connect(self._on_recipe_chosen)
        layout.checkpoint.activated.connect(self.entered)
        layout.period.activated.connect(self.entered)
        layout.group.activated.connect(self._show)
        layout.reload.clicked.connect(self.entered)
        layout.choose.clicked.connect(self._on_choose)
        layout.entries.currentRowChanged.connect(self._show)
        self.golden.loaded.connect(self._show_golden)
        if self.desk.station is not None:
            self.desk.station.golden.changed.connect(self._show_golden)
        if self.desk.drift is not None:
            self.desk.drift.changed.connect(self._on_drift_changed)

    def _request(self) -> Request:
        layout = self.layout_
        return Request(
            layout.recipe.currentText(),
            layout.period.currentData(),
            layout.checkpoint.currentData(),
        )

    def _on_drift_changed(self, _: object) -> None:
        if self.isVisible():
            self._load(self._request())

    def _on_recipe_chosen(self) -> None:
        layout = self.layout_
        self._load(Request(layout.recipe.currentText(), layout.period.currentData()))

    def _load(self, request: Request) -> None:
        self._asked += 1
        self.layout_.reload.setEnabled(False)
        tasks.run(
            partial(load, self.desk, request),
            partial(self._on_loaded, self._asked),
            partial(self._on_failed, self._asked),
        )

    def _on_loaded(self, asked: int, loaded: Loaded) -> None:
        if asked != self._asked or sip.isdeleted(self):
            return
        self.loaded, self._problem = loaded, ""
        self.layout_.reload.setEnabled(True)
        if loaded.request.recipe:
            self.golden.show_recipe(loaded.request.recipe)
        layout = self.layout_
        fill(layout.recipe, [(name, name) for name in loaded.recipes], loaded.request.recipe)
        known = [
            (f"{one.name or '?'} ({one.sha256[:8]}): {one.count:,}", one.sha256)
            for one in loaded.checkpoints
        ]
        fill(layout.checkpoint, known, loaded.request.checkpoint_sha256)
        self._show()

    def _on_failed(self, asked: int, error: Exception) -> None:
        if asked == self._asked and not sip.isdeleted(self):
            self._problem = sentence_of(error)
            self.layout_.reload.setEnabled(True)
            self._show()

    # -- what is shown -------------------------------------------------------------------

    def _show(self) -> None:
        layout, loaded, key = self.layout_, self.loaded, self.layout_.entry
        layout.show_entry(key)
        layout.show_message(self._message())
        self._show_golden()
        has_parts = loaded is not None and loaded.taken is not None
        layout.choose.setEnabled(has_parts and not self._problem)
        if loaded is None or loaded.taken is None:
            layout.baseline.setText("")
            return
        legend = tr("Line: moving average. Dots: parts or their means. Shaded: the baseline.")
        layout.baseline.setText(f"{words.baseline_text(loaded)} {legend}")
        for entry in ENTRIES:
            if entry != GOLDEN:
                layout.set_state(entry, *words.entry_state(entry, loaded))
        if key != GOLDEN and not self._problem:
            self._show_chart(key, loaded)

    def _show_golden(self) -> None:
        """Say in the list how the golden samples came out."""
        station, shelf = self.desk.station, self.golden.shelf
        status = None if station is None else station.status()
        same = status is not None and status.recipe.name == shelf.recipe
        state = words.golden_state(shelf, status.golden if status is not None and same else None)
        self.layout_.set_state(GOLDEN, *state)

    def _message(self) -> str:
        if self._problem:
            return self._problem
        if self.loaded is None:
            return tr("The records are being read …")
        return self.loaded.message

    def _show_chart(self, key: str, loaded: Loaded) -> None:
        layout, name = self.layout_, words.entry_name(key)
        if key == KINDS:
            layout.kinds.show_bars(loaded.kinds)
            layout.say(name, words.kinds_text(loaded))
            return
        if key == NG_RATE:
            is_lot = layout.group.currentData() == "lot"
            shares = loaded.by_lot if is_lot else loaded.by_shift
            if shares is None or not shares.groups:
                layout.show_message(tr("No part got a verdict in this time."))
                return
            layout.shares.show_shares(shares, tr("Lot") if is_lot else tr("Shift"))
            layout.say(name, words.shares_text(shares))
            return
        trend = (loaded.trends or {}).get(key)
        if trend is None:
            layout.show_message(tr("This was not measured for the parts of this time."))
            return
        layout.trend.show_trend(trend)
        layout.say(name, words.trend_text(trend))

    # -- baseline ------------------------------------------------------------------------

    def choose_baseline(self) -> BaselineDialog | None:
        """Open the dialog; accepting it makes the parts of its span the baseline."""
        loaded = self.loaded
        if loaded is None or loaded.taken is None or loaded.key is None:
            return None
        summary = tr(
            "From the next part on, recipe {recipe} is measured by the parts of this span. "
            "Choose a time when light, focus and position were right; the newest parts are "
            "filled in."
        ).format(recipe=loaded.key.recipe)
        span = span_of_newest(loaded.taken)
        dialog = BaselineDialog(summary, loaded.taken, span, self.desk.reviewer, self)
        key = loaded.key

        def save() -> None:
            author = dialog.author.text().strip()
            tasks.run(
                partial(choose_baseline, self.desk, key, *dialog.span, author),
                self._on_chosen,
                partial(self._on_failed, self._asked),
            )

        dialog.accepted.connect(save)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _on_choose(self) -> None:
        self.choose_baseline()

    def _on_chosen(self, _: Baseline) -> None:
        if not sip.isdeleted(self):
            if self.desk.drift is not None:
                self.desk.drift.look_again()
            self.entered()
