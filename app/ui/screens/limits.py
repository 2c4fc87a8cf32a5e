"""Limits from evidence: move them and see what comes of it, before anything is saved."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from PyQt5 import sip
from PyQt5.QtWidgets import QWidget

from app.errors import ExpectedError
from app.i18n import tr
from app.quality.costs import cheapest_limit, cost_per_thousand
from app.quality.promise import doubts, escape_text, promise_text
from app.quality.score_sample import ScoreSample
from app.quality.suggestion import Suggestion, suggest
from app.quality.working_point import WorkingPoint, working_point
from app.station import tasks
from app.station.messages import sentence_of
from app.ui.qa_desk import QaDesk
from app.ui.screens import limits_words as words
from app.ui.screens.limits_changes import ChangeExplorer
from app.ui.screens.limits_layout import LimitsLayout
from app.ui.screens.limits_loading import Loaded, Request, load
from app.ui.screens.limits_saving import LimitSaver
from app.ui.screens.page import Page
from app.ui.widgets.filled_box import fill
from app.ui.widgets.score_histogram import NG

# A band that is switched on begins where so many of 100 good parts lie below.
_BAND = 0.97


class LimitsPage(Page):
    """Histogram with movable limits, rates with intervals, suggestion, what-if, saving."""

    def __init__(self, desk: QaDesk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.layout_ = LimitsLayout(self)
        self.limit = math.nan
        self.review_limit: float | None = None
        self.loaded: Loaded | None = None
        self.suggestion: Suggestion | None = None
        self.explorer = ChangeExplorer(desk, self.layout_.changes, self)
        self.saver = LimitSaver(desk, self.layout_, self)
        self._refusal = ""
        self._asked = 0
        self._connect()
        self.layout_.show_message(tr("The records are being read …"))

    def title(self) -> str:
        """Return its name on the bar."""
        return tr("Limits")

    def entered(self) -> None:
        """Read the records anew; limits that were moved stay where they are."""
        self.layout_.histogram.setFocus()
        self._load(self._request())

    def left(self) -> None:
        """Wait for nothing."""
        self.explorer.rest()
        self._asked += 1

    def set_scale(self, scale: float) -> None:
        """Fit charts and columns to the window's size."""
        self.layout_.set_scale(scale)

    def retranslate(self) -> None:
        """Set all texts anew."""
        self.layout_.retranslate()
        loaded = self.loaded
        if loaded is None:
            self.layout_.show_message(tr("The records are being read …"))
        else:
            # Refusals are sentences made while reading, so they are read again.
            self._load(loaded.request) if loaded.message else self._show_all(loaded)

    # -- records -------------------------------------------------------------------------

    def _connect(self) -> None:
        layout = self.layout_
        layout.recipe.activated.connect(self._on_recipe_chosen)
        layout.checkpoint.activated.connect(self._on_checkpoint_chosen)
        layout.period.activated.connect(self._on_checkpoint_chosen)
        layout.reload.clicked.connect(self.entered)
        layout.histogram.moved.connect(self._on_moved)
        layout.histogram.back_wanted.connect(self._on_back_wanted)
        layout.fields.limit_typed.connect(self._on_limit_typed)
        layout.fields.review_typed.connect(self._on_review_typed)
        layout.fields.band_wanted.connect(self._on_band_wanted)
        layout.costs.changed.connect(self._show_point)
        layout.costs.cheapest_wanted.connect(self._on_cheapest_wanted)
        layout.promise.changed.connect(self._suggest)
        layout.promise.use_wanted.connect(self._on_use_suggestion)
        layout.save.clicked.connect(self._on_save)
        self.saver.saved.connect(self.entered)

    def _request(self) -> Request:
        layout = self.layout_
        return Request(
            layout.recipe.currentText(),
            layout.period.currentData(),
            layout.checkpoint.currentData(),
        )

    def _on_recipe_chosen(self, _: int) -> None:
        self._load(Request(self.layout_.recipe.currentText(), self.layout_.period.currentData()))

    def _on_checkpoint_chosen(self, _: int) -> None:
        self._load(self._request())

    def _load(self, request: Request) -> None:
        self._asked += 1
        self.layout_.summary.setText(tr("The records are being read …"))
        tasks.run(
            partial(load, self.desk, request),
            partial(self._on_loaded, self._asked),
            partial(self._on_load_failed, self._asked),
        )

    def _on_load_failed(self, asked: int, error: Exception) -> None:
        if asked == self._asked and not sip.isdeleted(self):
            self.layout_.summary.setText("")
            self.layout_.show_message(sentence_of(error))

    def _on_loaded(self, asked: int, loaded: Loaded) -> None:
        if asked != self._asked or sip.isdeleted(self):
            return
        before, self.loaded = self.loaded, loaded
        self._fill_choosers(loaded)
        data = loaded.data
        other = before is None or _place(before.request) != _place(loaded.request)
        if data is not None and data.limit is not None and (other or math.isnan(self.limit)):
            self.limit, self.review_limit = data.limit, data.review_limit
            self.layout_.costs.set_costs(data.recipe.false_call_cost, data.recipe.escape_cost)
            self.saver.forget()
        self._show_all(loaded)

    def _fill_choosers(self, loaded: Loaded) -> None:
        layout = self.layout_
        names = [(name, name) for name in loaded.recipes]
        fill(layout.recipe, names, loaded.request.recipe)
        known = [
            (f"{one.name or '?'} ({one.sha256[:8] or '-'})", one.sha256)
            for one in loaded.checkpoints
        ]
        fill(layout.checkpoint, known, loaded.request.checkpoint_sha256)

    # -- limits --------------------------------------------------------------------------

    @property
    def _sample(self) -> ScoreSample | None:
        data = self.loaded.data if self.loaded else None
        return None if data is None else data.sample

    def set_limits(self, limit: float, review: float | None) -> None:
        """Try other limits; the review limit never passes the NG limit."""
        if not math.isfinite(limit):
            return
        self.limit = limit
        self.review_limit = None if review is None else min(review, limit)
        self._show_point()

    def _on_moved(self, which: str, value: float) -> None:
        if which == NG:
            self.set_limits(value, self.review_limit)
        else:
            # The line in hand pushes the other one along.
            self.set_limits(max(self.limit, value), value)

    def _on_back_wanted(self) -> None:
        data = self.loaded.data if self.loaded else None
        if data is not None and data.limit is not None:
            self.set_limits(data.limit, data.review_limit)

    def _on_limit_typed(self, value: float) -> None:
        self.set_limits(value, self.review_limit)

    def _on_review_typed(self, value: float) -> None:
        self.set_limits(self.limit, value)

    def _on_band_wanted(self, wanted: bool) -> None:
        data = self.loaded.data if self.loaded else None
        if not wanted or data is None:
            self.set_limits(self.limit, None)
            return
        start = data.review_limit
        good = None if data.sample is None else data.sample.good.drawn
        if start is None and good is not None and good.size:
            start = float(np.quantile(good, _BAND))
        self.set_limits(self.limit, self.limit if start is None else start)

    def _on_cheapest_wanted(self) -> None:
        costs, sample = self.layout_.costs.costs, self._sample
        found = None if costs is None or sample is None else cheapest_limit(sample, costs)
        if found is not None:
            self.set_limits(found.limit, self.review_limit)

    def _on_use_suggestion(self) -> None:
        if self.suggestion is not None:
            self.set_limits(self.suggestion.tolerance.limit, self.review_limit)

    # -- what is shown -------------------------------------------------------------------

    def _show_all(self, loaded: Loaded) -> None:
        layout, data = self.layout_, loaded.data
        layout.show_message(loaded.message)
        layout.summary.setText("" if data is None else words.summary_words(data))
        if data is None or data.sample is None:
            return
        layout.histogram.show_scores(loaded.histogram)
        layout.curves.show_curves(loaded.curves)
        layout.show_notes(doubts(data.sample))
        if data.sample.span is not None:
            layout.fields.set_span(*data.sample.span)
        self.saver.show_saved()
        self._suggest()

    def _suggest(self) -> None:
        sample = self._sample
        if sample is None:
            return
        self.suggestion, self._refusal = None, ""
        try:
            self.suggestion = suggest(sample, *self.layout_.promise.wanted)
        except ExpectedError as error:
            self._refusal = str(error)
        self._show_point()

    def _show_point(self) -> None:
        sample, data = self._sample, self.loaded.data if self.loaded else None
        if sample is None or data is None or math.isnan(self.limit):
            return
        layout = self.layout_
        point = working_point(sample, self.limit, self.review_limit)
        layout.fields.show_limits(self.limit, self.review_limit)
        layout.histogram.show_limits(self.limit, self.review_limit, data.limit)
        layout.false_calls.show_rate(*words.false_call_words(point.false_calls))
        layout.escapes.show_rate(*words.escape_words(point.escapes))
        layout.review.setVisible(point.review_good is not None)
        if point.review_good is not None and point.review_defective is not None:
            parts = sample.good.parts + sample.defective.parts
            card = words.review_words(point.review_good, point.review_defective, parts)
            layout.review.show_rate(*card)
        self._show_dots(sample, point)
        layout.costs.show_cost(self._cost(sample, point))
        self._show_promise(point)
        if self.loaded is not None and self.loaded.week is not None:
            self.explorer.ask(self.loaded.week, self.limit, self.review_limit)

    def _show_dots(self, sample: ScoreSample, point: WorkingPoint) -> None:
        caught = sample.defective.rate_above(point.limit)
        called = caught.parts + point.false_calls.parts
        precision = caught.parts / called if called else math.nan
        self.layout_.curves.show_point(point.false_calls.share, 1 - caught.share, precision)

    def _cost(self, sample: ScoreSample, point: WorkingPoint) -> float | None:
        costs, share = self.layout_.costs.costs, sample.defect_share
        false_calls, escapes = point.false_calls.share, point.escapes.share
        if costs is None or share is None or math.isnan(false_calls) or math.isnan(escapes):
            return None
        return cost_per_thousand(costs, false_calls, escapes, share)

    def _show_promise(self, point: WorkingPoint) -> None:
        card, found = self.layout_.promise, self.suggestion
        if found is None:
            card.show_suggestion("", f"{self._refusal} {escape_text(point)}")
            return
        kept = self._promise()
        note = "" if kept else tr("The limit in hand lies below and does not keep it.")
        sentences = (promise_text(found.tolerance), note, escape_text(self._suggested(found)))
        card.show_suggestion(f"{found.tolerance.limit:.4g}", " ".join(filter(None, sentences)))

    def _suggested(self, found: Suggestion) -> WorkingPoint:
        """Return what the suggested limit does with the REVIEW band in hand."""
        sample, limit = self._sample, found.tolerance.limit
        if sample is None or self.review_limit is None:
            return found.point
        review = min(self.review_limit, limit)
        return working_point(sample, limit, review, found.tolerance.confidence)

    def _promise(self) -> str:
        """Return the promise that the limit in hand keeps, "" if it keeps none."""
        found = self.suggestion
        if found is None or self.limit < found.tolerance.limit:
            return ""
        return promise_text(found.tolerance)

    # -- saving --------------------------------------------------------------------------

    def _on_save(self) -> None:
        data = self.loaded.data if self.loaded else None
        if data is not None and not math.isnan(self.limit):
            # A band that was pushed together is none.
            is_band = self.review_limit is not None and self.review_limit < self.limit
            review = self.review_limit if is_band else None
            self.saver.ask(data, self.limit, review, self._promise())


def _place(request: Request) -> tuple[str, str | None]:
    """Return what the limits depend on."""
    return request.recipe, request.checkpoint_sha256
