"""The limits screen on a real database: what it shows, moves, promises and saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, Qt
from PyQt5.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app import i18n, paths
from app.errors import StoreError
from app.quality.working_point import working_point
from app.settings.recipes import RecipeBook
from app.station import tasks
from app.store import open_store
from app.store.base import Query
from app.store.database import Database
from app.ui.screens.limits import LimitsPage
from app.ui.widgets.record_dialog import RecordDialog
from app.ui.widgets.save_limits_dialog import SaveLimitsDialog
from app.ui.widgets.score_histogram import NG, REVIEW
from tests.rigs.scored_parts import Parts, fill
from tests.ui.conftest import Desk
from tests.ui.shown_page import shown_page
from tests.ui.test_translation import foreign, visible_texts

LONG_MS = 20_000


@dataclass
class Bench:
    page: LimitsPage
    store: Database
    bot: QtBot

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=LONG_MS)

    def enter(self) -> None:
        """Show the page and wait for the records and what would change."""
        self.page.loaded = None
        self.page.entered()
        self.wait(lambda: self.page.loaded is not None)
        if self.page.loaded is not None and not self.page.loaded.message:
            self.settle()

    def settle(self) -> None:
        """Wait until what would change belongs to the limits in hand."""
        self.page.explorer.outcome = None
        self.page.set_limits(self.page.limit, self.page.review_limit)
        self.wait(lambda: self.page.explorer.outcome is not None)

    def press(self, key: Qt.Key, fast: bool = False) -> None:
        shift = Qt.KeyboardModifier.ShiftModifier
        plain = Qt.KeyboardModifier.NoModifier
        self.bot.keyClick(self.page.layout_.histogram, key, shift if fast else plain)

    def choose_all_time(self) -> None:
        self.page.layout_.period.setCurrentIndex(self.page.layout_.period.count() - 1)


@pytest.fixture
def bench(app: QApplication, qtbot: QtBot, own_home: Path) -> Iterator[Bench]:
    with shown_page(LimitsPage, own_home, qtbot) as (page, store):
        yield Bench(page, store, qtbot)


def shown(card: object) -> str:
    return card.accessibleName()  # type: ignore[attr-defined]


def test_it_begins_with_the_limits_in_force(bench: Bench) -> None:
    fill(bench.store, Parts(review_limit=1.5))
    bench.enter()
    page = bench.page
    assert (page.limit, page.review_limit) == (2.0, 1.5)
    assert page.layout_.fields.limit.value() == pytest.approx(2.0)
    assert page.layout_.fields.band.isChecked()
    assert page.layout_.histogram.lines[REVIEW].isVisible()
    assert page.explorer.outcome is not None
    assert page.explorer.outcome.changed == 0
    assert "None of the" in page.layout_.changes.summary.text()


def test_the_numbers_are_those_of_the_working_point(bench: Bench) -> None:
    fill(bench.store, Parts())
    bench.enter()
    page = bench.page
    page.set_limits(2.5, None)
    assert page.loaded is not None
    assert page.loaded.data is not None
    assert page.loaded.data.sample is not None
    point = working_point(page.loaded.data.sample, 2.5)
    number = f"{1000 * point.false_calls.share:.2g}"
    assert page.layout_.false_calls.number.text() == number
    assert f"{point.false_calls.seen} of {point.false_calls.reviewed:,}" in shown(
        page.layout_.false_calls
    )
    assert not page.layout_.review.isVisible()


def test_keys_move_the_limit_in_hand(bench: Bench) -> None:
    fill(bench.store, Parts(review_limit=1.5))
    bench.enter()
    page = bench.page
    bench.press(Qt.Key.Key_Right)
    one = page.limit - 2.0
    assert one > 0
    bench.press(Qt.Key.Key_Right, fast=True)
    assert page.limit == pytest.approx(2.0 + 11 * one)
    bench.press(Qt.Key.Key_Space)
    bench.press(Qt.Key.Key_Left)
    assert page.review_limit == pytest.approx(1.5 - one)
    for _ in range(20):
        bench.press(Qt.Key.Key_Right, fast=True)
    assert page.review_limit is not None
    assert page.review_limit == page.limit  # it pushes the other one along
    bench.press(Qt.Key.Key_Space)
    assert page.layout_.histogram.in_hand == NG
    bench.press(Qt.Key.Key_Home)
    assert (page.limit, page.review_limit) == (2.0, 1.5)


def test_the_mouse_moves_the_line_and_fields_follow(bench: Bench) -> None:
    fill(bench.store, Parts())
    bench.enter()
    bench.page.layout_.histogram.lines[NG].setValue(1.25)
    assert bench.page.limit == 1.25
    assert bench.page.layout_.fields.limit.value() == pytest.approx(1.25, abs=1e-3)
    bench.page.layout_.fields.limit.setValue(1.75)
    assert bench.page.limit == 1.75
    assert bench.page.layout_.histogram.lines[NG].value() == 1.75


def test_the_band_is_switched_on_and_off(bench: Bench) -> None:
    fill(bench.store, Parts())
    bench.enter()
    page = bench.page
    assert page.review_limit is None
    page.layout_.fields.band.click()
    assert page.review_limit is not None
    assert page.review_limit < page.limit
    assert page.layout_.review.isVisible()
    page.layout_.fields.band.click()
    assert page.review_limit is None
    assert not page.layout_.histogram.lines[REVIEW].isVisible()


def test_the_suggestion_is_taken_with_its_promise(bench: Bench) -> None:
    fill(bench.store, Parts())
    bench.enter()
    page = bench.page
    card = page.layout_.promise
    assert "At most 1 % of the good parts are called NG" in card.text.text()
    assert "does not keep it" in card.text.text()
    card.use.click()
    assert page.suggestion is not None
    assert page.limit == page.suggestion.tolerance.limit
    assert "does not keep it" not in card.text.text()
    card.share.setCurrentIndex(card.share.findText("0.1 %"))
    assert not card.use.isEnabled()
    assert "more are needed" in card.text.text()


def test_costs_are_typed_and_the_cheapest_limit_is_taken(bench: Bench) -> None:
    fill(bench.store, Parts())
    bench.enter()
    card = bench.page.layout_.costs
    assert (card.false_call.text(), card.escape.text()) == ("1", "50")
    card.cheapest.click()
    cheapest = bench.page.limit
    assert cheapest != 2.0
    card.escape.setText("0,5")
    card.cheapest.click()
    assert bench.page.limit > cheapest
    card.escape.setText("much")
    assert card.costs is None
    assert card.escape.property("pending") is True
    assert not card.cheapest.isEnabled()


def test_what_would_change_is_shown_and_opens_large(bench: Bench) -> None:
    fill(bench.store, Parts())
    bench.enter()
    page = bench.page
    page.set_limits(2.5, 1.0)
    bench.settle()
    strip = page.layout_.changes
    assert set(strip.buttons) == {"OK-REVIEW", "NG-REVIEW"}
    found = bench.store.find(Query(score_from=1.0, score_to=2.0, limit=5000))
    assert strip.buttons["OK-REVIEW"].text() == f"OK → REVIEW: {len(found):,}"
    strip.buttons["NG-REVIEW"].click()
    assert strip.current == "NG-REVIEW"
    record_id, tile = next(iter(strip.tiles.items()))
    bench.wait(lambda: tile.problem != "")
    assert tile.problem == "No picture kept"
    tile.click()
    bench.wait(lambda: page.findChild(RecordDialog) is not None)
    dialog = page.findChild(RecordDialog)
    assert record_id in [label.text() for label in dialog.findChildren(QLabel)]
    dialog.close()


def _save(bench: Bench, author: str, reason: str) -> None:
    bench.page.layout_.save.click()
    dialog = bench.page.findChild(SaveLimitsDialog)
    assert dialog.author.text() == "Choi"
    assert not dialog.save_button.isEnabled()
    dialog.author.setText(author)
    dialog.reason.setText(reason)
    dialog.save_button.click()


def test_saving_needs_a_reason_and_makes_a_new_version(bench: Bench) -> None:
    fill(bench.store, Parts())
    bench.enter()
    bench.page.layout_.promise.use.click()
    limit = bench.page.limit
    _save(bench, "Choi", "as suggested")
    bench.wait(lambda: "version 2" in bench.page.layout_.saved.text())
    recipe = RecipeBook(bench.store).load("bolt")
    assert (recipe.version, recipe.ng_limit) == (2, limit)
    (event,) = bench.store.events.find(kinds=("limits",))
    assert (event.by, event.details["reason"]) == ("Choi", "as suggested")
    assert "At most 1 %" in event.details["promise"]
    # No station here, so nothing to take it over.
    assert not bench.page.layout_.use.isVisible()
    bench.wait(lambda: bench.page.loaded.data.recipe.version == 2)
    assert bench.page.limit == limit


def test_a_band_without_width_is_saved_as_none(bench: Bench) -> None:
    fill(bench.store, Parts(review_limit=1.5))
    bench.enter()
    bench.page.set_limits(1.25, 1.5)
    assert bench.page.review_limit == 1.25
    _save(bench, "Choi", "no band")
    bench.wait(lambda: "version 2" in bench.page.layout_.saved.text())
    recipe = RecipeBook(bench.store).load("bolt")
    assert (recipe.ng_limit, recipe.review_limit) == (1.25, None)


def test_a_recipe_that_somebody_else_changed_is_not_overwritten(bench: Bench) -> None:
    recipe = fill(bench.store, Parts())
    bench.enter()
    RecipeBook(bench.store).save(recipe, author="Han", reason="meanwhile")
    bench.page.set_limits(2.2, None)
    _save(bench, "Choi", "mine")
    bench.wait(lambda: "changed meanwhile" in bench.page.layout_.saved.text())
    assert RecipeBook(bench.store).load("bolt").version == 2


def test_each_checkpoint_has_its_own_records(bench: Bench) -> None:
    fill(bench.store, Parts())
    fill(bench.store, Parts(600, checkpoint="d" * 64, limit=2.5, seed=2))
    bench.enter()
    box = bench.page.layout_.checkpoint
    assert box.count() == 2
    limits = {}
    for index in range(2):
        box.setCurrentIndex(index)
        bench.page.loaded = None
        box.activated.emit(index)
        bench.wait(lambda: bench.page.loaded is not None)
        limits[box.currentData()] = bench.page.limit
    assert limits == {"c" * 64: 2.0, "d" * 64: 2.5}


def test_an_empty_database_says_what_to_do(bench: Bench) -> None:
    bench.enter()
    assert "There is no recipe yet" in bench.page.layout_.message.text()
    assert bench.page.layout_.message.isVisible()


def test_records_that_nobody_reviewed_say_what_to_do(bench: Bench) -> None:
    fill(bench.store, Parts(200, reviewed=False))
    bench.enter()
    assert "Nobody has reviewed" in bench.page.layout_.message.text()
    assert not bench.page.layout_.save.isEnabled()
    assert bench.page.layout_.message.isVisible()


def test_a_recipe_without_parts_says_what_to_do(bench: Bench) -> None:
    fill(bench.store, Parts(5, errors=5))
    bench.enter()
    assert "choose a longer time" in bench.page.layout_.message.text()


def test_a_failing_database_is_a_sentence_not_a_stack(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bench.store, Parts(200))
    bench.enter()

    def fail(*_: object) -> None:
        raise StoreError("The database is gone; check the network.")

    monkeypatch.setattr("app.ui.screens.limits.load", fail)
    bench.page.entered()
    bench.wait(lambda: bench.page.layout_.message.isVisible())
    assert bench.page.layout_.message.text() == "The database is gone; check the network."


def test_all_is_korean_and_follows_the_language(bench: Bench) -> None:
    fill(bench.store, Parts(review_limit=1.5))
    bench.enter()
    i18n.set_language("ko")
    QCoreApplication.sendEvent(bench.page, QEvent(QEvent.Type.LanguageChange))
    bench.page.set_limits(2.5, 1.0)
    bench.settle()
    texts = visible_texts(bench.page)
    assert "NG 시작 점수" in texts
    # The recipe's name, names of keys, and what Qt's own catalogue translates in the program.
    assert foreign(texts) - {"bolt", "Shift", "Space", "Home", "Scroll", "Left", "Right"} == set()
    bench.page.layout_.save.click()
    dialog = bench.page.findChild(SaveLimitsDialog)
    assert foreign(visible_texts(dialog)) - {"Choi"} == set()
    dialog.close()
    assert foreign([bench.page.title()]) == set()


def test_no_target_is_too_small(bench: Bench) -> None:
    fill(bench.store, Parts(review_limit=1.5))
    bench.enter()
    layout = bench.page.layout_
    for widget in (
        layout.recipe, layout.checkpoint, layout.period, layout.reload, layout.save,
        layout.fields.limit, layout.fields.review, layout.fields.band, layout.promise.share,
        layout.promise.use, layout.costs.false_call, layout.costs.cheapest, layout.tabs.tabBar(),
    ):  # fmt: skip
        assert widget.height() >= 40, widget


def test_the_line_takes_the_new_version_over(desk: Desk) -> None:
    store = open_store(paths.home().database_url)
    fill(store, Parts(600, recipe="paint", limit=0.6))
    store.close()
    desk.window.pages.show_page("limits")
    page = desk.window.pages.page
    assert isinstance(page, LimitsPage)
    desk.wait(lambda: page.loaded is not None)
    assert page.limit == 0.6
    page.set_limits(0.55, None)
    page.layout_.save.click()
    dialog = page.findChild(SaveLimitsDialog)
    dialog.author.setText("Choi")
    dialog.reason.setText("try it")
    dialog.save_button.click()
    desk.wait(lambda: page.layout_.use.isVisible())
    page.layout_.use.click()
    desk.wait(lambda: desk.station.status().recipe.version == 2)
    recipe = desk.station.status().recipe
    assert (recipe.ng_limit, recipe.camera) == (0.55, "scene:")
    desk.wait(lambda: "judges with version 2 now" in page.layout_.saved.text())
    assert not page.layout_.use.isVisible()
    page.left()
    tasks.wait_all()


def test_the_working_point_lies_on_both_curves(bench: Bench) -> None:
    fill(bench.store, Parts())
    bench.enter()
    page = bench.page
    page.set_limits(2.5, None)
    assert page.loaded is not None
    curves = page.loaded.curves
    assert curves is not None
    place = int((curves.limits >= 2.5).sum()) - 1
    (across,), (up,) = page.layout_.curves.roc.dot.getData()
    assert 10**across == pytest.approx(100 * curves.false_calls[place])
    assert up == pytest.approx(100 * curves.recall[place])
    (across,), (up,) = page.layout_.curves.pr.dot.getData()
    assert (across, up) == pytest.approx(
        (100 * curves.recall[place], 100 * curves.precision[place])
    )
