from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QEvent, Qt
from PyQt5.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app import i18n, paths
from app.inspection.recipe import Recipe
from app.inspection.verdict import Verdict
from app.review.improve_words import DATABASE_VARIABLE, place_of
from app.review.improvement import Improvement, Judgement
from app.settings.keeper import SettingsKeeper
from app.settings.recipes import RecipeBook
from app.store.base import Query
from app.ui import improve_texts
from app.ui.qa_desk import QaDesk
from app.ui.widgets.teach_dialog import TeachDialog
from tests.rigs.reviewed import SPOT, Shop, open_shop

WAIT_MS = 20_000
OLD = Judgement("old", 0.9, 1.0, 12, 6, 1, 3)
NEW = Judgement("new", 0.97, 3.5, 12, 6, 1, 1)
MADE = Improvement("teach", "/x/new.safetensors", "b" * 64, "new", 3.5, OLD, NEW, 30, 0, "/x/set")

# What stands in for the program: it reports, then does what the case says.
PROGRAM = """
import json, os, sys, time
said = lambda **values: print(json.dumps(values), flush=True)
open({log!r}, "w").write(json.dumps([sys.argv[1:], os.environ.get({variable!r})]))
said(stage="read", done=1, total=2)
said(stage="learn", done=1, total=2)
{case}
"""
GOOD = f"said(result=json.loads({json.dumps(json.dumps(MADE.to_json()))}))"
BAD = "sys.stderr.write('noise\\nerror: The disk is full.\\n'); sys.exit(2)"
SILENT = "sys.exit(3)"
DEAD = "os.kill(os.getpid(), 9)"
WAITS = "os.read(0, 1); sys.stderr.write('error: stopped\\n'); sys.exit(2)"


@dataclass
class Place:
    """The dialog, its desk, and the program that stands in."""

    desk: QaDesk
    shop: Shop
    bot: QtBot
    log: Path
    behave: Callable[[str], None]

    def dialog(self, query: Query | None = None) -> TeachDialog:
        dialog = TeachDialog(self.desk, "bolt", query)
        self.bot.addWidget(dialog)
        dialog.show()
        return dialog

    def ready(self) -> TeachDialog:
        dialog = self.dialog()
        self.bot.waitUntil(lambda: dialog.choose.can_start, timeout=WAIT_MS)
        return dialog

    def press(self, button: QPushButton) -> None:
        self.bot.mouseClick(button, Qt.LeftButton)

    def wait(self, condition: Callable[[], bool]) -> None:
        self.bot.waitUntil(condition, timeout=WAIT_MS)


@pytest.fixture
def place(
    app: QApplication, qtbot: QtBot, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    shop = open_shop(own_home)
    home = paths.home(own_home)
    keeper = SettingsKeeper(home.settings)
    keeper.change(reviewer="kim")
    book = RecipeBook(shop.store)
    book.save(Recipe(name="bolt", checkpoint="old", ng_limit=1.0, review_limit=0.5))
    desk = QaDesk(shop.store, shop.evidence, book, keeper, home)
    script, log = own_home / "program.py", own_home / "called.json"

    def behave(case: str) -> None:
        text = PROGRAM.format(log=str(log), variable=DATABASE_VARIABLE, case=case)
        script.write_text(text, encoding="utf-8")

    monkeypatch.setattr("app.station.job_process.program", lambda: [sys.executable, str(script)])
    yield Place(desk, shop, qtbot, log, behave)
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete))
    shop.store.close()


def reviewed(shop: Shop, good: int = 6, defective: int = 2) -> None:
    for _ in range(good):
        shop.part(Verdict.OK, "good")
    for _ in range(defective):
        shop.part(Verdict.NG, "confirmed", mask=(SPOT,))


def texts(dialog: TeachDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def test_three_presses_from_reviews_to_a_recipe_version(place: Place) -> None:
    reviewed(place.shop)
    place.shop.part(Verdict.NG, "unsure")
    place.behave(GOOD)
    dialog = place.ready()
    assert "2 (2 with a mask)" in texts(dialog)
    assert "unsure: 1" in texts(dialog)
    place.press(dialog.go_button)
    place.wait(lambda: dialog.made is not None)
    assert "2 mistakes fewer" in texts(dialog)
    assert "only 18 parts" in texts(dialog)
    assert "1 of 12" in texts(dialog)
    assert place.desk.recipes.load("bolt").version == 1
    place.press(dialog.go_button)
    place.wait(lambda: "version 2" in dialog.message.text())
    recipe = place.desk.recipes.load("bolt")
    assert (recipe.checkpoint, recipe.checkpoint_sha256) == ("new.safetensors", "b" * 64)
    assert (recipe.ng_limit, recipe.review_limit) == (3.5, None)
    newest = place.desk.store.recipe_history("bolt")
    by = {one.version: one for one in newest}[2]
    assert by.author == "kim"
    assert "30 good" in by.reason
    assert not dialog.go_button.isEnabled()


def test_the_process_gets_the_filters_and_the_database_but_not_by_words(place: Place) -> None:
    reviewed(place.shop)
    place.behave(GOOD)
    dialog = place.dialog(Query(lot="lot-1"))
    place.wait(lambda: dialog.choose.can_start)
    place.press(dialog.go_button)
    place.wait(lambda: dialog.made is not None)
    words, url = json.loads(place.log.read_text("utf-8"))
    assert url == place.desk.store.url
    assert words[0] == "improve"
    assert {"--recipe=bolt", "--lot=lot-1", "--supervised", "--language=en"} <= set(words)
    assert f"--evidence={place.desk.evidence.root}" in words
    assert not any("sqlite" in word for word in words)


@pytest.mark.parametrize(
    ("case", "sentence"),
    [(BAD, "The disk is full."), (SILENT, "ended without a result"), (DEAD, "without a result")],
)
@pytest.mark.logs_expected
def test_a_bad_end_is_one_sentence_and_it_can_be_tried_again(
    place: Place, case: str, sentence: str
) -> None:
    if case == DEAD and sys.platform == "win32":
        pytest.skip("no signals")
    reviewed(place.shop)
    place.behave(case)
    dialog = place.ready()
    name = dialog.choose.name.text()
    (place_of(name, place.desk.home)[0] / "set").mkdir(parents=True)
    place.press(dialog.go_button)
    place.wait(lambda: sentence in dialog.message.text())
    assert dialog.steps.currentWidget() is dialog.choose
    assert dialog.go_button.isEnabled()
    if case == DEAD:
        place.wait(lambda: not place_of(name, place.desk.home)[0].exists())


@pytest.mark.logs_expected
def test_a_program_that_is_not_there_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewed(place.shop)
    monkeypatch.setattr("app.station.job_process.program", lambda: ["/nowhere/python"])
    dialog = place.ready()
    place.press(dialog.go_button)
    place.wait(lambda: "cannot be started" in dialog.message.text())


def test_stop_ends_the_process_and_says_so(place: Place) -> None:
    reviewed(place.shop)
    place.behave(WAITS)
    dialog = place.ready()
    place.press(dialog.go_button)
    place.wait(lambda: dialog.learn.bar.value() > 300)
    assert dialog.close_button.text() == "Stop learning"
    place.press(dialog.close_button)
    place.wait(lambda: "It was stopped" in dialog.message.text())
    assert not dialog.process.is_running
    assert dialog.isVisible()


def test_closing_stops_first_and_closes_then(place: Place) -> None:
    reviewed(place.shop)
    place.behave(WAITS)
    dialog = place.ready()
    place.press(dialog.go_button)
    place.wait(lambda: dialog.learn.bar.value() > 300)
    place.bot.keyClick(dialog, Qt.Key_Escape)
    assert dialog.isVisible()
    place.wait(lambda: not dialog.isVisible())
    assert not dialog.process.is_running


def test_too_few_parts_cannot_be_learned_from(place: Place) -> None:
    reviewed(place.shop, good=2, defective=0)
    dialog = place.dialog()
    place.wait(lambda: "at least 5 are needed" in texts(dialog))
    assert not dialog.go_button.isEnabled()
    for name, said in (("other", "Nothing has been reviewed"), ("nut", "see what is left out")):
        if name == "nut":
            place.shop.part(Verdict.NG, "unsure", recipe=name)
        empty = TeachDialog(place.desk, name)
        place.bot.addWidget(empty)
        empty.show()
        place.wait(lambda said=said, empty=empty: said in texts(empty))


def test_a_worse_one_is_not_what_enter_takes(place: Place) -> None:
    reviewed(place.shop)
    worse = replace(MADE, new=replace(NEW, escapes=5))
    place.behave(f"said(result=json.loads({json.dumps(json.dumps(worse.to_json()))}))")
    dialog = place.ready()
    assert dialog.go_button.isDefault()
    place.press(dialog.go_button)
    place.wait(lambda: dialog.made is not None)
    assert "more defects escape" in texts(dialog)
    assert dialog.go_button.text() == "Use it all the same"
    assert dialog.close_button.isDefault()
    assert not dialog.go_button.isDefault()


def test_without_a_name_nobody_can_put_it_to_use(place: Place) -> None:
    reviewed(place.shop)
    place.behave(GOOD)
    place.desk.keeper.change(reviewer="")
    dialog = place.ready()
    place.press(dialog.go_button)
    place.wait(lambda: dialog.made is not None)
    assert not dialog.go_button.isEnabled()
    assert "Say who you are" in dialog.message.text()


@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_is_clipped_and_everything_is_translated(
    place: Place, language: str, step: int
) -> None:
    reviewed(place.shop, defective=9)
    i18n.set_language(language)
    dialog = place.ready()
    dialog.compare.show_made(MADE, "")
    dialog.steps.setCurrentIndex(step)
    dialog.retranslate()
    place.bot.wait(20)
    for button in (dialog.go_button, dialog.close_button):
        assert not button.isVisible() or button.width() >= button.sizeHint().width()
        assert not button.isVisible() or button.height() >= 40
    for label in dialog.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.width() >= label.sizeHint().width(), label.text()
    if language == "ko":
        assert "Learn" not in texts(dialog)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ((2, 2), (0, 0), "4 mistakes fewer"),
        ((2, 2), (0, 3), "more defects escape"),
        ((2, 2), (2, 2), "equally many"),
        ((2, 2), (5, 1), "more mistakes"),
        ((None, None), (0, 0), "has no limit, so"),
        ((1, 1), (None, None), "cannot be used as it is"),
    ],
)
def test_the_comparison_in_words(
    old: tuple[int | None, int | None], new: tuple[int | None, int | None], said: str
) -> None:
    def judged(wrong: tuple[int | None, int | None]) -> Judgement:
        return Judgement("x", 0.9, 1.0, 100, 50, *wrong)

    made = Improvement("teach", "f", "s", "n", 1.0, judged(old), judged(new), 1, 1, "d")
    assert said in improve_texts.outcome(made)
    assert "chance" not in improve_texts.outcome(made)
